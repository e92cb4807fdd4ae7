-- SPDX-License-Identifier: MIT
-- The lines of a title block, cut and joined so that each piece is one label or what stands in one
-- cell.
local grid = require "vision.reading.grid"
local labels = require "vision.reading.title_block.labels"
local lines = require "vision.reading.lines"
local task = require "vision.base.task"

local pieces = {}

-- In heights of the lettering: words of one cell stand closer than cells do. Lettering to ISO 3098
-- is spaced wider than print, which OCR takes apart; a text layer has its own spaces.
local WORD_GAP = 1.3
local LIKE_HEIGHT = 1.5

local function half(segment, text, part)
  local box = segment.box
  local height = box[4] / 2
  local own = { box[1], box[2] + part * height, box[3], height }
  local word = { text = text, box = own, confidence = segment.confidence,
    at = lines.along(own, 0) }
  return { words = { word }, text = text, box = own, at = word.at, rotation = 0, height = height,
    source = segment.source, confidence = segment.confidence }
end

-- Two rows of a tolerance block look like the limits of a size; a title block has no sizes.
local function without_stacks(segments)
  local out = {}
  for _, segment in ipairs(segments) do
    local last = segment.words[#segment.words]
    local above, below = nil, nil
    if last and last.stack and segment.rotation == 0 then
      above, below = segment.text:match "^(.-)/([^/]+)$"
    end
    if below then
      out[#out + 1], out[#out + 2] = half(segment, above, 0), half(segment, below, 1)
    else
      out[#out + 1] = segment
    end
  end
  return out
end

-- A rule of the table that came out as a bar stands between two cells;
-- two labels that stand close may have come out as one line.
local function cut(segments)
  local out = {}
  for _, segment in ipairs(segments) do
    for _, piece in ipairs(lines.split(segment, "^[|%]%[]+$")) do
      task.breathe()
      local count = labels.first_of_two(piece.text)
      while count and count < #piece.words do
        out[#out + 1], piece = lines.cut(piece, count)
        count = labels.first_of_two(piece.text)
      end
      task.breathe()
      count = not labels.find(piece.text) and labels.before_last(piece.text)
      if count and count < #piece.words then
        out[#out + 1], piece = lines.cut(piece, count)
      end
      out[#out + 1] = piece
    end
  end
  return out
end

local function gap_between(left, right)
  local a, b = left.box, right.box
  local low = math.min(left.height, right.height)
  local alike = low > 0 and math.max(left.height, right.height) < LIKE_HEIGHT * low
  local seen = left.source ~= "text_layer" and right.source ~= "text_layer"
  if alike and seen and left.rotation == 0 and right.rotation == 0
    and lines.overlap(a[2], a[4], b[2], b[4]) > 0.6 then
    return (b[1] - a[1] - a[3]) / low
  end
  return math.huge
end

local function ends_label(segment)
  local label = labels.find(segment.text)
  return label and label.rest == ""
end

-- Two pieces are one when together they are a label, or when neither is one.
local function belong(left, right)
  local together = labels.find(left.text .. " " .. right.text)
  if together and together.rest == "" then
    return true
  end
  return not ends_label(left) and not labels.find(right.text)
end

local function right_neighbour(segments, places, index, gone)
  local segment = segments[index]
  local nearest, least = nil, WORD_GAP
  for _, other in ipairs(places:near(segment.box, WORD_GAP * segment.height)) do
    if other ~= index and not gone[other] then
      local gap = gap_between(segment, segments[other])
      if gap > -0.5 and gap < least then
        nearest, least = other, gap
      end
    end
  end
  return nearest
end

local function joined(left, right)
  local words = {}
  for _, part in ipairs { left, right } do
    for _, word in ipairs(part.words) do
      words[#words + 1] = word
    end
  end
  local box = lines.union(left.box, right.box)
  return { words = words, text = left.text .. " " .. right.text, box = box, source = left.source,
    rotation = left.rotation, at = lines.along(box, left.rotation),
    height = math.max(left.height, right.height),
    confidence = math.min(left.confidence or 1, right.confidence or 1) }
end

local function from_left_to_right(segments)
  local order = {}
  for index = 1, #segments do
    order[index] = index
  end
  table.sort(order, function(a, b)
    local x, other = segments[a].box[1], segments[b].box[1]
    return x < other or x == other and a < b
  end)
  return order
end

local function join(segments)
  local gone, out, places = {}, {}, grid.new(segments)
  for _, index in ipairs(from_left_to_right(segments)) do
    task.breathe()
    local neighbour = not gone[index] and right_neighbour(segments, places, index, gone)
    while neighbour and belong(segments[index], segments[neighbour]) do
      segments[index] = joined(segments[index], segments[neighbour])
      gone[neighbour] = true
      neighbour = right_neighbour(segments, places, index, gone)
    end
  end
  for index, segment in ipairs(segments) do
    out[#out + 1] = not gone[index] and segment or nil
  end
  return out
end

-- In heights: the parts of one row of small print stand no further apart, and share this much of
-- their height whatever their boxes took in.
local ROW_GAP, SAME_ROW = 3, 0.5

local function in_row(row, segment)
  local last, box = row[#row].box, segment.box
  return box[1] - last[1] - last[3] < ROW_GAP * math.max(row[#row].height, segment.height)
    and lines.overlap(last[2], last[4], box[2], box[4]) > SAME_ROW
end

--- The texts of rows, each from left to right, however OCR took them apart.
---@param segments table[]
---@return string[]
function pieces.rows(segments)
  local rows, texts = {}, {}
  for _, index in ipairs(from_left_to_right(segments)) do
    local home
    for _, row in ipairs(rows) do
      home = home or in_row(row, segments[index]) and row
    end
    if home then
      home[#home + 1] = segments[index]
    else
      rows[#rows + 1] = { segments[index] }
    end
  end
  for index, row in ipairs(rows) do
    local words = {}
    for place, segment in ipairs(row) do
      words[place] = segment.text
    end
    texts[index] = table.concat(words, " ")
  end
  return texts
end

--- Cuts lines where labels and rules part them and joins what widely spaced lettering took apart.
---@param segments table[]
---@return table[]
function pieces.of(segments)
  return join(cut(without_stacks(segments)))
end

return pieces
