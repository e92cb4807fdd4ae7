-- SPDX-License-Identifier: MIT
-- The letters and numbers along the border of a sheet. They look like dimensions and are none.
local zones = {}

-- The strip of the lettered area, in shares of the page, in which the border's letters stand.
local STRIP = 0.035
-- Fewer than this, and they are dimensions that happen to stand near the edge.
local FEWEST = 4

local function extent(segments)
  local left, top, right, bottom = math.huge, math.huge, -math.huge, -math.huge
  for _, segment in ipairs(segments) do
    if segment.text:find "%w" and (segment.confidence or 1) > 0.3 then
      local box = segment.box
      left, top = math.min(left, box[1]), math.min(top, box[2])
      right, bottom = math.max(right, box[1] + box[3]), math.max(bottom, box[2] + box[4])
    end
  end
  return left, top, right, bottom
end

--- Finds the zone letters of a page.
---@param segments table[]
---@param page { width: number, height: number }
---@return table<table, boolean> found  Set of segments.
function zones.find(segments, page)
  local left, top, right, bottom = extent(segments)
  local x, y = STRIP * page.width, STRIP * page.height
  local found, count = {}, 0
  for _, segment in ipairs(segments) do
    local box = segment.box
    local middle_x, middle_y = box[1] + box[3] / 2, box[2] + box[4] / 2
    local at_edge = middle_x < left + x or middle_x > right - x or middle_y < top + y or middle_y > bottom - y
    local text = segment.text:gsub("[^%w]", "")
    if at_edge and (text:find "^%d$" or text:find "^1%d$" or text:find "^[A-Z]$") then
      found[segment] = true
      count = count + 1
    end
  end
  return count >= FEWEST and found or {}
end

return zones
