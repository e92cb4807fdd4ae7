-- SPDX-License-Identifier: MIT
-- Dates of the Gregorian calendar as numbers of days since 1970-01-01, and back. Nothing here knows
-- of time zones.

local option_lists = require "vision.base.options"

local calendar = {}

local floor = math.floor

--- Short names of the months.
calendar.MONTHS = {
  "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
}

-- Days are counted from a March, so that the leap day comes last, in eras of 400 years: Howard
-- Hinnant, "chrono-Compatible Low-Level Date Algorithms".
local ERA_DAYS, EPOCH = 146097, 719468

--- Days from 1970-01-01 to a date.
---@param year integer
---@param month integer 1 .. 12
---@param day integer    also below 1 and beyond the month's end: counted on
---@return integer
function calendar.days_of(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = floor(year / 400)
  local of_era = year - era * 400
  local of_year = floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * ERA_DAYS + of_era * 365 + floor(of_era / 4) - floor(of_era / 100) + of_year - EPOCH
end

--- The date of a day.
---@param days integer since 1970-01-01
---@return integer year
---@return integer month
---@return integer day
function calendar.date_of(days)
  days = days + EPOCH
  local era = floor(days / ERA_DAYS)
  local of_era = days - era * ERA_DAYS
  local year = floor((of_era - floor(of_era / 1460) + floor(of_era / 36524)
    - floor(of_era / (ERA_DAYS - 1))) / 365)
  local of_year = of_era - (365 * year + floor(year / 4) - floor(year / 100))
  local shifted = floor((5 * of_year + 2) / 153)
  local month = shifted < 10 and shifted + 3 or shifted - 9
  return year + era * 400 + (month <= 2 and 1 or 0), month,
    of_year - floor((153 * shifted + 2) / 5) + 1
end

--- Day of the week.
---@param days integer since 1970-01-01
---@return integer # 0 is Sunday
function calendar.weekday(days)
  return (days + 4) % 7
end

---@param year integer
---@param month integer
---@return integer
function calendar.month_days(year, month)
  return calendar.days_of(year + floor(month / 12), month % 12 + 1, 1)
    - calendar.days_of(year, month, 1)
end

--- The Monday of the week that a day is in.
---@param days integer
---@return integer
function calendar.monday(days)
  return days - (calendar.weekday(days) + 6) % 7
end

--- The week of ISO 8601 that a day is in: the one that has the Thursday belongs to its year.
---@param days integer
---@return integer year
---@return integer week 1 .. 53
function calendar.iso_week(days)
  local thursday = calendar.monday(days) + 3
  local year = calendar.date_of(thursday)
  return year, floor((thursday - calendar.days_of(year, 1, 1)) / 7) + 1
end

--- "2026-11-26" as a number of days.
---@param text string
---@return integer? days
---@return string? message what is wrong with it: its form, or that there is no such day
function calendar.parse_date(text)
  local year, month, day = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)$"
  if not year then
    return nil, ("a date is written as 2026-11-26, not '%s'"):format(
      option_lists.shown_word(text))
  end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month < 1 or month > 12 then
    return nil, ("there is no %s: months go from 01 to 12"):format(text)
  end
  local last = calendar.month_days(year, month)
  if day < 1 or day > last then
    return nil, ("there is no %s: that month has %d days"):format(text, last)
  end
  return calendar.days_of(year, month, day)
end

return calendar
