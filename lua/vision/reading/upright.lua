-- SPDX-License-Identifier: MIT
-- Pages that do not lie straight before the reader. The step `upright` makes of a page a sheet that
-- stands upright; everything is read on that sheet, and what was read is brought back onto the page
-- as it was opened, so that outlines lie where people see them.

local boxes = require "vision.reading.boxes"

local upright = {}

-- Of the words of a layer that say how they stand, so many must stand the same way.
local MAJORITY = 0.6
-- Letters that decide; below that the picture is asked.
local FEWEST_LETTERS = 12

---@class vision.reading.Upright
---@field width integer        of the page as it was opened, pixels
---@field height integer
---@field dpi integer?         at which it was opened; nil: not known
---@field turn integer         degrees clockwise by which the page was turned: 0, 90, 180, 270
---@field skew number?         degrees clockwise by which it lay askew
---@field photographed boolean?  the sheet was cut out of a photograph and seen from above
---@field inverted boolean?    it was light on dark
---@field evened boolean?      its light was uneven
---@field straight boolean     nothing had to be done
---@field to_page number[]?    nine numbers, row by row: pixels of the sheet to pixels of the page

--- The steps that every job begins with that reads a page.
---@param open table  the step `open`
---@param known? { turn: integer?, straight: boolean? }  how the page must be turned, where that is
---  known already; whether it lies straight in every way
---@return table[]
function upright.steps(open, known)
  if known and known.straight then
    return { open }
  end
  return { open, { "upright", turn = known and known.turn } }
end

--- What those steps found.
---@param results table[]
---@return vision.reading.Upright seen
---@return { width: integer, height: integer, dpi: integer? } sheet
function upright.of(results)
  local opened, made = results[1], results[2]
  if not made or made.step ~= "upright" then
    made = { width = opened.width, height = opened.height }
  end
  local seen = {
    width = opened.width, height = opened.height, dpi = opened.dpi,
    turn = made.turn or 0, skew = made.skew, photographed = made.photographed,
    inverted = made.inverted, evened = made.evened, to_page = made.to_page,
  }
  seen.straight = not (seen.to_page or seen.inverted or seen.evened)
  -- What a camera writes is no resolution of the sheet.
  return seen, { width = made.width, height = made.height,
    dpi = not made.photographed and opened.dpi or nil }
end

-- ---- from the sheet to the page, and back ----

local function map(m, x, y)
  local w = m[7] * x + m[8] * y + m[9]
  return (m[1] * x + m[2] * y + m[3]) / w, (m[4] * x + m[5] * y + m[6]) / w
end

-- The adjugate: the inverse but for a factor, which a projective map does not feel.
local function inverse(m)
  return {
    m[5] * m[9] - m[6] * m[8], m[3] * m[8] - m[2] * m[9], m[2] * m[6] - m[3] * m[5],
    m[6] * m[7] - m[4] * m[9], m[1] * m[9] - m[3] * m[7], m[3] * m[4] - m[1] * m[6],
    m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
  }
end

local function mapped(m, corners)
  local out = {}
  for index, corner in ipairs(corners) do
    out[index] = { map(m, corner[1], corner[2]) }
  end
  return out
end

local function corners_of(m, box)
  local x, y, right, bottom = box[1], box[2], box[1] + box[3], box[2] + box[4]
  return mapped(m, { { x, y }, { right, y }, { right, bottom }, { x, bottom } })
end

local function box_around(corners)
  local left, top, right, bottom = math.huge, math.huge, -math.huge, -math.huge
  for _, corner in ipairs(corners) do
    left, right = math.min(left, corner[1]), math.max(right, corner[1])
    top, bottom = math.min(top, corner[2]), math.max(bottom, corner[2])
  end
  return { left, top, right - left, bottom - top }
end

local function round(value)
  return math.floor(value + 0.5)
end

-- Quarter turns keep a box upright; anything else needs its four corners.
local function is_slanted(seen)
  return seen.skew ~= nil or seen.photographed ~= nil
end

local function place(seen, item)
  local corners = corners_of(seen.to_page, item.box)
  item.box = boxes.rounded(box_around(corners))
  if item.outline then
    item.outline = mapped(seen.to_page, item.outline)
  elseif is_slanted(seen) then
    item.outline = corners
  end
end

local function round_outline(item)
  for _, corner in ipairs(item.outline or {}) do
    corner[1], corner[2] = round(corner[1]), round(corner[2])
  end
end

--- Brings what was read on the sheet back onto the page: `box` is the upright rectangle around it,
--- `outline` its four corners where they form no such rectangle.
---@param seen vision.reading.Upright
---@param items table[]  with `box`, perhaps `outline`; changed in place
function upright.onto_page(seen, items)
  for _, item in ipairs(items) do
    if seen.to_page then
      place(seen, item)
      item.rotation = item.rotation and (item.rotation + seen.turn) % 360
    end
    round_outline(item)
  end
end

--- Brings the words of a text layer, whose boxes lie on the page, onto the sheet.
---@param seen vision.reading.Upright
---@param layer table  a page of `reader.text_layer`; changed in place
---@param size { width: integer, height: integer }  of the sheet
function upright.onto_sheet(seen, layer, size)
  if not seen.to_page then
    return
  end
  local to_sheet = inverse(seen.to_page)
  for _, word in ipairs(layer.words) do
    word.box = box_around(corners_of(to_sheet, word.box))
    local rotation = ((word.rotation or 0) - seen.turn) % 360
    -- Of a lone word the layer does not know whether it stands on its head.
    word.rotation = rotation == 180 and 0 or rotation
  end
  layer.width, layer.height = size.width, size.height
end

--- What turning by quarters alone does to a page of this size.
---@param width number
---@param height number
---@param turn integer
---@return vision.reading.Upright
---@return { width: number, height: number } sheet
function upright.quarters(width, height, turn)
  local to_page = ({
    [90] = { 0, 1, 0, -1, 0, height, 0, 0, 1 },
    [180] = { -1, 0, width, 0, -1, height, 0, 0, 1 },
    [270] = { 0, -1, width, 1, 0, 0, 0, 0, 1 },
  })[turn]
  local lying = turn % 180 ~= 0
  return { width = width, height = height, turn = turn, to_page = to_page },
    { width = lying and height or width, height = lying and width or height }
end

-- ---- which way a text layer stands ----

local function count_words(words)
  local count = {}
  for _, word in ipairs(words) do
    local line = word.line or word
    count[line] = (count[line] or 0) + 1
  end
  return count
end

--- How a page must be turned by the word of its text layer. Only lines of several words know that;
--- where there are too few of them it is nil.
---@param words table[]
---@return integer? turn  0, 90, 180 or 270
function upright.turn_of(words)
  local in_line, letters, all = count_words(words), {}, 0
  for _, word in ipairs(words) do
    if in_line[word.line or word] > 1 then
      letters[word.rotation] = (letters[word.rotation] or 0) + #word.text
      all = all + #word.text
    end
  end
  for rotation, count in pairs(letters) do
    if all >= FEWEST_LETTERS and count > MAJORITY * all then
      return rotation
    end
  end
end

return upright
