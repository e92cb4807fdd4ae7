-- SPDX-License-Identifier: MIT
-- What must hold in a course and after it, whatever the servers did.

local bounds = require "spec.support.simulation.bounds"
local core = require "vision.core"
local errors = require "vision.base.error"

local invariants = {}

-- Whether the arrivals at a server keep to a bucket of its rate and burst.
local function keeps_to(limit, arrivals)
  local level, last = limit.burst_size, arrivals[1]
  for i, time in ipairs(arrivals) do
    level = math.min(limit.burst_size, level + (time - last) * limit.requests_per_minute / 60) - 1
    last = time
    if level < -1e-6 then return false, i end
  end
  return true
end

local CHECKS = {}

function CHECKS.limits(course, fault)
  for i, endpoint in ipairs(course.settings.stack.providers) do
    local one = course.servers[i]
    local ok, at = keeps_to(endpoint.rate_limit, one.arrivals)
    if not ok then fault("%s: arrival %d is more than its limit allows", one.name, at) end
    if one.most_open > endpoint.concurrency.max_concurrent then
      fault("%s: %d at once, %d allowed", one.name, one.most_open,
        endpoint.concurrency.max_concurrent)
    end
  end
end

function CHECKS.breakers(course, fault)
  for i, seen in ipairs(course.witness.seen) do
    if seen.through_open > 0 then fault("breaker %d: %d through it open", i, seen.through_open) end
    if seen.most_trials > seen.allowed then
      fault("breaker %d: %d trials at once, %d allowed", i, seen.most_trials, seen.allowed)
    end
  end
end

-- What may be added to the load: one second call each, within the budget.
function CHECKS.budgets(course, fault)
  if course.witness.most_contenders > 2 then
    fault("%d were asked in one hedged call", course.witness.most_contenders)
  end
  if course.witness.second_calls > course.witness.withdrawn then
    fault("%d second calls, %d taken out of a budget", course.witness.second_calls,
      course.witness.withdrawn)
  end
  for _, message in ipairs(course.witness.overdrawn) do fault("%s", message) end
end

-- In the course: nothing is spent or reserved beyond a hard limit.
local function check_limits(course, fault)
  for _, one in ipairs(course.provider.cost_tracker:get_budgets()) do
    local used = one.spent_usd + one.reserved_usd
    if one.hard and used > one.limit_usd + 1e-9 then
      fault("budget '%s' of %g USD: %g are spent and reserved", one.budget, one.limit_usd, used)
    end
  end
end

-- After it: nothing is reserved, all sums are the same, and no less is booked than was to be paid.
function CHECKS.money(course, fault)
  if not course.settings.stack.budget then return end
  local tracker, sum = course.provider.cost_tracker, nil
  check_limits(course, fault)
  for _, one in ipairs(tracker:get_budgets()) do
    if one.budget == "sum" then sum = one.spent_usd end
    if one.reserved_usd ~= 0 then
      fault("budget '%s': %g USD are still reserved", one.budget, one.reserved_usd)
    end
  end
  local booked = tracker:get_usage_summary().total_cost_usd
  if booked ~= sum then fault("%.6f USD were used, %.6f are booked", booked, sum) end
  if sum * 1e6 < course.billed - 1e-3 then
    fault("%.6f USD are booked, %.6f are to be paid", sum, course.billed / 1e6)
  end
end

