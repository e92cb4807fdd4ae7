-- SPDX-License-Identifier: MIT
-- The rule by which a zone goes on after its last known change, as POSIX writes it in TZ and RFC
-- 8536 at the end of a zone's file: "CET-1CEST,M3.5.0,M10.5.0/3".

local calendar = require "vision.base.calendar"

local rule = {}

local DAY = 86400

-- "<+0330>" or "CET", and what follows.
local function name(text)
  local found, rest = text:match "^<([%w+-]+)>(.*)$"
  if not found then found, rest = text:match "^(%a%a%a+)(.*)$" end
  return found, rest
end

-- "-3:30" -> seconds, and what follows.
local function clock_time(text)
  local sign, hours, rest = text:match "^([+-]?)(%d+)(.*)$"
  if not hours then return nil, text end
  local minutes, seconds
  minutes, seconds = rest:match "^:(%d%d)", rest:match "^:%d%d:(%d%d)"
  rest = rest:gsub("^:%d%d", "", 1):gsub("^:%d%d", "", 1)
  local value = hours * 3600 + (minutes or 0) * 60 + (seconds or 0)
  return sign == "-" and -value or value, rest
end

-- "M3.5.0/3": the fifth (or last) Sunday of March, at three. "J60" leaves February 29 out, "59"
-- counts it.
local function change(text)
  local month, week, weekday, rest = text:match "^,M(%d+)%.(%d)%.(%d)(.*)$"
  local julian, number
  if not month then julian, number, rest = text:match "^,(J?)(%d+)(.*)$" end
  if not rest then return nil end
  local at = 2 * 3600
  if rest:sub(1, 1) == "/" then at, rest = clock_time(rest:sub(2)) end
  if not at then return nil end
  return { month = tonumber(month), week = tonumber(week), weekday = tonumber(weekday),
    julian = julian == "J", number = tonumber(number), at = at }, rest
end

-- The day of a change in a year.
local function day_of(at, year)
  if not at.month then
    if not at.julian then return calendar.days_of(year, 1, 1) + at.number end
    local leap = calendar.month_days(year, 2) == 29 and at.number >= 60
    return calendar.days_of(year, 1, 1) + at.number - (leap and 0 or 1)
  end
  local first = calendar.days_of(year, at.month, 1)
  local day = first + (at.weekday - calendar.weekday(first)) % 7 + 7 * (at.week - 1)
  local last = first + calendar.month_days(year, at.month) - 1
  return day > last and day - 7 or day
end

--- Reads one.
---@param text string
---@return fun(t: number)|nil offset  seconds east of UTC at an instant; nil: it is none
function rule.read(text)
  local standard, summer, begins, ends
  local _, rest = name(text)
  if not rest then return nil end
  standard, rest = clock_time(rest)
  if not standard then return nil end
  standard = -standard -- POSIX counts to the west
  if rest == "" then return function() return standard end end
  _, rest = name(rest)
  if not rest then return nil end
  summer = standard + 3600
  if rest:find "^[+-]?%d" then
    summer, rest = clock_time(rest)
    summer = -summer
  end
  begins, rest = change(rest)
  if begins then ends = change(rest) end
  if not ends then return nil end
  return function(t)
    local year = calendar.date_of(math.floor((t + standard) / DAY))
    local from = day_of(begins, year) * DAY + begins.at - standard
    local to = day_of(ends, year) * DAY + ends.at - summer
    local is_summer
    if from < to then is_summer = t >= from and t < to else is_summer = t >= from or t < to end
    return is_summer and summer or standard
  end
end

return rule
