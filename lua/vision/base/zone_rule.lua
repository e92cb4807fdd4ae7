-- SPDX-License-Identifier: MIT
-- The rule of a time zone as POSIX writes it: "CET-1CEST,M3.5.0,M10.5.0/3" is an hour ahead of UTC,
-- two from 2:00 on the last Sunday of March until 3:00 on the last of October.

local zone_rule = {}

local DAY, WEEK = 86400, 7

---@class vision.ZoneRule
---@field package standard number  seconds ahead of UTC
---@field package summer number?   nil: always the same
---@field package from table       when summer time begins, by the clock before
---@field package to table
local Rule = {}
Rule.__index = Rule

-- ---- when in a year ----

local MONTHS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

-- Days from the year's first to the n-th weekday (0: Sunday) of a month; the fifth is the last.
local function days_of_weekday(change, first_weekday, is_leap)
  local days = 0
  for month = 1, change.month - 1 do
    days = days + MONTHS[month] + (month == 2 and is_leap and 1 or 0)
  end
  local length = MONTHS[change.month] + (change.month == 2 and is_leap and 1 or 0)
  local day = (change.weekday - (first_weekday + days)) % WEEK + (change.week - 1) * WEEK
  return days + (day >= length and day - WEEK or day)
end

local function days_of(change, first_weekday, is_leap)
  if change.month then return days_of_weekday(change, first_weekday, is_leap) end
  if change.julian then -- from 1, 29 February is none of them
    return change.julian - 1 + (is_leap and change.julian > 59 and 1 or 0)
  end
  return change.day
end

-- By the clock that holds until then, as if it were one of UTC.
local function shown_at(change, shown)
  local date = os.date("!*t", math.floor(shown))
  local year_start = math.floor(shown / DAY) * DAY - (date.yday - 1) * DAY
  local year = date.year
  local is_leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  local first_weekday = (year_start / DAY + 4) % WEEK
  return year_start + days_of(change, first_weekday, is_leap) * DAY + change.time
end

--- How far the clocks are ahead of UTC.
---@param seconds number since 1970
---@return number seconds
function Rule:offset(seconds)
  if not self.summer then return self.standard end
  local shown = seconds + self.standard
  local from = shown_at(self.from, shown) - self.standard
  local to = shown_at(self.to, shown) - self.summer
  local is_summer
  if from < to then
    is_summer = seconds >= from and seconds < to
  else -- in the south the year begins with it
    is_summer = seconds >= from or seconds < to
  end
  return is_summer and self.summer or self.standard
end

-- ---- reading one ----

local NAME = "^<[%w+%-]+>"

-- "-1", "+05:30", "3:00:00"; positive is behind UTC.
local function time_of(text)
  local sign, hours, rest = text:match "^([+-]?)(%d+)(.*)$"
  if not hours or tonumber(hours) > 167 then return nil end
  local minutes, after = rest:match "^:(%d%d)(.*)$"
  local seconds, last = (after or rest):match "^:(%d%d)(.*)$"
  local value = hours * 3600 + (minutes or 0) * 60 + (seconds or 0)
  return sign == "-" and -value or value, last or after or rest
end

local function name_of(text)
  local name = text:match(NAME) or text:match "^%a%a%a+"
  return name and text:sub(#name + 1)
end

local function when(text)
  local day, time = text:match "^([^/]+)/?(.*)$"
  local seconds, rest = 2 * 3600, ""
  if time and time ~= "" then seconds, rest = time_of(time) end
  if not day or not seconds or rest ~= "" then return nil end
  local month, week, weekday = day:match "^M(%d+)%.([1-5])%.([0-6])$"
  month = tonumber(month)
  if month then
    return month >= 1 and month <= 12 and { month = month, week = tonumber(week),
      weekday = tonumber(weekday), time = seconds } or nil
  end
  local julian, plain = tonumber(day:match "^J(%d+)$"), tonumber(day:match "^(%d+)$")
  local is_day = julian and julian >= 1 and julian <= 365 or plain and plain <= 365
  return is_day and { julian = julian, day = plain, time = seconds } or nil
end

local function with_summer(rule, text)
  local rest, offset = name_of(text), nil
  if not rest then return nil end
  if rest:sub(1, 1) ~= "," then
    offset, rest = time_of(rest)
    if not offset then return nil end
  end
  rule.summer = offset and -offset or rule.standard + 3600
  local from, to = rest:match "^,([^,]+),([^,]+)$"
  rule.from, rule.to = from and when(from), to and when(to)
  return rule.from and rule.to and rule or nil
end

--- Reads a rule.
---@param text string
---@return vision.ZoneRule|nil # nil: it is none
function zone_rule.parse(text)
  local rest, offset = name_of(text), nil
  if rest then offset, rest = time_of(rest) end
  if not offset then return nil end
  local rule = setmetatable({ standard = -offset }, Rule)
  if rest == "" then return rule end
  return with_summer(rule, rest)
end

return zone_rule