-- Each picture of a batch has an answer or an error, and was told of.
local function check_batch(job, fault)
  local result = job.reading
  local answered, failed = 0, 0
  for index = 1, result.total do
    if result.results[index] then answered = answered + 1 end
    if errors.is(result.errors[index]) then failed = failed + 1 end
  end
  if answered ~= result.completed or failed ~= result.failed or job.told ~= result.total
    or answered + failed ~= result.total then
    fault("batch %d: of %d begun %d answers (%d said), %d errors (%d said), %d told", job.number,
      result.total, answered, result.completed, failed, result.failed, job.told)
  elseif result.total ~= #job.pictures and not result.stopped then
    fault("batch %d: %d of %d pictures were begun", job.number, result.total, #job.pictures)
  end
end

function CHECKS.ends(course, fault)
  for number = 1, course.settings.jobs do
    local job = course.jobs[number]
    if not job or job.ends ~= 1 then
      fault("job %d ended %d times", number, job and job.ends or 0)
    elseif not job.reading == not job.err then
      fault("job %d has a reading and an error, or neither", number)
    elseif job.is_batch then
      if job.reading then check_batch(job, fault) end
    elseif job.cancelled and job.reading and not course.settings.slow_books then
      -- (what came before, and was being booked as it was cancelled, is not thrown away)
      fault("job %d was cancelled and got a reading", number)
    end
    if job and (job.left or 0) > 0 then
      fault("job %d ended and left %d requests open", number, job.left)
    elseif job and job.late then
      fault("job %d was told something after its end", number)
    end
  end
end

-- Seconds for which a batch waits for providers that rest, from one reading to the next.
local REST = 300

-- Nobody waits for longer than all that may be waited for.
function CHECKS.progress(course, fault)
  local most = bounds.seconds(course.settings.stack) + course.slept
  for _, job in ipairs(course.jobs) do
    local rests = job.is_batch and (REST + most) * (#job.pictures + 1) or 0
    local allowed = most * #job.pictures + rests + job.paused
    if (job.seconds or 0) > allowed then
      fault("job %d took %.0f s, at most %.0f are to be waited", job.number, job.seconds, allowed)
    end
  end
end

function CHECKS.attempts(course, fault)
  local asked, most = {}, bounds.requests(course.settings.stack)
  for _, job in ipairs(course.jobs) do
    for _, picture in ipairs(job.asked or job.pictures) do
      local hash = core.sha256(picture)
      asked[hash] = (asked[hash] or 0) + 1
    end
  end
  for hash, times in pairs(course.sent) do
    if times > (asked[hash] or 0) * most then
      fault("a picture asked for %d times was sent %d times, at most %d each",
        asked[hash] or 0, times, most)
    end
  end
end

-- Every step of a trail is of an endpoint, in its own words.
function CHECKS.trails(course, fault)
  local known = { stub = true }
  for _, endpoint in ipairs(course.provider.endpoints) do known[endpoint.name] = true end
  for _, job in ipairs(course.jobs) do
    local answer = job.reading or job.err
    for _, step in ipairs(not job.is_batch and answer.trail or {}) do
      if not known[step.endpoint] or step.attempt < 1 or step.seconds < 0 then
        fault("job %d: a step of %s, attempt %s, %s s", job.number, tostring(step.endpoint),
          tostring(step.attempt), tostring(step.seconds))
      end
    end
  end
end

local function is_idle(provider)
  local concurrency, rate = provider.concurrency_stats, provider.rate_limit_stats
  return provider.metrics.in_flight == 0 and concurrency.in_flight == 0
    and concurrency.waiting == 0 and rate.waiting_requests == 0
end

function CHECKS.nothing_left(course, fault)
  if course.world.pending ~= 0 then fault("%d timers are left", course.world.pending) end
  if course.network.open ~= 0 then fault("%d requests are open", course.network.open) end
  for _, endpoint in ipairs(course.provider.endpoints) do
    if not is_idle(endpoint.provider) then fault("%s is not idle", endpoint.name) end
  end
  local manager = course.settings.stack.failover and #course.provider.endpoints > 1
    and course.provider.failover_manager
  for _, endpoint in ipairs(manager and manager.endpoints or {}) do
    if endpoint.in_flight ~= 0 or endpoint.probing then
      fault("the failover waits for %s", endpoint.name)
    end
  end
end

-- Figures that people are shown make sense.
function CHECKS.figures(course, fault)
  for _, endpoint in ipairs(course.provider.endpoints) do
    local health = course.settings.stack.health and endpoint.provider:get_health() or {}
    local rate, uptime = health.success_rate or 1, health.uptime_percentage or 100
    if rate < 0 or rate > 1 or uptime < 0 or uptime > 100 + 1e-9
      or (health.p95_latency_ms or 0) > (health.p99_latency_ms or 0) then
      fault("%s: success rate %g, uptime %g %%", endpoint.name, rate, uptime)
    end
  end
end

--- Looks at what may be wrong only for a while; to be called in the course.
function invariants.sample(course)
  if course.settings.stack.budget then
    check_limits(course, function(format, ...)
      table.insert(course.samples, format:format(...))
    end)
  end
  for i, given in ipairs(course.settings.stack.providers) do
    local provider = course.provider.endpoints[i].provider
    local limited, queued = provider.rate_limit_stats, provider.concurrency_stats
    if limited.waiting_requests > given.rate_limit.max_queue
      or queued.waiting > given.concurrency.max_queue then
      table.insert(course.samples, ("%s: %d and %d wait, %d and %d may"):format(given.name,
        limited.waiting_requests, queued.waiting, given.rate_limit.max_queue,
        given.concurrency.max_queue))
    end
  end
end

local NAMES = { "limits", "breakers", "budgets", "money", "ends", "progress", "attempts", "trails",
  "nothing_left", "figures" }

--- Checks them all.
---@return string[] faults
function invariants.check(course)
  local faults = course.samples
  local function fault(format, ...)
    faults[#faults + 1] = format:format(...)
  end
  for _, name in ipairs(NAMES) do
    local ok, err = pcall(CHECKS[name], course, fault)
    if not ok then fault("%s: %s", name, tostring(err)) end
  end
  return faults
end

return invariants
