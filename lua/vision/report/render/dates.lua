-- SPDX-License-Identifier: MIT
-- Times as people say them: "28 Oct – 26 Nov 2026".

local calendar = require "vision.base.calendar"

local dates = {}

local function parts(days)
  local year, month, day = calendar.date_of(days)
  return { ("%d"):format(day), calendar.MONTHS[month], ("%d"):format(year) }
end

local function clock(zone, t)
  local _, seconds = zone:day(t)
  return ("%02d:%02d"):format(math.floor(seconds / 3600), math.floor(seconds / 60) % 60)
end

--- A day.
---@param zone vision.TimeZone
---@param t number wall seconds
---@return string
function dates.day(zone, t)
  return table.concat(parts((zone:day(t))), " ")
end

--- A moment, to the minute.
---@param zone vision.TimeZone
---@param t number wall seconds
---@return string
function dates.moment(zone, t)
  return ("%s, %s"):format(dates.day(zone, t), clock(zone, t))
end

local function days(zone, from, to)
  local first, last = zone:day(from), zone:day(to - 1)
  local a, b = parts(first), parts(last)
  local whole = table.concat(b, " ")
  if first == last then return whole end
  if a[3] ~= b[3] then return table.concat(a, " ") .. " – " .. whole end
  if a[2] ~= b[2] then return a[1] .. " " .. a[2] .. " – " .. whole end
  return a[1] .. " – " .. whole
end

--- A span of days, with what both have in common said once; with times where they are not whole.
---@param zone vision.TimeZone
---@param from number wall seconds
---@param to number   after it
---@param now number? where it is not over by then, that is said in place of its end
---@return string
function dates.span(zone, from, to, now)
  local is_under_way = now ~= nil and now < to
  local is_whole = zone:start_of(from, "day") == from
    and (is_under_way or zone:start_of(to, "day") == to)
  local text = days(zone, from, to)
  if not is_whole and zone:day(from) == zone:day(to - 1) then
    text = ("%s, %s – %s"):format(text, clock(zone, from), clock(zone, to))
  elseif not is_whole then
    text = dates.moment(zone, from) .. " – " .. dates.moment(zone, to)
  end
  return is_under_way and text .. ", so far" or text
end

return dates
