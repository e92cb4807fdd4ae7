-- SPDX-License-Identifier: MIT
-- Where things lie: finds what is near a box without looking at everything on the page.

local grid = {}

-- Pixels; a few lines of lettering at 200 dpi.
local CELL = 128
-- Columns are numbered within rows of this many; no page is as wide.
local ROW = 1000000

local Grid = {}
Grid.__index = Grid

local function cells(box, reach)
  local left, top = math.floor((box[1] - reach) / CELL), math.floor((box[2] - reach) / CELL)
  local right = math.floor((box[1] + box[3] + reach) / CELL)
  local bottom = math.floor((box[2] + box[4] + reach) / CELL)
  return left, top, right, bottom
end

--- Items whose boxes lie within `reach` pixels of a box, in their order, each once.
---@param box number[]
---@param reach number
---@return integer[] indices
function Grid:near(box, reach)
  local left, top, right, bottom = cells(box, reach)
  local found, seen = {}, {}
  for row = top, bottom do
    for column = left, right do
      for _, index in ipairs(self[row * ROW + column] or {}) do
        if not seen[index] then
          seen[index] = true
          found[#found + 1] = index
        end
      end
    end
  end
  table.sort(found)
  return found
end

--- Places items by their boxes.
---@param items { box: number[] }[]
---@return table
function grid.new(items)
  local self = setmetatable({}, Grid)
  for index, item in ipairs(items) do
    local left, top, right, bottom = cells(item.box, 0)
    for row = top, bottom do
      for column = left, right do
        local key = row * ROW + column
        self[key] = self[key] or {}
        table.insert(self[key], index)
      end
    end
  end
  return self
end

return grid
