-- SPDX-License-Identifier: MIT
-- One page: words in, call-outs, title block and notes out.
local accents = require "vision.reading.accents"
local callouts = require "vision.reading.callouts"
local confidence = require "vision.reading.confidence"
local frames = require "vision.reading.frames"
local general_tolerance = require "vision.reading.general_tolerance"
local lines = require "vision.reading.lines"
local merge = require "vision.reading.merge"
local notes = require "vision.reading.notes"
local paper = require "vision.reading.paper"
local part_captions = require "vision.reading.part_captions"
local passes = require "vision.reading.passes"
local repair = require "vision.reading.repair"
local tables = require "vision.reading.tables"
local task = require "vision.base.task"
local text_lines = require "vision.reading.text_lines"
local title_block = require "vision.reading.title_block"
local zones = require "vision.reading.zones"

local page = {}

local function evidence_of(segments, number, unit)
  local texts, heights = {}, {}
  for index, segment in ipairs(segments) do
    texts[index] = segment.text
    if segment.text:find "%w%w" and (segment.confidence or 1) > 0.7 then
      heights[#heights + 1] = segment.height
    end
  end
  table.sort(heights)
  local sign, share = repair.decimal_sign(texts)
  return { decimal = sign, share = share, page = number, unit = unit,
    lettering = heights[math.floor(#heights / 2) + 1] or 0 }
end

-- The passes of OCR, each with the accents that the one for lettering saw.
local function with_accents(seen)
  local lettering = {}
  for _, words in ipairs(seen.more or {}) do
    lettering = words[1] and words[1].source == "lettering" and words or lettering
  end
  local copy = {}
  for key, value in pairs(seen) do
    copy[key] = value
  end
  copy.words, copy.more = accents.restore(seen.words, lettering), {}
  for index, words in ipairs(seen.more or {}) do
    copy.more[index] = words == lettering and words or accents.restore(words, lettering)
  end
  return copy
end

local function picture_segments(seen, number)
  local segments = lines.segments(seen.words)
  local evidence = evidence_of(segments, number)
  local function add(words)
    segments = passes.merge(segments, lines.segments(words), function(segment)
      return callouts.score(segment, evidence)
    end)
  end
  for _, words in ipairs(seen.more or {}) do
    add(words)
  end
  add(seen.again or {})
  return segments
end

local function segments_of(layer, seen, number)
  if not layer then
    return picture_segments(seen, number)
  end
  local lettering = seen and seen.more and seen.more[1]
  return lines.segments(merge.words(layer.words, seen and seen.words or {}, lettering))
end

local UNIT = { inches = "inch", INCHES = "inch" }

local function unit_of(fields)
  return fields.units and (UNIT[fields.units] or "mm") or nil
end

local function passes_of(seen)
  local list = { seen.words }
  for _, words in ipairs(seen.more or {}) do
    list[#list + 1] = words
  end
  return list
end

-- Words of tables are best in the passes themselves: merged for the sake of call-outs, numbers lose
-- what stands beside their digits. A text layer has no passes.
local function read_tables(all, layer, seen, size)
  local readings, bodies = {}, {}
  for _, words in ipairs(layer and {} or passes_of(seen)) do
    readings[#readings + 1], bodies[#bodies + 1] =
      tables.read(zones.without(lines.segments(words), size))
  end
  local body
  readings[#readings + 1], body = tables.read(all)
  return tables.join(readings), body, layer and { body } or bodies
end

-- Datums are letters in boxes; a box that was not found leaves bars beside its letter.
local function lone_letters(segments, datums)
  local letters = {}
  for _, datum in ipairs(datums) do
    letters[datum.letter] = true
  end
  for _, segment in ipairs(segments) do
    local letter = segment.text:match "^[|%[ ]*(%u)[|%] ]*$"
    if letter then
      letters[letter] = true
    end
  end
  return letters
end

-- A letter in the title block is a revision or a size of paper.
local function datums_of(found, number, in_block)
  local datums = {}
  for _, datum in ipairs(found) do
    if not in_block(datum) then
      datum.page = number
      datums[#datums + 1] = datum
    end
  end
  return datums
end

--- Reads a page from its words.
---@param layer table|nil  Words of the text layer ({ width, height, words }).
---@param seen table|nil   Words of OCR, in the same pixels. One of both must be there.
---@param number integer   The page's number.
---@return table reading  { callouts, datums, title_block, notes, missing, general_tolerances,
---  bill_of_material, revisions, parts, paper, segments, text_lines, unit, width, height, region }
function page.read(layer, seen, number)
  seen = seen and with_accents(seen)
  local size = layer or seen
  local segments, found = frames.apply(segments_of(layer, seen, number), seen and seen.frames,
    layer and layer.words)
  local all = zones.without(segments, size)
  local rows, body, bodies = read_tables(all, layer, seen, size)
  local fields, region, missing = title_block.read(bodies, size)
  task.breathe()
  local outside = {}
  local function in_block(segment)
    return region ~= nil and title_block.inside(region, segment.box)
  end
  local text = layer and all or text_lines.read(seen)
  for _, segment in ipairs(text) do
    segment.page, segment.in_block = number, in_block(segment)
  end
  for _, segment in ipairs(body) do
    if not in_block(segment) then
      outside[#outside + 1] = segment
    end
  end
  local unit = unit_of(fields)
  task.breathe()
  local list, rest = callouts.read(outside, evidence_of(outside, number, unit))
  task.breathe()
  local datums = datums_of(found, number, in_block)
  confidence.review(list, lone_letters(rest, datums))
  for _, segment in ipairs(body) do
    if in_block(segment) then
      rest[#rest + 1] = segment
    end
  end
  task.breathe()
  return { page = number, callouts = list, datums = datums, title_block = fields,
    notes = notes.read(rest, in_block), missing = missing, segments = all, text_lines = text,
    bill_of_material = rows.bill_of_material, revisions = rows.revisions,
    paper = paper.of(size.width, size.height, (seen or layer).dpi),
    general_tolerances = general_tolerance.parse(fields.general_tolerance),
    parts = part_captions.read(outside),
    unit = unit, width = size.width, height = size.height, region = region }
end

return page
