-- SPDX-License-Identifier: MIT
-- The paper that a page is as large as. A sheet may have been copied smaller than its title block
-- says, so it stands beside the block, as evidence.
local paper = {}

-- Short and long side, mm: ISO 216 and ANSI/ASME Y14.1.
local FORMATS = {
  { "A4", 210, 297 }, { "A3", 297, 420 }, { "A2", 420, 594 }, { "A1", 594, 841 },
  { "A0", 841, 1189 }, { "ANSI A", 216, 279 }, { "ANSI B", 279, 432 }, { "ANSI C", 432, 559 },
  { "ANSI D", 559, 864 }, { "ANSI E", 864, 1118 },
}
-- Scanners and margins that were cut off.
local TOLERANCE = 0.012
local MM_PER_INCH = 25.4

local function is_near(length, other)
  return math.abs(length - other) <= TOLERANCE * other
end

--- The format of a page.
---@param width number   pixels
---@param height number  pixels
---@param dpi number?    nil: the picture does not say, so nothing is known
---@return { format: string, width: integer, height: integer }|nil  in mm
function paper.of(width, height, dpi)
  if not dpi or dpi <= 0 then
    return nil
  end
  local across, down = width / dpi * MM_PER_INCH, height / dpi * MM_PER_INCH
  local short, long = math.min(across, down), math.max(across, down)
  for _, format in ipairs(FORMATS) do
    if is_near(short, format[2]) and is_near(long, format[3]) then
      return { format = format[1], width = math.floor(across + 0.5),
        height = math.floor(down + 0.5) }
    end
  end
end

return paper
