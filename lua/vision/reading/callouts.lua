-- SPDX-License-Identifier: MIT
-- Which line segments are call-outs, and what they say. A segment is asked in each of its
-- believable spellings; the first that the grammar accepts is the reading, if the evidence for it
-- is strong enough for what it claims.
local boxes = require "vision.reading.boxes"
local confidence = require "vision.reading.confidence"
local frames = require "vision.reading.frames"
local glyphs = require "vision.reading.glyphs"
local grammar = require "vision.reading.grammar"
local lines = require "vision.reading.lines"
local repair = require "vision.reading.repair"
local task = require "vision.base.task"

local callouts = {}

-- What OCR must be sure of before a bare number is believed: lines, hatching and arrow heads read
-- as digits too.
local FLOOR_ONE_DIGIT = 0.8
local FLOOR_BARE = 0.6

local function is_signed(value)
  return value.type ~= "length" or value.upper ~= nil or value.limits ~= nil or value.reference
    or value.quantity ~= nil
end

local function floor_of(value)
  if is_signed(value) then
    return 0 -- chance rarely writes a whole call-out, whatever the engine thinks of it
  end
  return glyphs.digits(value.text) == 1 and FLOOR_ONE_DIGIT or FLOOR_BARE
end

-- A box far too narrow or too wide for its text holds no such text; neither does one far from the
-- sheet's lettering.
local function fits_box(segment, value, lettering)
  local letters = #(segment.text:gsub("[\128-\191]", ""))
  local ratio = segment.at.length / math.max(1, letters) / math.max(1, segment.height)
  if is_signed(value) then
    return ratio > 0.12 and ratio < 2.2
  end
  local least = value.text:find "1" and 0.28 or 0.36
  return ratio > least and ratio < 1.5 and segment.height < 2.5 * lettering
    and segment.height > 0.4 * lettering
end

local function has_stack(segment)
  for _, word in ipairs(segment.words) do
    if word.stack then
      return true
    end
  end
  return false
end

local function spellings(segment, evidence)
  local frame = frames.read(segment.text)
  if frame then
    local repairs = segment.repairs or (frame ~= segment.text and { "frame" }) or {}
    return { { text = frame, repairs = repairs } }
  end
  if segment.source == "text_layer" then
    return { { text = glyphs.plain(segment.text), repairs = segment.repairs or {} } }
  end
  local signs_known = segment.source == "lettering" or has_stack(segment)
  return repair.candidates(segment.text, evidence, { signs_known = signs_known })
end

local function parse(segment, evidence)
  for _, candidate in ipairs(spellings(segment, evidence)) do
    local value = grammar.parse(candidate.text, evidence.unit)
    if value then
      return value, candidate.repairs
    end
  end
end

local function count_words(text)
  return select(2, text:gsub("%S+", ""))
end

-- Cuts a segment where its call-outs end, if each of them has words of its own.
local function cut_at(segment, values)
  local parts, rest = {}, segment
  for index = 1, #values - 1 do
    local count = count_words(values[index].text)
    if count >= #rest.words then
      return { segment }
    end
    parts[index], rest = lines.cut(rest, count)
  end
  parts[#values] = rest
  return count_words(values[#values].text) == #rest.words and parts or { segment }
end

-- Call-outs that stand in one line, each with its own sign, and rows of ordinates.
local function split(segment, evidence)
  if segment.slanted or #segment.words < 2 then
    return { segment }
  end
  for _, candidate in ipairs(spellings(segment, evidence)) do
    local values = grammar.parse_all(candidate.text, evidence.unit)
    if values then
      return #values > 1 and cut_at(segment, values) or { segment }
    end
  end
  return { segment }
end

local WEAK = 0.6

-- Ink that is neither a letter, a digit nor a sign of call-outs.
local function is_ink(text)
  return not text:find "[%w%(%)%[%]~+-]" and not glyphs.plain(text):find "[\194-\244]"
end

local function is_weak(word)
  return (word.confidence or 1) < WEAK or is_ink(word.text)
end

local function part_of(segment, first, last)
  local texts, words, total = {}, {}, 0
  for index = first, last do
    local word = segment.words[index]
    texts[#texts + 1], words[#words + 1] = word.text, word
    total = total + (word.confidence or 1)
  end
  local part = {}
  for key, value in pairs(segment) do
    part[key] = value
  end
  part.words, part.text, part.confidence = words, table.concat(texts, " "), total / #texts
  return part
end

-- A segment that does not parse whole may begin or end with what a rule or an arrow left: weak
-- words at its ends go, one by one, until the rest reads.
local function without_weak_ends(segment, evidence)
  local first, last = 1, #segment.words
  while first < last do
    local word = segment.words[last]
    if is_weak(word) then
      last = last - 1
    elseif is_weak(segment.words[first]) and not segment.words[first].text:find "%d" then
      first = first + 1
    else
      return nil
    end
    local part = part_of(segment, first, last)
    local value, repairs = parse(part, evidence)
    if value then
      return value, repairs, part
    end
  end
end

local function read_segment(segment, evidence)
  local value, repairs = parse(segment, evidence)
  local used = segment
  if not value and segment.source ~= "text_layer" then
    value, repairs, used = without_weak_ends(segment, evidence)
  end
  if not value then
    return nil
  end
  if used.source ~= "text_layer" and value.text:find "%d[.,]$" then
    return nil -- what stood behind the decimal sign was not seen
  end
  local sure = used.source ~= "ocr" or (used.confidence or 0) >= floor_of(value)
    and fits_box(used, value, evidence.lettering)
  if not sure then
    return nil
  end
  return value, repairs, used
end

--- How far a segment reads as a call-out: its confidence, and more for a longer one. nil: it is
--- none.
---@param segment table
---@param evidence table
---@return number|nil
function callouts.score(segment, evidence)
  local value, repairs, used = read_segment(segment, evidence)
  if not value then
    return nil
  end
  local figure = confidence.weigh(value, used, repairs) or 0
  -- A sign that one pass saw and another missed is there; chance writes none.
  local bonus = value.type ~= "length" and 0.4 or is_signed(value) and 0.2 or 0
  return figure + bonus + 0.05 * math.min(6, glyphs.digits(value.text))
end

-- From top to bottom, as a person numbers balloons.
local function reading_order(a, b)
  if a.box[2] ~= b.box[2] then
    return a.box[2] < b.box[2]
  end
  return a.box[1] < b.box[1]
end

local function typed(segment, evidence)
  local value, repairs, used = read_segment(segment, evidence)
  if not value then
    return nil
  end
  value.box, value.page = boxes.rounded(segment.box), evidence.page
  value.basic = value.basic or segment.basic
  value.outline = segment.slanted and boxes.corners_of_turned(segment.box, segment.at.length,
    segment.height, segment.rotation) or nil
  value.sources = segment.sources or { segment.source }
  value.confidence, value.reasons = confidence.of_callout(value, used, repairs)
  return value
end

--- Reads the call-outs of a page.
---@param segments table[]  Segments outside title block, notes and zones.
---@param evidence { decimal: string, share: number, unit: string?, page: integer, lettering:
---  number }
---@return table[] callouts  Typed values with text, box, page, confidence, reasons and sources.
---@return table[] rest  The segments that are none.
function callouts.read(segments, evidence)
  local list, rest = {}, {}
  for _, segment in ipairs(segments) do
    task.breathe()
    for _, part in ipairs(split(segment, evidence)) do
      local value = typed(part, evidence)
      table.insert(value and list or rest, value or part)
    end
  end
  table.sort(list, reading_order)
  return list, rest
end

return callouts
