-- SPDX-License-Identifier: MIT
-- Words into line segments, by geometry alone. A segment is what one would read in one go: the
-- words of a call-out, of a cell of the title block, of a line of a note. Text that runs up or down
-- the sheet is read along its own direction.
local deviations = require "vision.reading.deviations"
local frame = require "vision.reading.grammar.frame"
local glyphs = require "vision.reading.glyphs"
local grid = require "vision.reading.grid"
local task = require "vision.base.task"

local lines = {}

-- In heights of the lettering.
local WIDEST_GAP = 0.9
local CELL_GAP = 1.9
local COUNT_GAP = 2.3
-- In front of deviations of which the longer one may have lost its sign.
local DEVIATION_GAP = 1.5
local WIDEST_OVERLAP = 0.6
local STACK_GAP = 0.9
-- Deviations are lettered smaller than their size, but never this much.
local TALLEST = 2.6
-- Degrees by which a line may be off a quarter turn.
local MOST_SKEW = 11
-- Behind this many heights of blank paper no word joins a segment any more.
local FORGET = 6
-- Tangent of the least slant of lettering that a text layer cuts into pieces.
local LEAST_SLANT = 0.35

--- A box seen along the reading direction: `u` grows with the text, `v` from line to line.
---@param box number[]  { x, y, width, height } in pixels of the page
---@param rotation integer  Degrees clockwise by which the page is turned to read it.
---@return { u: number, v: number, length: number, height: number }
function lines.along(box, rotation)
  local x, y, w, h = box[1], box[2], box[3], box[4]
  if rotation == 90 then
    return { u = -(y + h), v = x, length = h, height = w }
  elseif rotation == 270 then
    return { u = y, v = -(x + w), length = h, height = w }
  elseif rotation == 180 then
    return { u = -(x + w), v = -(y + h), length = w, height = h }
  end
  return { u = x, v = y, length = w, height = h }
end

--- The smallest box around two boxes.
function lines.union(a, b)
  local x, y = math.min(a[1], b[1]), math.min(a[2], b[2])
  local right, bottom = math.max(a[1] + a[3], b[1] + b[3]), math.max(a[2] + a[4], b[2] + b[4])
  return { x, y, right - x, bottom - y }
end

--- The share of the shorter of two ranges that both cover.
local function overlap(from_a, length_a, from_b, length_b)
  local common = math.min(from_a + length_a, from_b + length_b) - math.max(from_a, from_b)
  return common / math.max(1, math.min(length_a, length_b))
end
lines.overlap = overlap

local function letters(text)
  return #(text:gsub("[\128-\191]", ""))
end

-- How much higher than wide the box of a turned word is at least. The boxes of a text layer are as
-- high as the font, so two narrow letters stand higher than wide without being turned; a single
-- letter there is wider than high when it is.
local TURNED_LONG, TURNED_SHORT, TURNED_SHORT_LAYER, TURNED_LETTER = 1.2, 1.25, 2.2, 1.4

local function looks_turned(word)
  local width, height = word.box[3], word.box[4]
  local narrow = #word.text:gsub("[^.,:;'il1]", "")
  local many = letters(word.text) - narrow / 2
  if many >= 3 then
    return height > TURNED_LONG * width
  elseif many >= 2 then
    return height > (word.source == "text_layer" and TURNED_SHORT_LAYER or TURNED_SHORT) * width
  end
  return many == 1 and word.source == "text_layer" and width > TURNED_LETTER * height
end

--- The rotation of a word: what OCR says, or the shape of its box when that says nothing. Vertical
--- lettering on a drawing is read from the right, so it runs upwards.
---@param word table
---@return integer degrees  clockwise, by which the page is turned to read it: 0, 90, 180 or 270
function lines.rotation_of(word)
  if word.source ~= "text_layer" and word.rotation then
    return word.rotation
  end
  local bars = word.text:find "^[|%[%]%(%){}!l/\\]+$"
  return not bars and looks_turned(word) and 90 or 0
end

-- Only what rules or scraps of rules leave behind: it keeps its place (frames have bars) but sets
-- no height.
local function is_ink_scrap(text)
  return glyphs.plain(text):find "^[|%[%]{}_~=%-.,:;'\"!]+$" ~= nil
end

-- A line of a text layer is turned as a whole; its longest word shows best how.
local function layer_rotations(words)
  local longest, rotations = {}, {}
  for _, word in ipairs(words) do
    local line = word.source == "text_layer" and word.line
    if line and (not longest[line] or letters(word.text) > letters(longest[line].text)) then
      longest[line] = word
    end
  end
  for line, word in pairs(longest) do
    rotations[line] = lines.rotation_of(word)
  end
  return rotations
