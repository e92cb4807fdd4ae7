-- SPDX-License-Identifier: MIT
-- What a course is played with: a stack drawn by chance from all that it can be.

local slow_ledger = require "spec.support.simulation.slow_ledger"

local settings = {}

local HOSTS = { "alpha", "beta", "gamma" }

local function integer(random, from, to)
  return from + math.floor(random() * (to - from + 1))
end

local function one_of(random, list)
  return list[integer(random, 1, #list)]
end

local function sometimes(random, share, value)
  if random() < share then return value end
  return false
end

local function endpoint(random, host)
  return {
    provider = "openai_compatible", model = "m", name = host,
    base_url = ("http://%s.test/v1"):format(host),
    timeout_seconds = one_of(random, { 10, 30, 60 }),
    weight = integer(random, 0, 3), region = one_of(random, { "eu", "us" }),
    rate_limit = { requests_per_minute = integer(random, 5, 300),
      burst_size = integer(random, 1, 20), max_queue = integer(random, 1, 20) },
    concurrency = { max_concurrent = integer(random, 1, 6), max_queue = integer(random, 1, 10),
      queue_timeout_seconds = integer(random, 1, 60) },
  }
end

-- What retries and hedges may add: the stack's own budget, none, or one of these figures.
local function budget(random)
  return one_of(random, { true, true, false,
    { ratio = random() * 0.5, minimum_per_minute = integer(random, 0, 20) } })
end

-- What may be spent, in whole calls as they are at most; beside it a budget that refuses nothing
-- and so has the sum of all.
local CALL_USD = 0.006

local function money(random, hosts)
  if random() < 0.4 then return false end
  return {
    daily_limit_usd = CALL_USD * integer(random, 1, 60), hard_limit = random() < 0.7,
    prices = { openai_compatible = { input = 1, output = 2, image = 0.0005 } },
    reservation_seconds = 3600, on_alert = function() end,
    budgets = {
      { name = "sum", total_limit_usd = 1000, hard_limit = false },
      { provider = one_of(random, hosts), total_limit_usd = CALL_USD * integer(random, 1, 30) },
    },
  }
end

-- What the scripts of users may say: whom pictures go to first.
local function scripts(random, hosts)
  if random() < 0.85 then return nil end
  return { routing = { default = { provider = one_of(random, hosts), thick = 1 } } }
end

local function several(random)
  local name = one_of(random, { "failover", "failover", "failover", "compare" })
  if name == "failover" then
    return name, { strategy = one_of(random,
      { "priority", "round_robin", "latency", "weighted", "region" }) }
  end
  return name, { strategy = one_of(random,
    { "highest_confidence", "first_success", "majority_vote", "weighted_average" }) }
end

--- Draws the settings of a course.
---@param random fun(): number
---@return table hosts, jobs, pictures, stack, scripts, monitored, slow_books, build
function settings.draw(random)
  local drawn = { hosts = {}, jobs = integer(random, 5, 30), pictures = integer(random, 2, 12) }
  local tower = {
    providers = {},
    retry = sometimes(random, 0.8, { max_retries = integer(random, 0, 3),
      base_delay = random() * 2, jitter = one_of(random, { "full", "decorrelated", "none" }) }),
    circuit_breaker = sometimes(random, 0.8, { failure_threshold = integer(random, 1, 5),
      timeout = integer(random, 1, 90), success_threshold = integer(random, 1, 3),
      half_open_max_calls = integer(random, 1, 2) }),
    cache = sometimes(random, 0.5, { max_size = integer(random, 1, 5),
      ttl_seconds = integer(random, 10, 100) }),
    health = sometimes(random, 0.3, { interval_seconds = integer(random, 5, 60) }),
    hedge = sometimes(random, 0.3, { delay = one_of(random, { 1, 5, 20, "p95" }),
      min_samples = integer(random, 1, 5) }),
    retry_budget = budget(random),
    ab = sometimes(random, 0.2, { experiment = "other words", share = random(),
      prompt = "general" }),
  }
  drawn.monitored = tower.health and random() < 0.5
  for i = 1, integer(random, 1, #HOSTS) do
    drawn.hosts[i] = HOSTS[i]
    tower.providers[i] = endpoint(random, HOSTS[i])
  end
  tower.budget = money(random, drawn.hosts)
  local name, ensemble = several(random)
  tower[name] = ensemble
  drawn.stack, drawn.scripts = tower, scripts(random, drawn.hosts)
  drawn.slow_books = random() < 0.5
  function drawn.build()
    local stack = require("vision.stack").stack
    if not drawn.slow_books then return stack(tower) end
    return slow_ledger.with(function() return stack(tower) end)
  end
  return drawn
end

return settings
