-- SPDX-License-Identifier: MIT
-- Times as JSON and people write them, and seconds since 1970.

local calendar = require "vision.base.calendar"
local errors = require "vision.base.error"

local date = {}

local DAY = 86400

--- The last second that can be written: 9999-12-31T23:59:59Z.
date.MAX = 253402300799

local last = {} -- most times that are written are of one second

local function second_text(second)
  if second ~= last.second then
    local year, month, day = calendar.date_of(math.floor(second / DAY))
    last = { second = second, text = ("%04d-%02d-%02dT%02d:%02d:%02d"):format(year, month, day,
      math.floor(second / 3600) % 24, math.floor(second / 60) % 60, second % 60) }
  end
  return last.text
end

--- A time as ISO 8601 in UTC, to the millisecond: "2026-11-26T03:22:28.123Z".
---@param seconds number 0..date.MAX, since 1970
---@return string
function date.iso(seconds)
  local ms = math.floor(seconds * 1000 + 0.5)
  return ("%s.%03dZ"):format(second_text(math.floor(ms / 1000)), ms % 1000)
end

local function refuse(format, ...)
  return nil, errors.new("input", format:format(...))
end

-- The seconds of "T10:00", "T10:00:30.5" or nothing, and what follows.
local function time_of(text)
  if text == "" then return 0, "" end
  local hour, minute, rest = text:match "^[T ](%d%d):(%d%d)(.*)$"
  if not hour then return nil end
  local second, after = rest:match "^:(%d%d%.?%d*)(.*)$"
  second, rest = tonumber(second or 0), after or rest
  hour, minute = tonumber(hour), tonumber(minute)
  if hour > 23 or minute > 59 or second >= 61 then return nil end
  return hour * 3600 + minute * 60 + second, rest
end

-- The seconds that "Z" or "+02:00" is ahead of UTC; false where none is said.
local function offset_of(text)
  if text == "" then return false end
  if text == "Z" then return 0 end
  local sign, hours, minutes = text:match "^([+-])(%d%d):?(%d%d)$"
  if not sign or tonumber(hours) > 23 or tonumber(minutes) > 59 then return nil end
  return (sign == "-" and -1 or 1) * (hours * 3600 + minutes * 60)
end

--- The time of a text: "2026-11-01", "2026-11-01T10:00", with seconds, with "Z" or "+02:00".
---@param text string
---@param zone? vision.TimeZone whose clock it is where the text does not say; UTC by default
---@return number|nil seconds since 1970
---@return vision.error? err reason "input": what is wrong with it
---@return boolean? is_day whether it is a day without a time
function date.parse(text, zone)
  local day, rest = text:match "^(%d%d%d%d%-%d%d%-%d%d)(.*)$"
  local seconds, after = time_of(rest or "?")
  local offset = seconds and offset_of(after)
  if not seconds or offset == nil then
    return refuse("'%s' is no date: write it as 2026-11-01 or 2026-11-01T10:00:00Z",
      text:sub(1, 40))
  end
  local days, message = calendar.parse_date(day)
  if not days then return refuse("%s", message) end
  seconds = seconds + days * DAY
  if offset then
    seconds = seconds - offset
  elseif zone then
    seconds = zone:seconds(seconds)
  end
  return seconds, nil, rest == ""
end

return date
