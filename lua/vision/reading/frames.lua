-- SPDX-License-Identifier: MIT
-- Boxed lettering: feature control frames, datum letters and theoretically exact dimensions. The
-- reader finds the boxes in the picture and what stands in their cells (its step `frames`); here
-- it becomes call-outs, and what is none of the three is left as it was.
local boxes = require "vision.reading.boxes"
local cells = require "vision.reading.frame_cells"
local glyphs = require "vision.reading.glyphs"
local grammar = require "vision.reading.grammar"
local lines = require "vision.reading.lines"

local frames = {}

-- ---- frames in a line of text ----

local function split(text)
  local list = {}
  for cell in (text .. "|"):gmatch "([^|]*)|" do
    list[#list + 1] = (cell:gsub("^%s+", ""):gsub("%s+$", ""))
  end
  while #list > 0 and list[#list] == "" do
    list[#list] = nil
  end
  return list
end

-- Where the sign is text, as in some text layers, its cells come with spaces between.
local function bars_for_spaces(text)
  local sign, rest = text:match "^(%S+) (.+)$"
  if not sign or not cells.sign(sign) then
    return text
  end
  return sign .. "|" .. rest:gsub("^Ø ", "Ø"):gsub("[ |]+([A-Z])", "|%1")
end

--- The frame that a line of text holds, in the spelling of the standard (`⟂|0.02|A`).
---@param text string
---@return string|nil
function frames.read(text)
  text = bars_for_spaces(glyphs.plain(text))
  if text:find("|", 1, true) then
    return cells.frame(split(text))
  end
end

-- ---- cells: the picture's text, and the layer's where there is one ----

local LAYER_CONFIDENCE = 0.97

local function middle_in(box, cell)
  local x, y = box[1] + box[3] / 2, box[2] + box[4] / 2
  return x > cell[1] and x < cell[1] + cell[3] and y > cell[2] and y < cell[2] + cell[4]
end

local function layer_text(layer, cell, rotation)
  local inside, texts = {}, {}
  for _, word in ipairs(layer) do
    if middle_in(word.box, cell.box) then
      inside[#inside + 1] = word
    end
  end
  table.sort(inside, function(a, b)
    return lines.along(a.box, rotation).u < lines.along(b.box, rotation).u
  end)
  for index, word in ipairs(inside) do
    texts[index] = word.text
  end
  return glyphs.plain(table.concat(texts, " "))
end

-- The layer's letters are exact; signs that it lacks are the picture's.
local function both(exact, seen)
  local sign = seen:match "^Ø"
  if sign and not exact:find("Ø", 1, true) then
    exact = sign .. exact
  end
  local circled = seen:match "(\226[\146\147][\128-\191])$"
  if circled and not exact:find(circled, 1, true) then
    exact = exact .. circled
  end
  return exact
end

-- The text of a cell, how sure it is, and whether the layer has it.
local function text_of(cell, layer, rotation)
  local seen = glyphs.plain(cell.text)
  local exact = layer and layer_text(layer, cell, rotation) or ""
  if not exact:find "%w" or cells.sign(seen) then
    return seen, cell.confidence, false
  end
  return both(exact, seen), LAYER_CONFIDENCE, true
end

local function read_row(row, layer, rotation)
  local read = { texts = {}, confidence = 1, source = "text_layer", rotation = rotation }
  for index, cell in ipairs(row.cells) do
    local text, confidence, exact = text_of(cell, layer, rotation)
    read.texts[index] = text
    read.confidence = math.min(read.confidence, confidence)
    read.box = read.box and lines.union(read.box, cell.box) or cell.box
    if not exact and not cells.sign(text) then
      read.source = "ocr"
    end
  end
  return read
end

-- ---- what a row is ----

-- Below this a single cell is not believed: nothing else in it says what it is.
local LEAST_CONFIDENCE = 0.6
-- A letter stands in a box that is about as wide as high.
local NARROWEST, WIDEST = 0.6, 1.7

local function datum_of(read)
  local letter = read.texts[1]:match "^%-? ?([A-Z]) ?%-?$"
  local shape = read.box[3] / read.box[4]
  return shape > NARROWEST and shape < WIDEST and letter or nil
end

-- A lone digit may be what is left of a number that a rule cuts.
local LEAST_DIGITS = 2
local BASIC = { length = true, diameter = true, radius = true, angle = true }

-- An exact dimension has no tolerance and is no reference: such a size only stands between lines
-- of other dimensions.
local function basic_of(read)
  local value = grammar.parse(read.texts[1])
  return value and BASIC[value.type] and not value.upper and not value.fit
    and not value.reference
    and glyphs.digits(value.text) >= LEAST_DIGITS and value.text or nil
end

local function segment_of(text, read)
  local word = { text = text, box = read.box, rotation = read.rotation,
    confidence = read.confidence }
  local segment = lines.segments({ word })[1]
  segment.height = segment.at.height / 2 -- of the lettering in the box
  segment.source = read.source
  segment.sources = read.source == "ocr" and { "ocr" } or { read.source, "ocr" }
  return segment
end

-- ---- the page ----

-- Lettering belongs to a box when this much of it lies within, and crosses it from this much on.
local INSIDE, CROSSING = 0.6, 0.1

-- Of lettering only: what rules and arrows are read as lies across anything.
local function is_lettering(segment)
  return (segment.confidence or 1) >= LEAST_CONFIDENCE and segment.text:find "%w" ~= nil
end

-- The segments outside the box, and whether lettering crosses its rules: such a box is none.
local function outside(segments, box)
  local rest, crossed = {}, false
  for _, segment in ipairs(segments) do
    local share = boxes.within(segment.box, box)
    if share < INSIDE then
      rest[#rest + 1] = segment
      crossed = crossed or share > CROSSING and is_lettering(segment)
    end
  end
  return rest, crossed
end

local Page = {}
Page.__index = Page

-- The reader may find a row twice, and take the circle of a modifier for a box. The last cell of a
-- row is its own, also where rows share their first.
function Page:is_taken(row)
  local cell = row.cells[#row.cells]
  for _, taken in ipairs(self.taken) do
    if boxes.shared(cell.box, taken) > INSIDE then
      return true
    end
  end
  return false
end

function Page:take(row, read, segment)
  for _, cell in ipairs(row.cells) do
    table.insert(self.taken, cell.box)
  end
  self.segments = outside(self.segments, read.box)
  table.insert(self.read, segment)
end

-- A word of the layer may reach over two cells: then the picture alone has them apart.
function Page:take_frame(row, rotation)
  local read = read_row(row, self.layer, rotation)
  local text = cells.frame(read.texts)
  if not text and self.layer then
    read = read_row(row, nil, rotation)
    text = cells.frame(read.texts)
  end
  if text then
    self:take(row, read, segment_of(text, read))
  end
end

function Page:take_single(row, rotation)
  local read = read_row(row, self.layer, rotation)
  local _, crossed = outside(self.segments, read.box)
  if crossed or read.confidence < LEAST_CONFIDENCE then
    return
  end
  local letter, basic = datum_of(read), basic_of(read)
  if letter then
    table.insert(self.datums, { letter = letter, box = read.box, confidence = read.confidence })
    self:take(row, read)
  elseif basic then
    local segment = segment_of(basic, read)
    segment.basic = true
    self:take(row, read, segment)
  end
end

local function each_row(found, visit)
  for _, one in ipairs(found) do
    for _, row in ipairs(one.rows) do
      visit(row, one.rotation)
    end
  end
end

--- Puts the boxed lettering of a page in the place of the segments that lie in its boxes.
---@param segments table[]
---@param found table[]|nil  what the reader's step `frames` gave for this page
---@param layer table[]|nil  words of the text layer, whose digits are exact
---@return table[] segments  frames are spelled `⌖|Ø0.3CZⓂ|AⓂ`; exact dimensions have `basic`
---@return { letter: string, box: number[], confidence: number }[] datums
function frames.apply(segments, found, layer)
  local page = setmetatable({ segments = segments, layer = layer, read = {}, datums = {},
    taken = {} }, Page)
  each_row(found or {}, function(row, rotation)
    if #row.cells > 1 and not page:is_taken(row) then
      page:take_frame(row, rotation)
    end
  end)
  each_row(found or {}, function(row, rotation)
    if #row.cells == 1 and not page:is_taken(row) then
      page:take_single(row, rotation)
    end
  end)
  for _, segment in ipairs(page.read) do
    table.insert(page.segments, segment)
  end
  return page.segments, page.datums
end

return frames
