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

return boxes
