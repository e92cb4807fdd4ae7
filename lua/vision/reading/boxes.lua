-- SPDX-License-Identifier: MIT
-- Boxes on a page: { x, y, width, height } in pixels.

local boxes = {}

--- How much of the smaller box lies in the other.
---@param a number[]
---@param b number[]
---@return number # 0..1
function boxes.shared(a, b)
  local width = math.min(a[1] + a[3], b[1] + b[3]) - math.max(a[1], b[1])
  local height = math.min(a[2] + a[4], b[2] + b[4]) - math.max(a[2], b[2])
  if width <= 0 or height <= 0 then
    return 0
  end
  return width * height / math.max(1, math.min(a[3] * a[4], b[3] * b[4]))
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
