-- SPDX-License-Identifier: MIT
-- Which time a report is about, and what it is cut into.

local clock = require "vision.base.clock"
local date = require "vision.base.date"
local errors = require "vision.base.error"
local option_lists = require "vision.base.options"
local time_zone = require "vision.base.time_zone"

local period = {}

-- Units of time of a report: more say nothing to a person, and cost memory.
local MAX_UNITS = 5000
local DAY = 86400
-- Days up to which a report is cut into hours, days, weeks by itself.
local HOURS_UNTIL, DAYS_UNTIL, WEEKS_UNTIL = 2, 92, 400

-- The day before it must be a time, too.
local function time(what)
  return { what, type = "number", min = DAY, max = date.MAX }
end

--- What a report may be asked for.
period.OPTIONS = {
  from = time "wall seconds from which on",
  to = time "wall seconds before which; at most the end of the unit that is now",
  days = { "days up to today, where 'from' is not said", type = "integer", min = 1, max = 36600,
    default = 30 },
  granularity = { "what trends are cut into; without it by the length", type = "string",
    one_of = time_zone.UNITS },
  provider = { "whose requests", type = "string" },
  tags = { "requests that have all of these; read record by record", type = "table" },
  timezone = { "IANA name of the zone whose days these are", type = "string" },
}

---@class vision.report.Period
---@field from number        wall seconds
---@field to number          after it
---@field now number
---@field zone vision.TimeZone
---@field granularity "hour"|"day"|"week"|"month"
---@field edges number[]     of the trend, one more than units
---@field labels string[]    of the units
---@field provider string?
---@field tags string[]?

local function refuse(message, ...)
  return nil, errors.new("invalid_option", ("report: " .. message):format(...))
end

-- Seconds of a unit, about.
local SECONDS = { hour = 3600, day = DAY, week = 7 * DAY, month = 30 * DAY }

-- A day of 25 hours is one, too.
local function granularity_of(zone, from, to)
  local days = math.min((to - from) / DAY, zone:day(to - 1) - zone:day(from) + 1)
  return days <= HOURS_UNTIL and "hour" or days <= DAYS_UNTIL and "day"
    or days <= WEEKS_UNTIL and "week" or "month"
end

--- Cuts a time into units: the first and the last may be parts of one.
---@param zone vision.TimeZone
---@param from number
---@param to number  > from
---@param unit "hour"|"day"|"week"|"month"
---@return number[] edges
---@return string[] labels  of what lies between them
function period.cut(zone, from, to, unit)
  local start = zone:start_of(from, unit)
  local edges, labels = { from }, { zone:label(start, unit) }
  start = zone:after(start, unit)
  while start < to do
    local label = zone:label(start, unit)
    -- An hour that comes twice, where the clock is put back.
    if label == labels[#labels] then label = label .. zone:offset_text(start) end
    edges[#edges + 1], labels[#labels + 1] = start, label
    start = zone:after(start, unit)
  end
  edges[#edges + 1] = to
  return edges, labels
end

local function span(given, zone, now)
  local to = given.to or zone:after(zone:start_of(now, "day"), "day")
  return given.from or math.max(DAY, zone:begin(zone:day(to - 1) - given.days + 1)), to
end

--- What is asked for, made whole.
---@param given table?           as OPTIONS
---@param timezone string        where that says none
---@return vision.report.Period|nil
---@return vision.error? err invalid_option
function period.of(given, timezone)
  local checked, err = option_lists.check(period.OPTIONS, given, "report")
  if not checked then return nil, err end
  local zone, zone_err = time_zone.open(checked.timezone or timezone)
  if not zone then return nil, zone_err end
  local now = clock.wall()
  local from, to = span(checked, zone, now)
  if from >= to then
    return refuse("it would end (%s) before it begins (%s)", zone:label(to, "hour"),
      zone:label(from, "hour"))
  end
  local unit = checked.granularity or granularity_of(zone, from, to)
  if from <= now then to = math.min(to, zone:after(zone:start_of(now, unit), unit)) end
  if (to - from) / SECONDS[unit] > MAX_UNITS then
    return refuse("a period of %d days has too many units of one %s; choose a longer one",
      math.floor((to - from) / DAY + 0.5), unit)
  end
  local edges, labels = period.cut(zone, from, to, unit)
  local tags = checked.tags and #checked.tags > 0 and checked.tags or nil
  return { from = from, to = to, now = now, zone = zone, granularity = unit, edges = edges,
    labels = labels, provider = checked.provider, tags = tags }
end

-- The end of an hour, as near to a time as may be: figures are kept by hours.
local function nearest_hour(t)
  return math.floor(t / 3600 + 0.5) * 3600
end

--- The time before it, for comparison: as many days, and where it is not over yet as much of the
--- last one as is over of this one's, to half an hour.
---@param whole vision.report.Period
---@return number from
---@return number to
function period.before(whole)
  local zone = whole.zone
  local first, into = zone:day(whole.from)
  local shift = zone:day(whole.to - 1) - first + 1
  local from = math.max(0, zone:seconds((first - shift) * DAY + into))
  if whole.now >= whole.to or whole.now <= whole.from then return from, whole.from end
  local today, since = zone:day(whole.now)
  local to = nearest_hour(zone:seconds((today - shift) * DAY + since))
  return from, math.max(from + 3600, math.min(to, whole.from))
end

-- "2026-11-01", or with a time of day; an end means the end of its day.
local function instant(text, zone, is_end)
  local seconds, err, is_day = date.parse(text, zone)
  if not seconds then return nil, err end
  if is_end and is_day then seconds = zone:after(zone:start_of(seconds, "day"), "day") end
  return seconds
end

--- What a report is asked for, in the words that people write.
---@param given { from: string?, to: string?, days: integer?, provider: string?, tags: string[]?,
---  timezone: string? } dates of the zone, UTC's by default; `to` is the last day that counts
---@return table|nil wanted as of `Analytics:generate_report`
---@return vision.error? err input: no date; invalid_option: no zone
function period.of_words(given)
  local name = given.timezone or "UTC"
  local zone, err = time_zone.open(name)
  if not zone then return nil, err end
  local wanted = { timezone = name, days = given.days, provider = given.provider,
    tags = given.tags }
  for _, edge in ipairs { "from", "to" } do
    if given[edge] then
      wanted[edge], err = instant(given[edge], zone, edge == "to")
      if not wanted[edge] then return nil, err end
    end
  end
  return wanted
end

return period
