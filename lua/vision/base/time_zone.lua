-- SPDX-License-Identifier: MIT
-- Time zones by their IANA names, read from the system's own files (RFC 8536): which day an instant
-- is in, and when that day begins there. Days of 23, 24 and 25 hours, and days that never were.

local calendar = require "vision.base.calendar"
local errors = require "vision.base.error"
local option_lists = require "vision.base.options"
local rule = require "vision.base.time_zone_rule"

local time_zone = {}

local FOLDERS = { "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo" }
local MAX_BYTES = 256 * 1024
local DAY, HOUR = 86400, 3600
local floor = math.floor

---@class vision.TimeZone
---@field name string
---@field package moments number[]       of its changes, ascending
---@field package offsets integer[]      from each of them on, seconds east of UTC
---@field package first integer          before the first
---@field package rule? fun(t: number): integer  after the last
local Zone = {}
Zone.__index = Zone

-- ---- the file ----

local function unsigned(text, at, size)
  local value = 0
  for i = at, at + size - 1 do value = value * 256 + text:byte(i) end
  return value
end

local function signed(text, at, size)
  local value = unsigned(text, at, size)
  return text:byte(at) >= 128 and value - 2 ^ (8 * size) or value
end

-- The counts of a header: isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt.
local function header(text, at)
  if text:sub(at, at + 3) ~= "TZif" or #text < at + 43 then return nil end
  local counts = {}
  for i = 1, 6 do counts[i] = unsigned(text, at + 16 + 4 * i, 4) end
  return counts
end

local function block_size(counts, size)
  return counts[4] * (size + 1) + counts[5] * 6 + counts[6] + counts[3] * (size + 4)
    + counts[2] + counts[1]
end

-- Times that 64 bits hold and a double does not are far from any day asked for.
local function read_block(zone, text, at, counts, size)
  local types = at + counts[4] * (size + 1)
  local function offset(index) return signed(text, types + 6 * index, 4) end
  for i = 0, counts[4] - 1 do
    zone.moments[i + 1] = signed(text, at + i * size, size)
    zone.offsets[i + 1] = offset(text:byte(at + counts[4] * size + i))
  end
  zone.first = offset(0)
end

-- The second block has 64 bits a time; a file of the first version has the first alone.
local function read(zone, text)
  local at, size = 1, 4
  local counts = header(text, at)
  if not counts then return nil end
  if text:byte(5) >= 0x32 then -- "2"
    at, size = at + 44 + block_size(counts, 4), 8
    counts = header(text, at)
  end
  if not counts or #text < at + 43 + block_size(counts, size) or counts[5] == 0 then return nil end
  read_block(zone, text, at + 44, counts, size)
  if size == 8 then
    zone.rule = rule.read(text:match("^\n([^\n]*)\n", at + 44 + block_size(counts, size)) or "")
  end
  return zone
end

local function find(name)
  local core = require "vision.core"
  for _, folder in ipairs(FOLDERS) do
    local text = core.read_file(folder .. "/" .. name, MAX_BYTES)
    if text then return text end
  end
end

local opened = {} -- name -> zone

--- The zone of a name.
---@param name string "Europe/Berlin", "UTC" …
---@return vision.TimeZone|nil
---@return vision.error? err reason "invalid_option"
function time_zone.open(name)
  if opened[name] then return opened[name] end
  local zone = setmetatable({ name = name, moments = {}, offsets = {}, first = 0 }, Zone)
  local well_named = type(name) == "string" and name:find "^%a[%w_+-]*[%w_/+-]*$" ~= nil
  local text = well_named and name ~= "UTC" and find(name)
  if name ~= "UTC" and not (text and read(zone, text)) then
    return nil, errors.new("invalid_option", ("there is no time zone '%s' on this machine; "
      .. "zones are named as Europe/Berlin or UTC, and come with the package tzdata"):format(
      option_lists.shown_word(name)))
  end
  opened[name] = zone
  return zone
end

-- ---- instants and local times ----

