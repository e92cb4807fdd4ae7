-- SPDX-License-Identifier: MIT
-- How a large sheet is cut so that small lettering survives: overlapping tiles, and the corner
-- where the title block stands once more.

local tiles = {}

-- Share of a tile that it has in common with its neighbour: a call-out on a cut is whole in one.
local OVERLAP = 0.12

-- The longest side of a tile in pixels. Models lose small lettering in larger ones.
local MAX_SIDE = 1500

-- The title block is 180 mm wide and stands in the lower right corner (ISO 7200).
local TITLE_WIDTH, TITLE_HEIGHT = 0.4, 0.3

-- How many tiles cover a length, and how long each is.
local function divide(length, side)
  if length <= side then
    return 1, length
  end
  local count = math.ceil((length - OVERLAP * side) / (side - OVERLAP * side))
  return count, math.ceil(length / (count - (count - 1) * OVERLAP))
end

local function position(index, count, length, side)
  return count == 1 and 0 or math.floor(index * (length - side) / (count - 1))
end

--- The boxes of the tiles of a sheet, row by row; one for a sheet that is small enough.
---@param width integer pixels
---@param height integer pixels
---@param side integer? the longest side a tile may have
---@return integer[][] boxes { x, y, width, height }
function tiles.grid(width, height, side)
  side = math.min(side or MAX_SIDE, MAX_SIDE)
  local across, tile_width = divide(width, side)
  local down, tile_height = divide(height, side)
  local boxes = {}
  for row = 0, down - 1 do
    for column = 0, across - 1 do
      boxes[#boxes + 1] = {
        position(column, across, width, tile_width), position(row, down, height, tile_height),
        tile_width, tile_height,
      }
    end
  end
  return boxes
end

--- The box in which the title block is to be expected. Upright sheets have it over their width.
---@param width integer pixels
---@param height integer pixels
---@return integer[] box { x, y, width, height }
function tiles.title_block(width, height)
  local w = width > height and math.ceil(width * TITLE_WIDTH) or width
  local h = math.ceil(height * TITLE_HEIGHT)
  return { width - w, height - h, w, h }
end

return tiles
