-- SPDX-License-Identifier: MIT
-- Chains of lengths that add up to an overall length. Where they do, each of the numbers vouches
-- for the others. Where they do not nothing follows: without the dimension lines a row of numbers
-- may leave out a piece, or span less than the part, and both are good practice.
local chains = {}

-- A text stands over the middle of its dimension, or nearly: the distances of neighbours then give
-- one scale, within this ratio.
local SAME_SCALE = 1.15
-- How far the middle of the overall length may lie from the chain's, as a share of its extent.
local SAME_MIDDLE = 0.06
-- Members of a chain; longer rows are read in parts.
local MOST_MEMBERS = 12
-- Lengths that are looked at; the work grows with their square.
local MOST_LENGTHS = 200
local ROUNDING = 0.0051

local function places(callouts)
  local list = {}
  for _, callout in ipairs(callouts) do
    local plain = callout.type == "length" and callout.nominal and callout.nominal > 0
      and not callout.quantity and not callout.ordinate
    if plain and callout.box and #list < MOST_LENGTHS then
      local box = callout.box
      list[#list + 1] = { callout = callout, nominal = callout.nominal,
        [1] = box[1] + box[3] / 2, [2] = box[2] + box[4] / 2,
        height = math.min(box[3], box[4]) }
    end
  end
  return list
end

-- Those that stand in one row with `first` and behind it, along `axis` (1: across, 2: down).
local function row_from(first, list, axis)
  local row, other = { first }, 3 - axis
  for _, one in ipairs(list) do
    if one[axis] > first[axis] and math.abs(one[other] - first[other]) < 0.6 * first.height then
      row[#row + 1] = one
    end
  end
  table.sort(row, function(a, b)
    return a[axis] < b[axis]
  end)
  return row
end

local function scale(a, b, axis)
  return (b[axis] - a[axis]) * 2 / (a.nominal + b.nominal)
end

local function overall(sum, from, to, list, axis, members)
  local extent, middle = to - from, (from + to) / 2
  for _, one in ipairs(list) do
    if not members[one] and math.abs(one.nominal - sum) < ROUNDING
      and math.abs(one[axis] - middle) < SAME_MIDDLE * extent + one.height then
      return one
    end
  end
end

local function report(found, row, count, whole)
  local texts = {}
  for index = 1, count do
    texts[index] = ("%g"):format(row[index].nominal)
  end
  local reason = ("%s = %g adds up"):format(table.concat(texts, " + "), whole.nominal)
  for index = 1, count do
    found[row[index].callout] = reason
  end
  found[whole.callout] = reason
end

local function follow(row, list, axis, found)
  local members, sum = { [row[1]] = true }, row[1].nominal
  local least, most = math.huge, 0
  for index = 2, math.min(#row, MOST_MEMBERS) do
    local step = scale(row[index - 1], row[index], axis)
    least, most = math.min(least, step), math.max(most, step)
    if most > SAME_SCALE * least then
      return
    end
    members[row[index]], sum = true, sum + row[index].nominal
    local mean = (least + most) / 2
    local from = row[1][axis] - mean * row[1].nominal / 2
    local to = row[index][axis] + mean * row[index].nominal / 2
    local whole = overall(sum, from, to, list, axis, members)
    if whole then
      report(found, row, index, whole)
    end
  end
end

--- The lengths that stand in a chain that adds up, each with the sum as reason.
---@param callouts table[]  With boxes, of one page.
---@return table<table, string> reasons
function chains.find(callouts)
  local list, found = places(callouts), {}
  for axis = 1, 2 do
    for _, first in ipairs(list) do
      follow(row_from(first, list, axis), list, axis, found)
    end
  end
  return found
end

return chains
