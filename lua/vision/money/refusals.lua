-- SPDX-License-Identifier: MIT
-- Why a call is not made, where no budget is spent.

local cost = require "vision.money.cost"
local errors = require "vision.base.error"

local refusals = {}

local NO_PRICE = "give it a price in models.lua or in the budget's prices (prices = { [%q] = { "
  .. "input_per_1k = …, output_per_1k = … } })"
local NO_SIZE = "its price is known, but not how many tokens a picture has for it: give %s a rule "
  .. "image_tokens in models.lua, or its price an 'image'"

--- What it costs is not known, and a hard limit counts for it.
---@param call vision.BudgetCall
---@param name string of the budget
---@return vision.error
function refusals.unpriced(call, name)
  local who = call.endpoint or call.provider
  local advice = (call.is_priced and NO_SIZE or NO_PRICE):format(who)
  return errors.new("budget_exceeded", ("what a call of %s costs is not known, so it cannot be "
    .. "held to the hard limit of budget '%s': %s, or set hard_limit = false"):format(who, name,
    advice), { provider = call.provider, unpriced = true })
end

--- This run would spend more than it may.
---@param run { spent: integer, reserved: integer } micro-dollars
---@param amount integer of the call
---@param limit integer
---@return vision.error # with `frees_up`: there may be room when calls under way have ended
function refusals.run(run, amount, limit)
  return errors.new("budget_exceeded", ("this call may cost %s, but of the %s that this run may "
    .. "spend %s is spent%s"):format(cost.text(amount), cost.text(limit),
    cost.text(run.spent), run.reserved > 0
      and (" and %s reserved by calls under way"):format(cost.text(run.reserved)) or ""),
    { run_limit = true, frees_up = run.reserved > 0 and run.spent + amount <= limit })
end

return refusals
