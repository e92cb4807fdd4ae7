-- SPDX-License-Identifier: MIT
-- What stands on sheets that are no drawings of parts, each with its place: rooms, parts of a
-- circuit, steps of a chart; and as plain text whatever else could be read.
local boxes = require "vision.reading.boxes"
local json = require "vision.base.json"
local parts = require "vision.reading.parts"
local rooms = require "vision.reading.rooms"
local steps = require "vision.reading.steps"

local items = {}

local READERS = { architectural = rooms.read, circuit = parts.read, flowchart = steps.read }

-- Longer lines name no room, part or step; a hostile text layer may hold very long ones.
local LONGEST = 400
-- Below this the engine guesses.
local LEAST_SURE = 0.4

--- Whether a line is text and not what hatching left.
---@param segment table
---@return boolean
function items.is_text(segment)
  return (segment.confidence or 1) >= LEAST_SURE and segment.text:find "%w" ~= nil
end

local function text_item(segment)
  return { kind = "text", text = segment.text, box = segment.box, page = segment.page,
    confidence = segment.confidence }
end

local function reading_order(a, b)
  if a.page ~= b.page then
    return a.page < b.page
  elseif a.box[2] ~= b.box[2] then
    return a.box[2] < b.box[2]
  end
  return a.box[1] < b.box[1]
end

-- Those that `accept` takes, in reading order.
local function choose(segments, accept)
  local list = {}
  for _, segment in ipairs(segments) do
    list[#list + 1] = accept(segment) and segment or nil
  end
  table.sort(list, reading_order)
  return list
end

-- The title block has its own fields.
local function is_outside(segment)
  return not segment.in_block
end

local function is_short(segment)
  return #segment.text <= LONGEST
end

--- The items of a drawing.
---@param name string|nil   The kind of the drawing.
---@param segments table[]  With `page`, and `in_block` where they stand in the title block.
---@return table[]|nil items  nil: this kind has none, its call-outs say what there is.
function items.read(name, segments)
  if name == "mechanical" then
    return nil
  end
  segments = choose(segments, is_outside)
  local list, used = {}, {}
  if READERS[name] then
    list, used = READERS[name](choose(segments, is_short))
  end
  for _, segment in ipairs(segments) do
    if not used[segment] and items.is_text(segment) then
      list[#list + 1] = text_item(segment)
    end
  end
  for _, item in ipairs(list) do
    item.box = boxes.rounded(item.box)
    item.confidence = item.confidence and math.floor(item.confidence * 100 + 0.5) / 100
  end
  return json.array(list)
end

return items
