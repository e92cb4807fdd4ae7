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

local function is_mark(text)
  text = text:gsub("[|%[%]%s]", "")
  return text:find "^%d$" or text:find "^1%d$" or text:find "^%u$"
end

-- The edges that a segment stands at, with where it stands across each.
local function edges_of(segment, area)
  local box = segment.box
  local x, y = box[1] + box[3] / 2, box[2] + box[4] / 2
  return {
    left = x < area.left and x or nil, right = x > area.right and x or nil,
    top = y < area.top and y or nil, bottom = y > area.bottom and y or nil,
  }
end

-- Marks stand in line with others of their edge; a revision letter near it does not.
local function has_company(mark, marks)
  for edge, across in pairs(mark.edges) do
    for _, other in ipairs(marks) do
      local there = other ~= mark and other.edges[edge]
      if there and math.abs(there - across) < mark.segment.height then
        return true
      end
    end
  end
  return false
end

local function find(segments, page)
  local left, top, right, bottom = extent(segments)
  local strip = STRIP * math.min(page.width, page.height)
  local area = { left = left + strip, top = top + strip, right = right - strip,
    bottom = bottom - strip }
  local marks, found, count = {}, {}, 0
  for _, segment in ipairs(segments) do
    local edges = is_mark(segment.text) and edges_of(segment, area)
    if edges and next(edges) then
      marks[#marks + 1] = { segment = segment, edges = edges }
    end
  end
  for _, mark in ipairs(marks) do
    if has_company(mark, marks) then
      found[mark.segment] = true
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
