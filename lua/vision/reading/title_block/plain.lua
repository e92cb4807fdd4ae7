-- SPDX-License-Identifier: MIT
-- Title blocks whose cells have no labels, or whose labels were not read: the lettering and the
-- wording of the lines tell what they are.
local blocks = require "vision.reading.blocks"
local labels = require "vision.reading.title_block.labels"
local lines = require "vision.reading.lines"
local spelling = require "vision.reading.spelling"
local values = require "vision.reading.title_block.values"

local plain = {}

local function scale_in(text)
  local folded = spelling.fold(text)
  for _, word in ipairs { "scale", "massstab", "masstab", "skala" } do
    local found = folded:match("%f[%a]" .. word .. "%A-(%d+[.,]?%d* ?: ?%d+[.,]?%d*)")
    if found then
      return (found:gsub(" ", ""))
    end
  end
end

local function tolerance_in(text)
  local folded = spelling.fold(text)
  if folded:find "toleran" then
    return text:match "± ?%d*[.,]?%d+ ?m?m?" or text:match "[+-]%d*[.,]?%d+ ?m?m?"
      or text:match "ISO ?%d+[%a%d-]*"
      or text:match "%d*[.,]?%d+ ?m?m?"
  end
  return text:match "ISO ?2768 ?%-? ?%a*"
end

local READERS = {
  scale = scale_in,
  general_tolerance = tolerance_in,
  date = values.date,
  sheet_size = function(text)
    return text:match "%f[%w](A[0-4])%f[%W]"
  end,
  units = function(text)
    return (values.units(text))
  end,
  material = function(text)
    return values.is_material(text) and text or nil
  end,
  owner = function(text)
    return values.is_organisation(text) and text or nil
  end,
}

local function read_lines(block)
  local fields, found = {}, 0
  for index, segment in ipairs(block) do
    for field, read in pairs(READERS) do
      if not fields[field] and not (index == 1 and (field == "material" or field == "owner")) then
        fields[field] = read(segment.text)
      end
    end
  end
  for _ in pairs(fields) do
    found = found + 1
  end
  return fields, found
end

local function without_date(text, date)
  if date then
    local at = text:find(date, 1, true)
    if at then
      text = text:sub(1, at - 1)
    end
  end
  return (text:gsub("[%s/,;-]+$", ""))
end

-- Fewer facts than this, and the paragraph is a note.
local FEWEST = 3

--- Reads the paragraph that serves a sheet as its title block.
---@param list table[][]  Paragraphs.
---@return table fields  Empty when no paragraph does.
---@return number[]|nil region
function plain.read(list)
  local best, best_fields, most = nil, {}, FEWEST - 1
  for _, block in ipairs(list) do
    local fields, found = read_lines(block)
    if (fields.scale or fields.units) and found > most then
      best, best_fields, most = block, fields, found
    end
  end
  if not best then
    return {}, nil
  end
  best_fields.title = without_date(best[1].text, best_fields.date)
  local region
  for _, segment in ipairs(best) do
    region = region and lines.union(region, segment.box) or segment.box
  end
  return best_fields, region
end

local function median_height(segments)
  local heights = {}
  for _, segment in ipairs(segments) do
    if segment.height > 0 and segment.text:find "%w%w" then
      heights[#heights + 1] = segment.height
    end
  end
  table.sort(heights)
  return heights[math.floor(#heights / 2) + 1] or 0
end

-- Headline lettering is at least this much larger than the block's other text.
local LARGE = 1.8
local LEAST_CONFIDENCE = 0.6

local function large_blocks(segments, taken)
  local least, list = LARGE * median_height(segments), {}
  for _, segment in ipairs(segments) do
    if not taken[segment] and segment.height >= least and segment.text:find "%w%w%w"
      and not labels.find(segment.text)
      and (segment.confidence or 1) >= LEAST_CONFIDENCE then
      list[#list + 1] = segment
    end
  end
  return blocks.group(list)
end

local function is_known(fields, text)
  for _, value in pairs(fields) do
    if value:find(text, 1, true) or text:find(value, 1, true) then
      return true
    end
  end
  return false
end

local function is_owner(text)
  local is_name = text:find "^[%u%s&-]+$" ~= nil and not text:find " .* .* "
  return is_name or values.is_organisation(text)
end

--- The firm whose name stands large over a block: the row of logos has no labels.
---@param fields table
---@param segments table[]  of the block and of the strip above it
function plain.owner_by_size(fields, segments)
  for _, block in ipairs(fields.owner and {} or large_blocks(segments, {})) do
    local text = blocks.text(block)
    if not fields.owner and not is_known(fields, text) and is_owner(text) then
      fields.owner = text
    end
  end
end

--- Gives the large lettering of a block to the fields whose labels were not read: a firm's name, a
--- number, a title.
---@param fields table
---@param segments table[]  All segments of the block.
---@param taken table<table, boolean>  Labels.
function plain.by_size(fields, segments, taken)
  for _, block in ipairs(large_blocks(segments, taken)) do
    local text = blocks.text(block)
    if not is_known(fields, text) then
      if not fields.owner and is_owner(text) then
        fields.owner = text
      elseif not fields.drawing_number and text:find "%d" and not text:find "%s" then
        fields.drawing_number = text
      elseif not fields.title and text:find "%l" then
        fields.title = text
      end
    end
  end
end

return plain
