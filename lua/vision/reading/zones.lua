-- SPDX-License-Identifier: MIT
-- The letters and numbers along the border of a sheet. They look like dimensions and are none.
local zones = {}

-- The strip of the lettered area, in shares of the shorter side, in which the border's letters
-- stand.
local STRIP = 0.035
-- Fewer than this, and they are dimensions that happen to stand near the edge.
local FEWEST = 3

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

local function find(segments, page)
  local left, top, right, bottom = extent(segments)
  local strip = STRIP * math.min(page.width, page.height)
  local found, count = {}, 0
  for _, segment in ipairs(segments) do
    local box = segment.box
    local middle_x, middle_y = box[1] + box[3] / 2, box[2] + box[4] / 2
    local at_edge = middle_x < left + strip or middle_x > right - strip or middle_y < top + strip
      or middle_y > bottom - strip
    local text = segment.text:gsub("[^%w]", "")
    if at_edge and (text:find "^%d$" or text:find "^1%d$" or text:find "^[A-Z]$") then
      found[segment] = true
      count = count + 1
    end
  end
  return count >= FEWEST and found or {}
end

--- The segments of a page that are not its zone letters.
---@param segments table[]
---@param page { width: number, height: number }  In pixels.
---@return table[]
function zones.without(segments, page)
  local found, rest = find(segments, page), {}
  for _, segment in ipairs(segments) do
    if not found[segment] then
      rest[#rest + 1] = segment
    end
  end
  return rest
end

return zones
