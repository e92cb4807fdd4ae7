-- SPDX-License-Identifier: MIT
-- Stands between the parts of a tower and notes what nobody sees from outside: what goes through a
-- breaker and in which state, how many a hedge asks, what is taken out of a retry budget.

local breaker = require "vision.layers.circuit_breaker"
local clock = require "vision.base.clock"
local hedge = require "vision.layers.hedge"
local layer = require "vision.layers.layer"
local retry_budget = require "vision.layers.retry_budget"

local RetryBudget = retry_budget.RetryBudget

local witness = {}

local Witness = {}
Witness.__index = Witness

-- ---- breakers ----

-- One that takes longer, as when the machine slept, is given up by the breaker, and none.
local PROBE_TIMEOUT = 300

local function count_trials(seen)
  local count, now = 0, clock.mono()
  for _, began in pairs(seen.trials) do
    if now - began < PROBE_TIMEOUT then count = count + 1 end
  end
  return count
end

-- Counts the calls under way while the breaker around it is in trial.
local Guarded = layer.class "guarded"

layer.around(Guarded, {
  before = function(self)
    local seen = self.seen
    if seen.state == "open" then seen.through_open = seen.through_open + 1 end
    local trial = seen.state == "half_open" and {} or nil
    if trial then
      seen.trials[trial] = clock.mono()
      seen.most_trials = math.max(seen.most_trials, count_trials(seen))
    end
    return function()
      if trial then seen.trials[trial] = nil end
    end
  end,
  after = function(_, leave) leave() end,
})

local function watch_breaker(self, make, provider, options)
  local seen = { state = "closed", through_open = 0, trials = {}, most_trials = 0,
    allowed = options.half_open_max_calls or 1 }
  local own = layer.copy(options)
  function own.on_state_change(to)
    seen.state = to
    -- A call of the trial before may still be under way; it is none of this one's.
    if to == "half_open" then seen.trials = {} end
  end
  self.seen[#self.seen + 1] = seen
  local guarded = setmetatable({ provider = provider, seen = seen }, Guarded)
  return make(guarded, own)
end

-- ---- hedges ----

-- A paper that a call takes along, on which each who is asked makes a mark.
local Marking = layer.class("marking", {}, { paper = { "of the call", type = "table" } })

layer.around(Marking, {
  before = function(self, own)
    local paper = own.paper
    paper.marks = paper.marks + 1
    if paper.marks > 1 then self.witness.second_calls = self.witness.second_calls + 1 end
    self.witness.most_contenders = math.max(self.witness.most_contenders, paper.marks)
    return true
  end,
  after = function() end,
})

local Starting = layer.class "starting"

local function with_paper(options)
  local own = layer.copy(options or {})
  own.paper = { marks = 0 }
  return own
end

function Starting:analyze_image(image, options)
  return self.provider:analyze_image(image, with_paper(options))
end

function Starting:analyze_image_stream(image, options)
  return layer.stream(self.provider, image, with_paper(options))
end

local function watch_hedge(self, make, provider, options)
  local marking = setmetatable({ provider = provider, witness = self }, Marking)
  local hedged, err = make(marking, options)
  return hedged and setmetatable({ provider = hedged }, Starting), err
end

-- ---- budgets ----

-- By then a budget had at most what it began with, what time brought, and its share of the calls.
local function watch_withdrawal(self, budget)
  local account = self.accounts[budget]
  account.withdrawn = account.withdrawn + 1
  self.withdrawn = self.withdrawn + 1
  local minutes = (clock.mono() - account.since) / 60
  local most = account.per_minute * (1 + minutes) + account.ratio * account.deposits
  if account.withdrawn > most + 1e-6 then
    table.insert(self.overdrawn, ("%d second calls, %.2f are paid for"):format(account.withdrawn,
      most))
  end
end

local function watch_budgets(self, make)
  function RetryBudget.new(given)
    local budget, err = make.new(given)
    if budget then
      self.accounts[budget] = { since = clock.mono(), deposits = 0, withdrawn = 0,
        per_minute = given and given.minimum_per_minute or 10,
        ratio = given and given.ratio or 0.2 }
    end
    return budget, err
  end
  function RetryBudget.deposit(budget)
    self.accounts[budget].deposits = self.accounts[budget].deposits + 1
    make.deposit(budget)
  end
  function RetryBudget.withdraw(budget)
    local given = make.withdraw(budget)
    if given then watch_withdrawal(self, budget) end
    return given
  end
end

-- ---- all of them ----

--- Puts it into every tower that is made from now on, until `uninstall`.
function witness.install()
  local self = setmetatable({ seen = {}, most_contenders = 0, second_calls = 0, withdrawn = 0,
    accounts = {}, overdrawn = {},
    breaker = breaker.create_circuit_breaker_provider, hedge = hedge.create_hedged_provider,
    budget = { new = RetryBudget.new, deposit = RetryBudget.deposit,
      withdraw = RetryBudget.withdraw } }, Witness)
  function breaker.create_circuit_breaker_provider(...)
    return watch_breaker(self, self.breaker, ...)
  end
  function hedge.create_hedged_provider(...)
    return watch_hedge(self, self.hedge, ...)
  end
  watch_budgets(self, self.budget)
  return self
end

function Witness:uninstall()
  breaker.create_circuit_breaker_provider = self.breaker
  hedge.create_hedged_provider = self.hedge
  for name, method in pairs(self.budget) do RetryBudget[name] = method end
end

return witness
