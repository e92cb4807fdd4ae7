-- SPDX-License-Identifier: MIT
-- Times as people say them: "28 Oct – 26 Nov 2026".

local calendar = require "vision.base.calendar"

local dates = {}

local function parts(days)
  local year, month, day = calendar.date_of(days)
  return { ("%d"):format(day), calendar.MONTHS[month], ("%d"):format(year) }
end

--- A span of days, with what both have in common said once.
---@param zone vision.TimeZone
---@param from number wall seconds
---@param to number   after it
---@return string
function dates.span(zone, from, to)
  local first, last = zone:day(from), zone:day(to - 1)
  local a, b = parts(first), parts(last)
  local whole = table.concat(b, " ")
  if first == last then return whole end
  if a[3] ~= b[3] then return table.concat(a, " ") .. " – " .. whole end
  if a[2] ~= b[2] then return a[1] .. " " .. a[2] .. " – " .. whole end
  return a[1] .. " – " .. whole
end

--- A moment, to the minute.
---@param zone vision.TimeZone
---@param t number wall seconds
---@return string
function dates.moment(zone, t)
  local days, seconds = zone:day(t)
  return ("%s, %02d:%02d"):format(table.concat(parts(days), " "), math.floor(seconds / 3600),
    math.floor(seconds / 60) % 60)
end

return dates
