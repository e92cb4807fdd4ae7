-- SPDX-License-Identifier: MIT
-- Round numbers for an axis, and which of its labels there is room for.

local scale = {}

-- The least of 1, 2, 5 times a power of ten that is not below a step.
local function round_step(step)
  local power = 10 ^ math.floor(math.log(step) / math.log(10))
  for _, factor in ipairs { 1, 2, 5, 10 } do
    if factor * power >= step * (1 - 1e-9) then return factor * power end
  end
end

--- Ticks from 0, or from a round number near the least value, to one not below the greatest.
---@param least number
---@param greatest number  >= least
---@param count integer    about as many steps
---@param smallest number? the least step: 1 of what is counted
---@param most number?     there is nothing above: 1 of a share
---@return number[] # ascending, two or more
function scale.ticks(least, greatest, count, smallest, most)
  local range, size = greatest - least, math.max(math.abs(least), math.abs(greatest))
  -- Never so fine that a number cannot tell one tick from the next.
  local step = round_step(math.max(range > 0 and range / count or math.max(size, 1), size * 1e-9,
    1e-12))
  if smallest and step < smallest then step = smallest end
  local first, last = math.floor(least / step + 1e-9), math.ceil(greatest / step - 1e-9)
  if last <= first then last = first + 1 end
  if most and greatest <= most and last * step > most * (1 + 1e-9) then -- one value, and no more
    first, last = first - 1, math.floor(most / step + 1e-9)
  end
  local ticks = {}
  for i = first, last do ticks[#ticks + 1] = i * step end
  return ticks
end

--- The least and the greatest of lists of numbers; false is left out.
---@param lists (number|false)[][]
---@return number? least  nil: there is no number
---@return number? greatest
function scale.range(lists)
  local least, greatest
  for _, list in ipairs(lists) do
    for _, value in ipairs(list) do
      if value then
        least = math.min(least or value, value)
        greatest = math.max(greatest or value, value)
      end
    end
  end
  return least, greatest
end

-- Steps between labels of time that people count in: hours of a day, days of weeks, months.
local STEPS = { hour = { 1, 2, 3, 6, 12, 24, 48, 72, 168 }, day = { 1, 2, 7, 14, 28, 56 },
  month = { 1, 2, 3, 6, 12, 24, 60 } }

local MONTHS = require("vision.base.calendar").MONTHS

-- How a label of a trend is written on an axis, and which unit of time it is.
local function short(label)
  local month, day, hour = label:match "^%d%d%d%d%-(%d%d)%-(%d%d) ?(%d*)"
  if hour and hour ~= "" and hour ~= "00" then return hour .. ":00", "hour" end
  if day then
    return ("%d %s"):format(day, MONTHS[tonumber(month)] or ""), hour ~= "" and "hour" or "day"
  end
  local year, of_year = label:match "^(%d%d%d%d)%-(%d%d)$"
  if year then return ("%s %s"):format(MONTHS[tonumber(of_year)] or of_year, year), "month" end
  local week = label:match "^%d%d%d%d%-(W%d%d)$"
  return week or label, week and "week"
end

scale.short = short

--- Which labels of an axis are written, so that none touches another.
---@param labels string[]
---@param room number     of the axis
---@param width fun(label: string): number
---@return { at: integer, text: string }[]  at: index of the label
function scale.labels(labels, room, width)
  if #labels == 0 then return {} end
  local texts, widest, unit = {}, 0, nil
  for i, label in ipairs(labels) do
    texts[i], unit = short(label)
    widest = math.max(widest, width(texts[i]))
  end
  local step = math.max(1, math.ceil(widest * #labels / room))
  for _, round in ipairs(STEPS[unit] or {}) do
    if round >= step then
      step = round
      break
    end
  end
  local first, shown = 1, {}
  while unit == "hour" and first < step and first < #labels and not labels[first]:find " 00:00$" do
    first = first + 1 -- so that days begin a step
  end
  for i = first, #labels, step do shown[#shown + 1] = { at = i, text = texts[i] } end
  return shown
end

return scale
