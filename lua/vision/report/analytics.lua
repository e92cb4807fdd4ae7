-- SPDX-License-Identifier: MIT
-- What is known of the analyses that were kept: statistics by provider, trends, and a report of
-- both with what stands out. All of it comes from rollups that a storage keeps as records come in.

local comparisons = require "vision.report.comparisons"
local dates = require "vision.report.render.dates"
local figures = require "vision.report.figures"
local insights = require "vision.report.insights"
local option_lists = require "vision.base.options"
local period_of = require "vision.report.period"
local task = require "vision.base.task"
local time_zone = require "vision.base.time_zone"
local trends = require "vision.report.trends"
local ulid = require "vision.records.ulid"

local analytics = {}

--- What trends are cut into.
---@enum vision.TimeGranularity
analytics.TimeGranularity = { HOUR = "hour", DAY = "day", WEEK = "week", MONTH = "month" }

-- Tags of a report, the most used ones.
local TOP_TAGS = 20

local OPTIONS = {
  timezone = { "IANA name of the zone whose days these are", type = "string", default = "UTC" },
}

---@class vision.AnalyticsReport
---@field report_id string
---@field generated_at number            wall seconds
---@field period_start number
---@field period_end number              after it
---@field provider_stats table<string, vision.ProviderStats>
---@field overall_stats vision.ProviderStats
---@field trends vision.TrendData?
---@field top_tags { [1]: string, [2]: integer }[]  the most used first
---@field insights string[]              sentences, each with its evidence
---@field findings vision.report.Finding[]  the same, for programs
---@field tests integer                  how many comparisons the findings were chosen from
---@field timezone string
---@field model_stats table<string, vision.ProviderStats>
---@field previous_stats vision.ProviderStats  of the time before: as much as is over of this one
---@field previous_start number
---@field previous_end number
---@field provider string?               whose requests alone
---@field tags string[]?                 whose requests alone

---@class vision.Analytics
---@field package source vision.ResultPersistence|vision.RecordStorage
---@field package timezone string
local Analytics = {}
Analytics.__index = Analytics

--- Makes one. Nothing is read or opened before it is asked.
---@param persistence vision.ResultPersistence|vision.RecordStorage
---@param given? { timezone: string? } "UTC"
---@return vision.Analytics|nil
---@return vision.error? err invalid_option
function analytics.create_analytics(persistence, given)
  if type(persistence) ~= "table" or not (persistence.sums or persistence.open) then
    error("create_analytics wants a persistence or a storage of records", 2)
  end
  local config, err = option_lists.check(OPTIONS, given, "create_analytics")
  if not config then return nil, err end
  local zone
  zone, err = time_zone.open(config.timezone)
  if not zone then return nil, err end
  return setmetatable({ source = persistence, timezone = config.timezone }, Analytics)
end

--- The storage it reads; waits for a persistence to open it.
---@return vision.RecordStorage|nil
---@return vision.error? err
function Analytics:storage()
  if self.source.sums then return self.source end
  return self.source:open()
end

-- Units that all longer ones are made of; a few days are compared by hours.
local function base_unit(period)
  local few = comparisons.LEAST_UNITS * 86400
  return (period.granularity == "hour" or period.to - period.from < few) and "hour" or "day"
end

local function read_edges(self, period, edges)
  local storage, err = self:storage()
  if not storage then return nil, err end
  return figures.read(storage, { edges = edges, provider = period.provider, tags = period.tags })
end

local function read(self, period, from, to)
  return read_edges(self, period, (period_of.cut(period.zone, from, to, base_unit(period))))
end

local function stats_of(groups)
  local stats = {}
  for name, part in pairs(groups) do stats[name] = part:stats() end
  return stats
end

--- Statistics by provider.
---@param given? table  from, to (wall seconds), days (30), provider, tags, timezone
---@return table<string, vision.ProviderStats>|nil
---@return vision.error? err invalid_option, or of the storage
function Analytics:get_provider_stats(given)
  local period, err = period_of.of(given, self.timezone)
  if not period then return nil, err end
  local whole
  whole, err = read_edges(self, period, { period.from, period.to })
  return whole and stats_of(whole.providers), err
end

--- How figures went.
---@param given? table  as `get_provider_stats`, and granularity (TimeGranularity)
---@return vision.TrendData|nil
---@return vision.error? err invalid_option, or of the storage
function Analytics:get_trends(given)
  local period, err = period_of.of(given, self.timezone)
  if not period then return nil, err end
  local whole
  whole, err = read(self, period, period.from, period.to)
  if not whole then return nil, err end
  return trends.of(figures.fold(whole.units, period.edges), period, whole.providers)
end

local function top_tags(counts)
  local list = {}
  for tag, count in pairs(counts) do list[#list + 1] = { tag, count } end
  table.sort(list, function(a, b)
    if a[2] ~= b[2] then return a[2] > b[2] end
    return a[1] < b[1]
  end)
  for i = #list, TOP_TAGS + 1, -1 do list[i] = nil end
  return list
end

local function days_of(whole, period)
  return figures.fold(whole.units, (period_of.cut(period.zone, whole.from, whole.to, "day")))
end

-- Those that are over, from their begin to their end, so that they can be compared.
local function whole_days(days, period)
  local function is_edge(t) return period.zone:start_of(t, "day") == t end
  local list = {}
  for _, day in ipairs(days) do
    if day.to <= period.now and is_edge(day.from) and is_edge(day.to) then list[#list + 1] = day end
  end
  return list
end

-- Days, or hours where there are but a few.
local function comparable(period, now, before)
  local days_after, days_before = days_of(now, period), days_of(before, period)
  local unit = base_unit(period)
  return {
    after = now, before = before, days_after = whole_days(days_after, period),
    days_before = whole_days(days_before, period), unit = unit,
    units_after = unit == "day" and days_after or now.units,
    units_before = unit == "day" and days_before or before.units,
    label = function(from) return dates.day(period.zone, from) end,
  }
end

local function make_report(period, now, before)
  local found = insights.find(comparable(period, now, before))
  return {
    report_id = ulid.new(period.now), generated_at = period.now,
    period_start = period.from, period_end = period.to, timezone = period.zone.name,
    overall_stats = now.overall:stats(), provider_stats = stats_of(now.providers),
    model_stats = stats_of(now.models),
    trends = trends.of(figures.fold(now.units, period.edges), period, now.providers),
    top_tags = top_tags(now.overall.values.tag), insights = found.sentences,
    findings = found.findings, tests = found.tests,
    previous_stats = before.overall:stats(), previous_start = before.from,
    previous_end = before.to,
    provider = period.provider, tags = period.tags,
  }
end

--- A report of a time, compared with as many days before it.
---@param given? table  as `get_trends`
---@return vision.AnalyticsReport|nil
---@return vision.error? err invalid_option, or of the storage
function Analytics:generate_report(given)
  local period, err = period_of.of(given, self.timezone)
  if not period then return nil, err end
  local both
  both, err = task.gather {
    function() return read(self, period, period.from, period.to) end,
    function() return read(self, period, period_of.before(period)) end,
  }
  if not both then return nil, err end
  local now, before = both[1], both[2]
  if not now[1] or not before[1] then return nil, now[2] or before[2] end
  return make_report(period, now[1], before[1])
end


return analytics