end

--- A word with the same fields.
---@param word table
---@return table
function lines.copy(word)
  local out = {}
  for key, value in pairs(word) do
    out[key] = value
  end
  return out
end

-- The quarter turn that is nearest to how a word is turned; nil between two of them.
local function quarter_turn(rotation)
  local nearest = math.floor(rotation / 90 + 0.5) * 90
  return math.abs(rotation - nearest) <= MOST_SKEW and nearest % 360 or nil
end

-- Lettering at an angle is read whole and stays by itself: upright boxes of its words overlap.
local function slanted(word)
  local at = { u = 0, v = 0, length = word.length, height = word.height }
  local only = { text = word.text, box = word.box, confidence = word.confidence, at = at }
  return { words = { only }, box = word.box, rotation = word.rotation, at = at, slanted = true,
    height = word.height, source = word.source, text = word.text, confidence = word.confidence }
end

local function share_of_box(box, rotation, from, to)
  local x, y, w, h = box[1], box[2], box[3], box[4]
  if rotation == 90 then
    return { x, y + h * (1 - to), w, h * (to - from) }
  elseif rotation == 270 then
    return { x, y + h * from, w, h * (to - from) }
  end
  return { x + w * from, y, w * (to - from), h }
end

-- A deviation that touches its size is a word of its own: another may stand above it.
local function without_deviation(words)
  local out = {}
  for _, seen in ipairs(words) do
    local word = seen
    if word.source == "lettering" then
      word = lines.copy(word)
      word.text = deviations.number(word.text)
    end
    local size, sign = deviations.split(word.text)
    local rotation = size and word.source == "lettering" and quarter_turn(word.rotation)
    if rotation then
      local at = letters(size) / letters(word.text)
      for part, text in ipairs { size, sign } do
        local piece = lines.copy(word)
        piece.text = text
        piece.box = share_of_box(word.box, rotation, part == 1 and 0 or at, part == 1 and at or 1)
        out[#out + 1] = piece
      end
    else
      out[#out + 1] = word
    end
  end
  return out
end

local function prepare(words)
  local ready, apart, of_line = {}, {}, layer_rotations(words)
  for _, word in ipairs(without_deviation(words)) do
    task.breathe()
    local rotation = word.source == "text_layer" and of_line[word.line] or lines.rotation_of(word)
    rotation = quarter_turn(rotation)
    if rotation then
      ready[#ready + 1] = {
        text = word.text, box = word.box, confidence = word.confidence, rotation = rotation,
        source = word.source,
        line = word.line, at = lines.along(word.box, rotation), scrap = is_ink_scrap(word.text),
      }
    else
      apart[#apart + 1] = slanted(word)
    end
  end
  return ready, apart
end

local function sort_along(words)
  table.sort(words, function(a, b)
    if a.at.u ~= b.at.u then
      return a.at.u < b.at.u
    end
    return a.at.v < b.at.v
  end)
end

local FRAME_SIGN = {}
for sign in pairs(frame.SIGNS) do
  FRAME_SIGN[sign] = true
end

local SIGN = { ["+"] = true, ["-"] = true, ["±"] = true, ["Ø"] = true }

-- Whether one piece of a number can go on with another: with its decimals, its degree sign, or
-- with a digit behind R or behind decimals that were put on in the same way.
local function continues(piece, more)
  local text = piece.text
  if more.text:find "^[.,]%d" or more.text:find "^°" then
    return #text <= 5 and text:find "%d$" ~= nil
  end
  return more.text:find "^%d$" ~= nil and (piece.last_box or text:find "^R%d+$") ~= nil
end

-- Lettering along a slanted line comes in pieces, each a step aside and a step up or down.
local function is_slanted(a, b)
  local x = b[1] + b[3] / 2 - a[1] - a[3] / 2
  local y = math.abs(b[2] + b[4] / 2 - a[2] - a[4] / 2)
  local reach = (math.max(a[3], a[4]) + math.max(b[3], b[4])) / 2
  return x > 0 and y > LEAST_SLANT * x and y < x / LEAST_SLANT and x * x + y * y < reach * reach
end

-- A sign and its number that a text layer gives apart.
local function touches(a, b)
  local gap = b.at.u - (a.at.u + a.at.length)
  return SIGN[a.text] and b.text:find "^[.,]?%d"
    and gap > -0.3 * b.at.height and gap < 0.12 * b.at.height
    and overlap(a.at.v, a.at.height, b.at.v, b.at.height) > 0.5
end

local function fuse(a, b, text)
  local box = lines.union(a.box, b.box)
  return {
    text = text, box = box, rotation = a.rotation, source = a.source, line = a.line,
    at = lines.along(box, a.rotation),
    confidence = math.min(a.confidence or 1, b.confidence or 1), stack = a.stack or b.stack,
  }
end

-- A lone sign has no shape that tells how it is turned: it follows the word that it stands with.
local function turned_like(word, other)
  if word.rotation == other.rotation then
    return word
  end
  if letters(word.text) > 1 then
    return nil
  end
  local turned = lines.copy(word)
  turned.rotation, turned.at = other.rotation, lines.along(word.box, other.rotation)
  return turned
end

-- Goes first and by place alone: the boxes of such pieces say nothing about how they are turned.
local function glue_slanted(words)
  table.sort(words, function(a, b)
    if a.box[1] ~= b.box[1] then
      return a.box[1] < b.box[1]
    end
    return a.box[2] < b.box[2]
  end)
  local out = {}
  for _, word in ipairs(words) do
    task.breathe()
    local home
    for index = #out, math.max(1, #out - 12), -1 do
      local other = out[index]
      if other.source == "text_layer" and word.source == "text_layer"
        and continues(other, word) and is_slanted(other.last_box or other.box, word.box) then
        home = index
        break
      end
    end
    if home then
      local last = word.box
      out[home] = fuse(out[home], word, out[home].text .. word.text)
      out[home].last_box = last
    else
      out[#out + 1] = word
    end
  end
  return out
end

local function glue(words)
  words = glue_slanted(words)
  sort_along(words)
  local out = {}
  for _, word in ipairs(words) do
    task.breathe()
    local joined = false
    for index = #out, math.max(1, #out - 12), -1 do
      local alike = turned_like(word, out[index])
      if alike and touches(out[index], alike) then
        out[index] = fuse(out[index], word, out[index].text .. word.text)
        joined = true
        break
      end
    end
    if not joined then
      out[#out + 1] = word
    end
  end
  return out
end

local function is_stack(above, below)
  local a, b = above.at, below.at
  local height = math.max(a.height, b.height)
  local gap = b.v - (a.v + a.height)
  return b.v > a.v + 0.4 * a.height and gap < STACK_GAP * math.min(a.height, b.height)
    and gap > -0.45 * height
    and math.min(a.height, b.height) > 0.55 * height and overlap(a.u, a.length, b.u, b.length) > 0.6
end

local function stacked(above, below)
  return deviations.stacked(above.text, below.text, above.source == "text_layer")
end

local function find_stack(words, places, taken, index)
  local word = words[index]
  for _, other_index in ipairs(places:near(word.box, 2 * word.at.height)) do
    if other_index ~= index and not taken[other_index] then
      local turned = turned_like(words[other_index], word)
      if turned and is_stack(turned, word) and stacked(turned, word) then
        return other_index, turned, word
      elseif turned and is_stack(word, turned) and stacked(word, turned) then
        return other_index, word, turned
      end
    end
  end
end

--- Joins an upper and a lower deviation (or two limits) that stand one above the other into one
--- word.
local function join_stacks(words)
  local taken, out, places = {}, {}, grid.new(words)
  for index, word in ipairs(words) do
    task.breathe()
    if deviations.can_stand_in_stack(word.text) and not taken[index] and letters(word.text) > 1 then
      local other, above, below = find_stack(words, places, taken, index)
      if other then
        taken[index], taken[other] = true, true
        local joined = fuse(above, below, stacked(above, below))
        joined.stack = true
        out[#out + 1] = joined
      end
    end
  end
  for index, word in ipairs(words) do
    if not taken[index] then
      out[#out + 1] = word
    end
  end
  return out
end

local function height_of(word)
  return word.stack and word.at.height / 2 or word.at.height
end

-- The gap that a reader bridges: wider between the cells of a frame, and behind a count, where a
-- sign may have been lost.
local function widest_gap(segment, word)
  local last = segment.last
  if FRAME_SIGN[segment.words[1].text] then
    return CELL_GAP
  elseif last.text:find "[|}\\]$" or word.text:find "^[|{\\]" then
    return CELL_GAP
  elseif last.text:find "^%d%d?[xX]$" then
    return COUNT_GAP
  elseif word.stack then
    return DEVIATION_GAP
  end
  return WIDEST_GAP
end

local function belongs(segment, word)
  -- What only the picture shows is read by itself: beside exact text it is mostly ink.
  if segment.rotation ~= word.rotation or segment.source ~= word.source then
    return false
  end
  local last, at = segment.last, word.at
  local tall, other = height_of(word), segment.height
  if word.scrap or other == 0 then
    tall, other = math.max(tall, other), math.max(tall, other)
  end
  local height = math.max(other, math.min(tall, 1.2 * other))
  local gap = at.u - (last.at.u + last.at.length)
  return gap < widest_gap(segment, word) * height and gap > -WIDEST_OVERLAP * height
    and overlap(segment.at.v, segment.at.height, at.v, at.height) > 0.5
    and math.max(tall, other) < TALLEST * math.min(tall, other)
end

-- Words come sorted along the text, so a segment that has fallen far behind can be forgotten.
local function find_open(open, word)
  for index = #open, 1, -1 do
    local segment = open[index]
    if belongs(segment, word) then
      return segment
    end
    local last = segment.last.at
    if word.at.u - (last.u + last.length) > FORGET * math.max(last.height, word.at.height) then
      table.remove(open, index)
    end
  end
end

-- The plus of a deviation reaches into the picture of the size before it, as a mark at its end.
local function without_mark(last, word)
  local size = last.source == "lettering" and word.text:find "^+%d*[.,]?%d"
    and not word.text:find "°" and last.text:match "^(.*%d)[°\"']+$"
  last.text = size or last.text
end

local function append(segment, word)
  without_mark(segment.last, word)
  segment.words[#segment.words + 1] = word
  segment.box = lines.union(segment.box, word.box)
  if not word.stack and not word.scrap then
    segment.at = lines.along(segment.box, segment.rotation)
  end
  segment.last = word
  segment.height = math.max(segment.height, word.scrap and 0 or height_of(word))
end

local function start(word)
  return { words = { word }, box = word.box, rotation = word.rotation, at = word.at, last = word,
    height = word.scrap and 0 or height_of(word), source = word.source }
end

local function finish(segment)
  local texts, total, counted = {}, 0, 0
  for index, word in ipairs(segment.words) do
    texts[index] = word.text
    if word.confidence then
      total, counted = total + word.confidence, counted + 1
    end
  end
  segment.text = table.concat(texts, " ")
  segment.confidence = counted > 0 and total / counted or nil
  segment.at = lines.along(segment.box, segment.rotation)
  segment.last = nil
  return segment
end

local function reading_order(a, b)
  if a.box[2] ~= b.box[2] then
    return a.box[2] < b.box[2]
  end
  return a.box[1] < b.box[1]
end

--- Line segments of a page, in no promised order of rotation, from top to bottom.
---@param words table[]  Words as reader.words gives them; `source` is kept ("text_layer", "ocr").
---@return table[] segments  { text, box, words, rotation, height, confidence, source, at }
function lines.segments(words)
  local ready, segments = prepare(words)
  ready = join_stacks(glue(ready))
  sort_along(ready)
  local open = { [0] = {}, [90] = {}, [180] = {}, [270] = {} }
  for _, word in ipairs(ready) do
    task.breathe()
    local segment = find_open(open[word.rotation], word)
    if segment then
      append(segment, word)
    else
      segment = start(word)
      segments[#segments + 1] = segment
      table.insert(open[word.rotation], segment)
    end
  end
  for _, segment in ipairs(segments) do
    task.breathe()
    if not segment.slanted then
      finish(segment)
    end
  end
  table.sort(segments, reading_order)
  return segments
end

local function part(segment, first, last)
  local piece
  for index = first, last do
    if piece then
      append(piece, segment.words[index])
    else
      piece = start(segment.words[index])
    end
  end
  piece.rotation = segment.rotation
  return finish(piece)
end

--- Cuts a segment in two.
---@param segment table
---@param index integer  the words up to this one make the first part
---@return table first
---@return table second
function lines.cut(segment, index)
  return part(segment, 1, index), part(segment, index + 1, #segment.words)
end

--- Cuts a segment at the words that match a pattern; those words go.
---@param segment table
---@param pattern string
---@return table[] segments  The segment itself where nothing matches.
function lines.split(segment, pattern)
  local parts, current = {}, nil
  for _, word in ipairs(segment.words) do
    if word.text:find(pattern) then
      current = nil
    elseif current then
      append(current, word)
    else
      current = start(word)
      current.rotation = segment.rotation
      parts[#parts + 1] = current
    end
  end
  if #parts == 1 and #parts[1].words == #segment.words then
    return { segment }
  end
  for _, piece in ipairs(parts) do
    finish(piece)
  end
  return parts
end

return lines