--- How far local time is ahead of UTC.
---@param t number wall seconds
---@return integer seconds
function Zone:offset(t)
  local moments = self.moments
  local low, high = 0, #moments -- moments[low] <= t
  if high > 0 and t >= moments[high] then
    return self.rule and self.rule(t) or self.offsets[high]
  end
  while low + 1 < high do
    local middle = floor((low + high) / 2)
    if moments[middle] <= t then low = middle else high = middle end
  end
  if low == 0 then return #moments == 0 and self.rule and self.rule(t) or self.first end
  return self.offsets[low]
end

--- The local day of an instant, and the seconds of the clock.
---@param t number wall seconds
---@return integer days   since 1970-01-01
---@return number seconds 0 <= seconds < 86400
function Zone:day(t)
  local here = t + self:offset(t)
  local days = floor(here / DAY)
  return days, here - days * DAY
end

--- The instant of a local time; of one that was there twice the first, and one that was skipped
--- as if the clock had not yet been put forward.
---@param here number seconds of the clock on the wall, since 1970-01-01 there
---@return number t wall seconds
function Zone:seconds(here)
  local before, after = self:offset(here - DAY), self:offset(here + DAY)
  for _, offset in ipairs { math.max(before, after), math.min(before, after) } do
    if self:offset(here - offset) == offset then return here - offset end
  end
  return here - before
end

--- When a local day begins, also where its midnight was skipped.
---@param days integer since 1970-01-01
---@return number t wall seconds
function Zone:begin(days)
  return self:seconds(days * DAY)
end

-- ---- hours, days, weeks, months ----

--- What time is cut into.
time_zone.UNITS = { "hour", "day", "week", "month" }

local first_day = {
  day = function(days) return days end,
  week = calendar.monday,
  month = function(days)
    local year, month = calendar.date_of(days)
    return calendar.days_of(year, month, 1)
  end,
}

local next_day = {
  day = function(days) return days + 1 end,
  week = function(days) return days + 7 end,
  month = function(days)
    local year, month = calendar.date_of(days)
    return calendar.days_of(year + floor(month / 12), month % 12 + 1, 1)
  end,
}

--- When the hour, day, week (Monday) or month of an instant begins.
---@param t number wall seconds
---@param unit "hour"|"day"|"week"|"month"
---@return number
function Zone:start_of(t, unit)
  if unit == "hour" then
    local offset = self:offset(t)
    return floor((t + offset) / HOUR) * HOUR - offset
  end
  return self:begin(first_day[unit]((self:day(t))))
end

--- When the next one begins.
---@param start number as `start_of` gives it
---@param unit "hour"|"day"|"week"|"month"
---@return number # later than start
function Zone:after(start, unit)
  if unit == "hour" then
    local following = self:start_of(start + HOUR, unit)
    return following > start and following or start + HOUR
  end
  local days = first_day[unit]((self:day(start)))
  repeat days = next_day[unit](days) until self:begin(days) > start -- a day that never was
  return self:begin(days)
end

--- How the unit that begins at an instant is called: "2026-11-26 14:00", "2026-11-26", "2026-W48",
--- "2026-11".
---@param start number
---@param unit "hour"|"day"|"week"|"month"
---@return string
function Zone:label(start, unit)
  local days, seconds = self:day(start)
  if unit == "week" then return ("%04d-W%02d"):format(calendar.iso_week(days)) end
  local year, month, day = calendar.date_of(days)
  if unit == "month" then return ("%04d-%02d"):format(year, month) end
  local date = ("%04d-%02d-%02d"):format(year, month, day)
  if unit == "day" then return date end
  return ("%s %02d:%02d"):format(date, floor(seconds / HOUR), floor(seconds % HOUR / 60))
end

--- How far the clock is ahead of UTC at an instant: "+01:00".
---@param t number wall seconds
---@return string
function Zone:offset_text(t)
  local offset = self:offset(t)
  local minutes = floor(math.abs(offset) / 60)
  return ("%s%02d:%02d"):format(offset < 0 and "-" or "+", floor(minutes / 60), minutes % 60)
end

return time_zone
