-- SPDX-License-Identifier: MIT
-- Dates as people and JSON write them, and seconds since 1970. Days are those of the Gregorian
-- calendar; a leap second is the second after it.

local errors = require "vision.base.error"

local date = {}

local DAY = 86400

--- The last second that can be written: 9999-12-31T23:59:59Z.
date.MAX = 253402300799

---@class vision.Date
---@field year integer
---@field month integer   1..12
---@field day integer     1..31
---@field hour integer
---@field minute integer
---@field second number   with its fraction
---@field weekday integer 1 = Monday … 7 = Sunday

local function whole(a, b)
  return (a - a % b) / b
end

-- Days since 1970-01-01; years begin with March, so that the odd day comes last (H. Hinnant's way).
local function days_from(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = whole(year, 400)
  local of_era = year - era * 400
  local of_year = whole(153 * ((month + 9) % 12) + 2, 5) + day - 1
  return era * 146097 + of_era * 365 + whole(of_era, 4) - whole(of_era, 100) + of_year - 719468
end

--- The seconds of a date in UTC; a day or month over its end counts on into the next.
---@param year integer
---@param month integer? 1 by default
---@param day integer?   1 by default
---@param hour integer?
---@param minute integer?
---@param second number?
---@return number # since 1970
function date.seconds(year, month, day, hour, minute, second)
  month = (month or 1) - 1
  local days = days_from(year + whole(month, 12), month % 12 + 1, 1) + (day or 1) - 1
  return days * DAY + (hour or 0) * 3600 + (minute or 0) * 60 + (second or 0)
end

local function integer(number)
  return math.tointeger and math.tointeger(number) or number
end

--- The date of a time, in UTC.
---@param seconds number since 1970
---@return vision.Date
function date.of(seconds)
  local of_day = seconds % DAY
  local days = whole(seconds, DAY)
  local shifted = days + 719468
  local era = whole(shifted, 146097)
  local of_era = shifted - era * 146097
  local year = whole(of_era - whole(of_era, 1460) + whole(of_era, 36524) - whole(of_era, 146096),
    365)
  local of_year = of_era - (365 * year + whole(year, 4) - whole(year, 100))
  local month = whole(5 * of_year + 2, 153)
  local civil = (month + 2) % 12 + 1
  return {
    year = integer(year + era * 400 + (civil <= 2 and 1 or 0)), month = integer(civil),
    day = integer(of_year - whole(153 * month + 2, 5) + 1),
    hour = integer(whole(of_day, 3600)), minute = integer(whole(of_day, 60) % 60),
    second = of_day % 60, weekday = integer((days + 3) % 7 + 1),
  }
end

--- A time as ISO 8601 in UTC, to the millisecond: "2026-11-26T03:22:28.123Z".
---@param seconds number 0..date.MAX
---@return string
function date.iso(seconds)
  local ms = math.floor(seconds * 1000 + 0.5)
  local parts = date.of(whole(ms, 1000))
  return ("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ"):format(parts.year, parts.month, parts.day,
    parts.hour, parts.minute, parts.second, ms % 1000)
end

local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function days_of(year, month)
  local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  return month == 2 and leap and 29 or DAYS[month]
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
---@param zone? { seconds: fun(self, local_seconds: number): number }  whose clock it is where the
---  text does not say; UTC by default
---@return number|nil seconds since 1970
---@return vision.error? err reason "input": what is wrong with it
---@return boolean? is_day  whether it was a day without a time
function date.parse(text, zone)
  local year, month, day, rest = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$"
  local seconds, after = time_of(rest or "?")
  local offset = seconds and offset_of(after)
  if not seconds or offset == nil then
    return refuse("'%s' is no date: write it as 2026-11-01 or 2026-11-01T10:00:00Z",
      text:sub(1, 40))
  end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month < 1 or month > 12 then
    return refuse("'%s': there is no month %d", text, month)
  elseif day < 1 or day > days_of(year, month) then
    return refuse("'%s': the month %04d-%02d has %d days", text, year, month,
      days_of(year, month))
  end
  seconds = seconds + date.seconds(year, month, day)
  if offset then
    seconds = seconds - offset
  elseif zone then
    seconds = zone:seconds(seconds)
  end
  return seconds, nil, rest == ""
end

return date
