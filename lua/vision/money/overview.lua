-- SPDX-License-Identifier: MIT
-- What was spent in some days, for the command and the service: from the store of a budget, or from
-- a store of records.

local clock = require "vision.base.clock"
local date = require "vision.base.date"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local record_uses = require "vision.money.record_uses"
local summary = require "vision.money.summary"
local time_zone = require "vision.base.time_zone"

local overview = {}

local DAY = 86400

---@class vision.CostSource
---@field zone vision.TimeZone  whose days are meant
---@field budgets fun(): vision.BudgetState[]|nil, vision.error?
---@field rows fun(days: { from: string, to: string }): vision.UseRow[]|nil, vision.error?

--- What a tracker has booked.
---@param tracker vision.CostTracker
---@return vision.CostSource
function overview.of_tracker(tracker)
  return { zone = tracker.plan.zone,
    budgets = function() return tracker:get_budgets() end,
    rows = function(days) return tracker:get_use(days) end }
end

--- What records say; they know no budgets.
---@param storage vision.RecordStorage
---@param by string?  "tag": the records are gone through, which takes longer
---@return vision.CostSource
function overview.of_records(storage, by)
  return { zone = assert(time_zone.open "UTC"), budgets = function() return {} end,
    rows = function(days)
      return record_uses.rows(storage, days.from, days.to, by == "tag")
    end }
end

local function day_of(zone, seconds)
  return zone:label(zone:start_of(seconds, "day"), "day")
end

--- The days that were asked for.
---@param given { from: string?, to: string?, days: integer? } dates; 30 days without a word
---@param zone vision.TimeZone
---@return { from: string, to: string, zone: string }|nil
---@return vision.error? err usage
function overview.days(given, zone)
  local to = given.to or day_of(zone, clock.wall())
  local from = given.from
  if not from then
    from = os.date("!%Y-%m-%d", date.parse(to) - ((given.days or 30) - 1) * DAY)
  end
  if from < "1970-01-01" then from = "1970-01-01" end -- nothing is older
  if from > to then
    return nil, errors.new("usage", ("%s is after %s: the first day must be the earlier one")
      :format(from, to))
  end
  return { from = from, to = to, zone = zone.name }
end

---@class vision.CostOverview
---@field from string       a date
---@field to string         a date, still in it
---@field time_zone string
---@field by string
---@field total vision.UsageSummary
---@field groups vision.UsageSummary[]  each with `name`
---@field budgets vision.BudgetState[]

--- Adds it all up.
---@param source vision.CostSource
---@param days { from: string, to: string, zone: string } of `overview.days`
---@param by string  one of money/summary's GROUPS
---@return vision.CostOverview|nil
---@return vision.error? err why the store cannot be had
function overview.gather(source, days, by)
  local rows, err = source.rows(days)
  local budgets
  if rows then budgets, err = source.budgets() end
  if not budgets then return nil, err end
  local untagged, tagged = {}, {}
  for _, row in ipairs(rows) do
    local list = row.tag == "" and untagged or tagged
    list[#list + 1] = row
  end
  return { from = days.from, to = days.to, time_zone = days.zone, by = by,
    total = summary.add_up(untagged), budgets = budgets,
    groups = summary.groups(by == "tag" and tagged or untagged, by) }
end

local BUDGET_FIELDS = { "budget", "kind", "period", "limit_usd", "spent_usd", "reserved_usd" }

--- As JSON has it: what is not known is null.
---@param found vision.CostOverview
---@return table
function overview.to_json(found)
  local function whole(sum) return json.with_nulls(sum, { "cost_per_request" }) end
  local groups, budgets = json.array {}, json.array {}
  for i, group in ipairs(found.groups) do groups[i] = whole(group) end
  for i, one in ipairs(found.budgets) do
    budgets[i] = { hard_limit = one.hard }
    for _, field in ipairs(BUDGET_FIELDS) do budgets[i][field] = one[field] end
  end
  return { from = found.from, to = found.to, time_zone = found.time_zone, by = found.by,
    total = whole(found.total), groups = groups, budgets = budgets }
end

return overview
