-- SPDX-License-Identifier: MIT
-- The layer that keeps to a budget: what an attempt may cost is reserved before it, what it did
-- cost is booked after it. Every attempt comes by here, those of retries, hedges and fallbacks too,
-- so nothing is spent beside the budget.

local call_tokens = require "vision.layers.call_tokens"
local cost = require "vision.money.cost"
local estimates = require "vision.money.estimate"
local layer = require "vision.layers.layer"
local providers = require "vision.providers"
local tracker = require "vision.money.tracker"

local budget = { CostTracker = tracker.CostTracker }

local BYTES_PER_TOKEN = 4 -- as `drawing/tokens` counts text

local Budgeted = layer.class("cost_tracked", {
  budget_config = { "limits, prices, store: see docs/layers/budget.md", type = "table" },
  cost_tracker = { "a tracker that several providers share, in its place", type = "table" },
}, { tags = providers.ANALYZE.tags, budget_key = providers.ANALYZE.budget_key })

-- ---- what a call may cost ----

---@class vision.BudgetedCall
---@field token vision.BudgetToken
---@field price vision.Price?
---@field estimate vision.Estimate?  nil of what has none: what is free, another's provider
---@field bytes integer              of text that came, of a stream

-- The most; nil: not known. A provider of somebody else's may have no estimate: then all that can
-- be known is what a picture costs.
local function most(price, estimate)
  if not price or price.free then return cost.of(price) end
  if estimate then return estimates.most(price, estimate) end
  return cost.of(price, nil)
end

local function estimate_of(self, price, image, options)
  local provider = self.provider
  if not price or price.free or not provider.estimate then return nil end
  return provider:estimate(image, options)
end

local function asks_nothing(options)
  return type(options) == "table" and options.include_description == false
end

-- ---- what it did cost ----

local function usage_of(reading, err)
  return (reading or err).usage
end

-- What a stream used that was left or cut off: the question, and as much answer as came.
local function counted(call)
  local estimate = call.estimate
  return estimate and cost.of(call.price, {
    input_tokens = estimate.input_tokens, image_tokens = estimate.image_tokens,
    output_tokens = math.ceil(call.bytes / BYTES_PER_TOKEN),
  }, #estimate.images)
end

local function pictures_of(call, reading)
  local sent = reading and reading.sent or call.estimate and call.estimate.images
  return sent and #sent or 1
end

-- What is to be booked, and whether that is an estimate; nil: nothing is known.
local function booked(call, reading, err)
  if call.price and call.price.free then return 0, false end
  local said = cost.of(call.price, usage_of(reading, err), pictures_of(call, reading))
  if said and (reading or usage_of(reading, err)) then return said, false end
  if reading then return nil, true end
  if call.bytes == 0 and not call_tokens.may_be_done(err) then return 0, false end
  return call.streamed and counted(call) or nil, true
end

layer.around(Budgeted, {
  before = function(self, own, image, options)
    if asks_nothing(options) then return false end
    local provider, books = self.provider, self.cost_tracker
    local price = books:price_of(provider)
    local estimate, err = estimate_of(self, price, image, options)
    if err then return nil, err end
    local token
    token, err = books:reserve({
      provider = provider.name or "unnamed", endpoint = provider.endpoint_name,
      model = provider.model,
      tags = own.tags, key = own.budget_key, is_priced = price ~= nil,
    }, most(price, estimate))
    if not token then return nil, err end
    return { token = token, price = price, estimate = estimate, bytes = 0, streamed = false }
  end,

  text = function(_, call, text)
    if call then call.streamed, call.bytes = true, call.bytes + #text end
  end,

  after = function(self, call, reading, err)
    if not call then return end
    local micro, estimated = booked(call, reading, err)
    local paid = self.cost_tracker:settle(call.token, {
      micro = micro, estimated = estimated, failed = not reading, usage = usage_of(reading, err),
    })
    if reading and micro and not estimated then reading.cost_usd = cost.usd(micro) end
    if err and paid > 0 then err.cost_usd = cost.usd(paid) end
  end,
})

--- A provider that keeps to a budget.
---@param provider table
---@param options? { budget_config: table?, cost_tracker: vision.CostTracker? }
---  `budget_config`: see `vision.money.budget`.OPTIONS; without one costs are only added up
---@return table|nil provider with `cost_tracker`
---@return vision.error? err invalid_option; why the store could not be opened
budget.create_cost_tracked_provider = layer.creator(Budgeted, function(self)
  local err
  self.cost_tracker = self.config.cost_tracker
  if not self.cost_tracker then
    self.cost_tracker, err = tracker.CostTracker.new(self.config.budget_config)
  end
  return self.cost_tracker, err
end)

--- The same in a stack, whose endpoints share a tracker: that has the limits.
---@param provider table
---@param settings table with `cost_tracker`; without it costs are only added up
---@return table|nil
---@return vision.error? err
function budget.around_endpoint(provider, settings)
  return budget.create_cost_tracked_provider(provider, { cost_tracker = settings.cost_tracker })
end

return budget
