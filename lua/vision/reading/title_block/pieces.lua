-- SPDX-License-Identifier: MIT
-- The lines of a title block, cut and joined so that each piece is one label or what stands in one
-- cell.
local grid = require "vision.reading.grid"
local labels = require "vision.reading.title_block.labels"
local lines = require "vision.reading.lines"

local pieces = {}

-- In heights of the lettering: words of one cell stand closer than cells do. Lettering to ISO 3098
-- is spaced wider than print, which OCR takes apart; a text layer has its own spaces.
local WORD_GAP = 1.3
local LIKE_HEIGHT = 1.5

-- A rule of the table that came out as a bar stands between two cells;
-- two labels that stand close may have come out as one line.
local function cut(segments)
  local out = {}
  for _, segment in ipairs(segments) do
    for _, piece in ipairs(lines.split(segment, "^[|%]%[]+$")) do
      local count = labels.first_of_two(piece.text)
      while count and count < #piece.words do
        out[#out + 1], piece = lines.cut(piece, count)
        count = labels.first_of_two(piece.text)
      end
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

--- Cuts lines where labels and rules part them and joins what widely spaced lettering took apart.
---@param segments table[]
---@return table[]
function pieces.of(segments)
  return join(cut(segments))
end

return pieces
