-- SPDX-License-Identifier: MIT
-- Cells without labels: what their lettering and their wording say that they are. Templates print
-- the firm's name, the title and the number large and leave out what everybody sees.
local blocks = require "vision.reading.blocks"
local cells = require "vision.reading.title_block.cells"
local spelling = require "vision.reading.spelling"
local values = require "vision.reading.title_block.values"

local unlabelled = {}

-- Lettering at least this much larger than the labels' is a headline.
local LARGE = 1.2
local LEAST_CONFIDENCE = 0.6
-- Lettering this much lower than the title's is a subtitle.
local SMALLER = 0.82

-- A field of which only one spelling exists can be taken from anywhere in the block when its label
-- was not read.
local UNMISTAKABLE = { "scale", "sheet_size", "date" }

local function median_height(labels)
  local heights = {}
  for _, label in ipairs(labels) do
    heights[#heights + 1] = label.segment.height > 0 and label.segment.height or nil
  end
  table.sort(heights)
  return heights[math.floor(#heights / 2) + 1] or 0
end

local function is_sure(paragraph)
  for _, segment in ipairs(paragraph.segments) do
    if (segment.confidence or 1) < LEAST_CONFIDENCE then
      return false
    end
  end
  return true
end

-- Words of boilerplate, which stands large in some blocks.
local NO_NAMES = { "dimension", "toleran", "scale", "projection", "property", "sharp", "skalier",
  "kant", "otherwise" }

local function is_boilerplate(text)
  local folded = spelling.fold(text)
  for _, word in ipairs(NO_NAMES) do
    if folded:find(word, 1, true) then
      return true
    end
  end
  return values.is_view(text)
end

-- What may be called by its name: a firm, a part.
local function is_name(text)
  local _, letters = text:gsub("%a", "")
  local _, words = text:gsub("%S+", "")
  return letters >= 4 and text:find "^[%u\195]" and letters > 0.6 * #text and words <= 6
    and not is_boilerplate(text)
end

-- Short values, as of a revision, stand in any text.
local LEAST_SAME = 4

--- Whether another field already holds a text, or a part of it.
---@param fields table
---@param text string
---@return boolean
function unlabelled.is_known(fields, text)
  for _, value in pairs(fields) do
    if #value >= LEAST_SAME and text:find(value, 1, true)
      or #text >= LEAST_SAME and value:find(text, 1, true) then
      return true
    end
  end
  return false
end
local is_known = unlabelled.is_known

local function is_firm(text)
  return values.is_organisation(text) and is_name(text)
end

local function is_number(text)
  return text:find "%d" ~= nil and not text:find "%s" and #text >= 4
    and not values.date(text) and not values.check.scale(text)
    and not values.check.general_tolerance(text) and not values.is_material(text)
end

local function height_of(paragraph)
  local height = 0
  for _, segment in ipairs(paragraph.segments) do
    height = math.max(height, segment.height)
  end
  return height
end

-- Headlines, the largest first.
local function headlines(open, least)
  local list = {}
  for _, paragraph in ipairs(open) do
    if height_of(paragraph) >= least and is_sure(paragraph) then
      list[#list + 1] = paragraph
    end
  end
  table.sort(list, function(a, b)
    local high, other = height_of(a), height_of(b)
    return high > other or high == other and a.box[2] < b.box[2]
  end)
  return list
end

local function first(list, fields, fits)
  for _, paragraph in ipairs(list) do
    if not paragraph.taken and not is_known(fields, paragraph.text) and fits(paragraph.text) then
      paragraph.taken = true
      return paragraph
    end
  end
end

local function text_of(paragraph)
  return paragraph and paragraph.text
end

-- Of the headlines that could be the title, the one nearest to the number; any other of them is a
-- firm that does not say so.
local function title_in(list, fields, number)
  local candidates = {}
  for _, paragraph in ipairs(list) do
    local large = not candidates[1]
      or height_of(paragraph) >= SMALLER * height_of(candidates[1])
    if large and not paragraph.taken and is_name(paragraph.text)
      and not is_known(fields, paragraph.text) then
      candidates[#candidates + 1] = paragraph
    end
  end
  if number and #candidates > 1 then
    local function away(paragraph)
      local x, y = cells.apart(paragraph.box, number.box)
      return x + y
    end
    table.sort(candidates, function(a, b)
      return away(a) < away(b)
    end)
  end
  local title = candidates[1]
  if title then
    title.taken = true
  end
  return title
end

local function below(title, open)
  for _, paragraph in ipairs(open) do
    local x, y = cells.apart(title.box, paragraph.box)
    if not paragraph.taken and x == 0 and paragraph.box[2] > title.box[2]
      and y < 1.5 * height_of(title) and height_of(paragraph) < height_of(title)
      and is_name(paragraph.text) then
      return paragraph.text
    end
  end
end

local function split_subtitle(title)
  local list = title.segments
  if #list > 1 and blocks.lettering(list[2]) < SMALLER * blocks.lettering(list[1]) then
    return list[1].text, list[2].text
  end
  return title.text
end

-- A label whose cell is empty says that the sheet does not fill the field.
local function is_open(fields, block_labels, field)
  for _, label in ipairs(block_labels) do
    if label.field == field then
      return false
    end
  end
  return not fields[field]
end

-- What stands in the block, and the capitals of a logo above it.
local function within(list, region)
  local inside = {}
  for _, paragraph in ipairs(list) do
    local text = paragraph.text
    local is_logo = text:find "^[%u%s&.-]+$" and not text:find "%s.*%s.*%s.*%s"
    inside[#inside + 1] = (is_logo or cells.inside(region, paragraph.box)) and paragraph or nil
  end
  return inside
end

local function take_owner(fields, list, fits)
  local paragraph = first(list, fields, fits)
  fields.owner = text_of(paragraph)
  return paragraph and paragraph.box
end

local function take_title(fields, list, open, number)
  local title = title_in(list, fields, number)
  if title then
    fields.title, fields.subtitle = split_subtitle(title)
    fields.subtitle = fields.subtitle or below(title, open)
  end
end

--- Gives the headlines of a block to the fields that have no label.
---@param fields table      what is known; is added to
---@param open table[]      paragraphs that no field took, of the block and the strip above it
---@param block_labels table[]
---@param region number[]
---@return number[]|nil box  of the owner's name, which may stand above the region
function unlabelled.headlines(fields, open, block_labels, region)
  local list = headlines(open, LARGE * median_height(block_labels))
  local logo, number
  if is_open(fields, block_labels, "owner") then
    logo = take_owner(fields, headlines(open, 0), is_firm)
  end
  list = within(list, region)
  if is_open(fields, block_labels, "drawing_number") then
    number = first(list, fields, is_number)
    fields.drawing_number = text_of(number)
  end
  if is_open(fields, block_labels, "title") then
    take_title(fields, list, open, number)
  end
  if is_open(fields, block_labels, "owner") then
    logo = take_owner(fields, list, is_name)
  end
  return logo
end

--- Takes what cannot be mistaken from anywhere in a block.
---@param fields table
---@param segments table[]
---@param sure table<string, number>  the confidence of each field; is added to
function unlabelled.unmistakable(fields, segments, sure)
  for _, segment in ipairs(segments) do
    for _, field in ipairs(UNMISTAKABLE) do
      if not fields[field] and not (field == "scale" and not segment.text:find "%d ?: ?%d") then
        fields[field] = values.check[field](segment.text)
        sure[field] = fields[field] and segment.confidence
      end
    end
    fields.sheet = fields.sheet or values.sheet_of(segment.text)
    fields.units = fields.units or (values.units(segment.text))
    fields.projection = fields.projection or values.projection(segment.text)
  end
end

return unlabelled
