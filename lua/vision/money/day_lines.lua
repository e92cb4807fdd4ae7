-- SPDX-License-Identifier: MIT
-- The lines of budgets that count for calls of today, found once for each endpoint and key.

local budget = require "vision.money.budget"
local clock = require "vision.base.clock"

local day_lines = {}

---@class vision.Day
---@field date string   in the zone of the budget
---@field start number  wall seconds
---@field stop number

---@class vision.DayLines
---@field package plan vision.BudgetPlan
---@field package ledger vision.Ledger
---@field package day vision.Day?        the one `known` is of
---@field package known table            endpoint, key -> lines; of calls without a tag that counts
---@field package tags table<string, true>  those that a budget is of
---@field package keys table<string, true>  likewise
local DayLines = {}
DayLines.__index = DayLines

--- The day it is; a clock that steps back finds the sums of the day it is back in.
---@return vision.Day
function DayLines:today()
  local now, day = clock.wall(), self.day
  if not day or now < day.start or now >= day.stop then
    local zone = self.plan.zone
    local start = zone:start_of(now, "day")
    day = { date = zone:label(start, "day"), start = start, stop = zone:after(start, "day") }
    self.day, self.known = day, {}
  end
  return day
end

local function new_lines(self, call, date)
  local lines = budget.lines(self.plan.budgets, call, date)
  self.ledger:bind(lines)
  return lines
end

local function has_tag_of(self, tags)
  for i = 1, #tags do
    if self.tags[tags[i]] then return true end
  end
  return false
end

--- The lines that count for a call of a day.
---@param call vision.BudgetCall
---@param date string of `today`
---@return vision.BudgetLine[]
function DayLines:of(call, date)
  if call.tags and has_tag_of(self, call.tags) then return new_lines(self, call, date) end
  local endpoint, key = call.endpoint or call.provider, call.key
  key = key and self.keys[key] and key or ""
  local by_key = self.known[endpoint]
  if not by_key then
    by_key = {}
    self.known[endpoint] = by_key
  end
  local lines = by_key[key]
  if not lines then
    lines = new_lines(self, call, date)
    by_key[key] = lines
  end
  return lines
end

local function named(plan, field)
  local words = {}
  for _, one in ipairs(plan.budgets) do
    if one[field] then words[one[field]] = true end
  end
  return words
end

---@param plan vision.BudgetPlan
---@param ledger vision.Ledger
---@return vision.DayLines
function day_lines.new(plan, ledger)
  return setmetatable({ plan = plan, ledger = ledger, known = {}, tags = named(plan, "tag"),
    keys = named(plan, "key") }, DayLines)
end

return day_lines
