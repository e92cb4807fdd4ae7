-- SPDX-License-Identifier: MIT
-- Chains of lengths that add up to an overall length. Where they do, each of the numbers vouches
-- for the others. Where they do not nothing follows: without the dimension lines a row of numbers
-- may leave out a piece, or span less than the part, and both are good practice. It is a doubt only
-- where one misread digit would explain it and the texts then stand where they should.
local slips = require "vision.reading.checks.slips"

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
-- How far from the middle of its dimension a text may stand where a sum is doubted, in heights.
local ASTRAY = 0.3

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

local function sum_of(row, count)
  local texts, sum = {}, 0
  for index = 1, count do
    texts[index], sum = ("%g"):format(row[index].nominal), sum + row[index].nominal
  end
  return table.concat(texts, " + "), sum
end

local function report(found, row, count, whole)
  local reason = ("%s = %g adds up"):format((sum_of(row, count)), whole.nominal)
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

-- ---- sums that one misread digit would explain ----

-- Whether the texts of a chain and of its overall length stand over the middles of their dimensions
-- where `suspect` is larger by `change`: middles in millimetres against middles on the page.
local function stands_right(members, whole, axis, suspect, change)
  local points, from = {}, 0
  for index, one in ipairs(members) do
    local size = one.nominal + (one == suspect and change or 0)
    points[index], from = { from + size / 2, one[axis] }, from + size
  end
  points[#points + 1] = { from / 2, whole[axis] }
  local mean_u, mean_v, uu, uv = 0, 0, 0, 0
  for _, point in ipairs(points) do
    mean_u, mean_v = mean_u + point[1] / #points, mean_v + point[2] / #points
  end
  for _, point in ipairs(points) do
    local u, v = point[1] - mean_u, point[2] - mean_v
    uu, uv = uu + u * u, uv + u * v
  end
  local height = math.min(whole.height, members[1].height)
  for _, point in ipairs(points) do
    local astray = point[2] - mean_v - uv / uu * (point[1] - mean_u)
    if math.abs(astray) > ASTRAY * height then
      return false
    end
  end
  return true
end

-- The members and the overall length of which one may be misread.
local function suspects(members, whole, axis, lacking, found)
  local list = {}
  for _, one in ipairs(members) do
    if not found[one.callout] and slips.explains(one.callout, lacking)
      and stands_right(members, whole, axis, one, lacking) then
      list[#list + 1] = one.callout
    end
  end
  if not found[whole.callout] and slips.explains(whole.callout, -lacking)
    and stands_right(members, whole, axis) then
    list[#list + 1] = whole.callout
  end
  return list
end

-- An overall length stands over the middle of its chain and in a row of its own.
local function is_over(whole, row, count, axis)
  return whole[axis] > row[1][axis] and whole[axis] < row[count][axis]
    and math.abs(whole[3 - axis] - row[1][3 - axis]) > whole.height
end

local function doubt(row, list, axis, found, doubts)
  local members = { row[1] }
  for index = 2, math.min(#row, MOST_MEMBERS) do
    members[index] = row[index]
    local texts, sum = sum_of(row, index)
    for _, whole in ipairs(list) do
      local lacking = whole.nominal - sum
      local of_one_digit = math.abs(lacking) > ROUNDING and slips.is_of_one_digit(lacking)
      for _, one in ipairs(of_one_digit and is_over(whole, row, index, axis)
        and suspects(members, whole, axis, lacking, found) or {}) do
        doubts[one] = ("%s = %g, not %g: a digit may be misread"):format(texts, sum,
          whole.nominal)
      end
    end
  end
end

--- The lengths that stand in a chain that adds up, each with the sum as reason, and those that one
--- misread digit may keep from doing so.
---@param callouts table[]  With boxes, of one page.
---@return table<table, string> reasons
---@return table<table, string> doubts
function chains.find(callouts)
  local list, found, doubts = places(callouts), {}, {}
  local function each_row(visit, into)
    for axis = 1, 2 do
      for _, first in ipairs(list) do
        visit(row_from(first, list, axis), list, axis, found, into)
      end
    end
  end
  each_row(follow)
  each_row(doubt, doubts)
  return found, doubts
end

return chains
