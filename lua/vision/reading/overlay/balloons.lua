-- SPDX-License-Identifier: MIT
-- Where the balloons of a drawing stand: beside what they number, on paper as blank as possible, on
-- no call-out and on no other balloon, joined to the outline by a short leader.

local balloons = {}

-- Distances between outline and balloon, in radii of a balloon; the nearest that is good is taken.
local DISTANCES = { 0.8, 1.3, 2, 3, 4.5, 6.5, 9, 13 }
local DIRECTIONS = 16

-- What a place costs: a radius of distance costs 1.
local COST = {
  ink = 6,       -- a tenth of the balloon's ground covered with ink
  callout = 60,  -- it lies on another call-out
  balloon = 200, -- it lies on another balloon
  crossing = 15, -- its leader runs over another call-out or balloon
}

---@class vision.reading.Mark
---@field corners number[][]  of the outline, four, clockwise
---@field box number[]        around them

-- ---- ink ----

-- Sums over all cells above and left of one, so that any rectangle's ink is four look-ups.
local function sums_of(map)
  local sums, columns = {}, map.columns + 1
  for index = 1, columns * (map.rows + 1) do
    sums[index] = 0
  end
  for row = 1, map.rows do
    local line = 0
    for column = 1, map.columns do
      line = line + map.cells:byte((row - 1) * map.columns + column) - 48
      sums[row * columns + column + 1] = sums[(row - 1) * columns + column + 1] + line
    end
  end
  return sums
end

local function clamp(value, low, high)
  return math.max(low, math.min(high, value))
end

-- The mean ink, in tenths, of a square.
local function ink_at(paper, x, y, reach)
  local map, sums = paper.map, paper.sums
  if not map then
    return 0
  end
  local left = clamp(math.floor((x - reach) / map.cell), 0, map.columns - 1)
  local right = clamp(math.ceil((x + reach) / map.cell), left + 1, map.columns)
  local top = clamp(math.floor((y - reach) / map.cell), 0, map.rows - 1)
  local bottom = clamp(math.ceil((y + reach) / map.cell), top + 1, map.rows)
  local stride = map.columns + 1
  local total = sums[bottom * stride + right + 1] - sums[top * stride + right + 1]
    - sums[bottom * stride + left + 1] + sums[top * stride + left + 1]
  return total / ((right - left) * (bottom - top))
end

-- ---- geometry ----

-- How far a point lies from a box; 0 inside.
local function off_box(x, y, box)
  local dx = math.max(box[1] - x, 0, x - box[1] - box[3])
  local dy = math.max(box[2] - y, 0, y - box[2] - box[4])
  return math.sqrt(dx * dx + dy * dy)
end

local function nearest_on_segment(x, y, a, b)
  local dx, dy = b[1] - a[1], b[2] - a[2]
  local length = dx * dx + dy * dy
  local share = length > 0 and clamp(((x - a[1]) * dx + (y - a[2]) * dy) / length, 0, 1) or 0
  return a[1] + share * dx, a[2] + share * dy
end

-- The point of an outline that is nearest to a point outside.
local function nearest(x, y, corners)
  local best, best_x, best_y = math.huge, nil, nil
  for index, corner in ipairs(corners) do
    local px, py = nearest_on_segment(x, y, corner, corners[index % #corners + 1])
    local off = (px - x) ^ 2 + (py - y) ^ 2
    if off < best then
      best, best_x, best_y = off, px, py
    end
  end
  return best_x, best_y
end

-- ---- costs ----

local function leader_crosses(place, x, y, index, marks, placed, radius)
  for step = 1, 4 do
    local share = step / 5
    local px, py = x + share * (place.x - x), y + share * (place.y - y)
    for other, mark in ipairs(marks) do
      if other ~= index and off_box(px, py, mark.box) == 0 then
        return true
      end
    end
    for _, balloon in ipairs(placed) do
      if (balloon.x - px) ^ 2 + (balloon.y - py) ^ 2 < radius ^ 2 then
        return true
      end
    end
  end
  return false
end

local function cost_of(place, index, marks, placed, paper)
  local radius = paper.radius
  local cost = place.distance + COST.ink * ink_at(paper, place.x, place.y, radius)
  for other, mark in ipairs(marks) do
    local off = off_box(place.x, place.y, mark.box)
    if off < radius * (other == index and 1 or 1.1) then
      cost = cost + COST.callout
    end
  end
  for _, balloon in ipairs(placed) do
    if (balloon.x - place.x) ^ 2 + (balloon.y - place.y) ^ 2 < (2.15 * radius) ^ 2 then
      cost = cost + COST.balloon
    end
  end
  local x, y = nearest(place.x, place.y, marks[index].corners)
  if leader_crosses(place, x, y, index, marks, placed, radius) then
    cost = cost + COST.crossing
  end
  return cost, x, y
end

-- The places around a box, inside the page.
local function candidates(box, paper)
  local places, radius = {}, paper.radius
  local half_width, half_height = box[3] / 2, box[4] / 2
  local x, y = box[1] + half_width, box[2] + half_height
  for step = 0, DIRECTIONS - 1 do
    local angle = 2 * math.pi * (step + 0.5) / DIRECTIONS
    local cosine, sine = math.cos(angle), math.sin(angle)
    local edge = math.min(half_width / math.abs(cosine), half_height / math.abs(sine))
    for _, distance in ipairs(DISTANCES) do
      local reach = edge + (1 + distance) * radius
      local px, py = x + cosine * reach, y + sine * reach
      if px > radius and py > radius and px < paper.width - radius
        and py < paper.height - radius then
        places[#places + 1] = { x = px, y = py, distance = distance }
      end
    end
  end
  return places
end

local function place(index, marks, placed, paper)
  local best, least
  for _, candidate in ipairs(candidates(marks[index].box, paper)) do
    -- Distance alone may already be too much.
    if not least or candidate.distance < least then
      local cost, x, y = cost_of(candidate, index, marks, placed, paper)
      if not least or cost < least then
        least, best = cost, { x = candidate.x, y = candidate.y, to_x = x, to_y = y }
      end
    end
  end
  local box = marks[index].box -- a page smaller than a balloon has no good place
  return best or { x = box[1], y = box[2], to_x = box[1], to_y = box[2] }
end

--- Places a balloon for each mark.
---@param marks vision.reading.Mark[]
---@param paper { width: number, height: number, radius: number, map: table? }  `map`: of the step
---  `ink`: { cell: number, columns: integer, rows: integer, cells: string }
---@return { x: number, y: number, to_x: number, to_y: number }[]  centres, and where leaders end
function balloons.place(marks, paper)
  paper.sums = paper.map and sums_of(paper.map)
  local placed = {}
  for index = 1, #marks do
    placed[index] = place(index, marks, placed, paper)
  end
  return placed
end

return balloons
