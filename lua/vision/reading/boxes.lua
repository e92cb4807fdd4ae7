-- SPDX-License-Identifier: MIT
-- Boxes on a page: { x, y, width, height } in pixels.

local boxes = {}

local function common(a, b)
  local width = math.min(a[1] + a[3], b[1] + b[3]) - math.max(a[1], b[1])
  local height = math.min(a[2] + a[4], b[2] + b[4]) - math.max(a[2], b[2])
  return width > 0 and height > 0 and width * height or 0
end

--- How much of the smaller box lies in the other.
---@param a number[]
---@param b number[]
---@return number # 0..1
function boxes.shared(a, b)
  return common(a, b) / math.max(1, math.min(a[3] * a[4], b[3] * b[4]))
end

--- How much of a box lies in another.
---@param box number[]
---@param other number[]
---@return number # 0..1
function boxes.within(box, other)
  return common(box, other) / math.max(1, box[3] * box[4])
end

--- The box in whole pixels.
---@param box number[]
---@return number[]
function boxes.rounded(box)
  local out = {}
  for index = 1, 4 do
    out[index] = math.floor(box[index] + 0.5)
  end
  return out
end

--- The corners of lettering at an angle, in reading order from its upper left.
---@param box number[]      the upright box around it
---@param length number     along the lettering
---@param height number
---@param rotation number   degrees clockwise by which the page is turned to read it
---@return number[][]
function boxes.corners_of_turned(box, length, height, rotation)
  local x, y = box[1] + box[3] / 2, box[2] + box[4] / 2
  local along_x, along_y = math.cos(math.rad(rotation)), -math.sin(math.rad(rotation))
  local corners = {}
  for index, side in ipairs { { -1, -1 }, { 1, -1 }, { 1, 1 }, { -1, 1 } } do
    local u, v = side[1] * length / 2, side[2] * height / 2
    corners[index] = { x + u * along_x - v * along_y, y + u * along_y + v * along_x }
  end
  return corners
end

return boxes
