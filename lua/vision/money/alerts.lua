-- SPDX-License-Identifier: MIT
-- What is said when a budget is nearly spent, spent, or would be passed.

local cost = require "vision.money.cost"
local errors = require "vision.base.error"

local alerts = {}

---@class vision.BudgetAlert
---@field kind string      "threshold": as much is spent as an alert was wished for; "limit": all of
---  it, or a call was refused because it would have been
---@field budget string    the budget's name
---@field window string    day | month | total
---@field period string    "2026-11-26" | "2026-11" | ""
---@field limit_usd number
---@field spent_usd number
---@field percent number   spent, of the limit
---@field hard_limit boolean
---@field message string   for people

local WINDOWS = { day = "a day", month = "a month", total = "in all" }

local dollars = cost.text

local function name_of(line)
  return ("budget '%s' of %s %s"):format(line.budget, dollars(line.limit), WINDOWS[line.kind])
end

--- An alert.
---@param kind string
---@param line vision.BudgetLine
---@param spent integer micro-dollars
---@param message string?
---@return vision.BudgetAlert
function alerts.new(kind, line, spent, message)
  local percent = line.limit > 0 and spent / line.limit * 100 or 100
  return {
    kind = kind, budget = line.budget, window = line.kind, period = line.period,
    limit_usd = cost.usd(line.limit), spent_usd = cost.usd(spent), percent = percent,
    hard_limit = line.hard,
    message = message or ("%s of the %s is spent (%.0f %%)"):format(dollars(spent), name_of(line),
      percent),
  }
end

--- Adds what is to be raised as something was spent: on the way past a mark, once.
---@param list vision.BudgetAlert[]?
---@param line vision.BudgetLine
---@param spent integer  after it
---@param amount integer that was spent
---@return vision.BudgetAlert[]?
function alerts.add(list, line, spent, amount)
  local before = spent - amount
  local kind = spent >= line.limit and before < line.limit and "limit"
    or spent >= line.alert_at and before < line.alert_at and "threshold"
  if kind then
    list = list or {}
    list[#list + 1] = alerts.new(kind, line, spent)
  end
  return list
end

--- Why a call is refused.
---@param line vision.BudgetLine
---@param amount integer   it may cost
---@param spent integer
---@param reserved integer by calls under way
---@return vision.error # reason "budget_exceeded", with `alert`; `frees_up`: there may be room when
---  calls under way have ended
function alerts.refusal(line, amount, spent, reserved)
  local message = ("this call may cost %s, but of the %s %s is spent%s"):format(dollars(amount),
    name_of(line), dollars(spent),
    reserved > 0 and (" and %s reserved by calls under way"):format(dollars(reserved)) or "")
  return errors.new("budget_exceeded", message, {
    budget = line.budget, alert = alerts.new("limit", line, spent, message),
    frees_up = reserved > 0 and spent + amount <= line.limit })
end

return alerts
