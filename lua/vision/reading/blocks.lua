-- SPDX-License-Identifier: MIT
-- Paragraphs: lines of like height, one close under the other, that share a part of their width.
local lines = require "vision.reading.lines"
local task = require "vision.base.task"

local blocks = {}

-- In heights of the lettering.
local LINE_GAP = 1.1
local LIKE_HEIGHT = 1.7

--- The height of a line's lettering without the tails of letters: boxes of OCR reach down to them,
--- those of a text layer are as high as the font.
---@param segment table
---@return number
function blocks.lettering(segment)
  local tails = segment.source ~= "text_layer" and segment.text:find "[gjpqyQ,;()]"
  return tails and 0.8 * segment.height or segment.height
end

local function are_alike(a, b, like)
  local low, high = blocks.lettering(a), blocks.lettering(b)
  return math.max(low, high) < like * math.min(low, high)
end

local function follows(block, segment, like)
  local last = block[#block]
  local low, high = math.min(last.height, segment.height), math.max(last.height, segment.height)
  if last.page ~= segment.page then
    return false
  end
  local gap = segment.box[2] - (last.box[2] + last.box[4])
  return low > 0 and are_alike(last, segment, like) and gap < LINE_GAP * low and gap > -0.5 * high
    and lines.overlap(last.box[1], last.box[3], segment.box[1], segment.box[3]) > 0.4
end

--- Groups horizontal segments into paragraphs.
---@param segments table[]  From top to bottom.
---@param like? number  How much larger one line's lettering may be than its neighbour's; 1.7.
---@return table[][] blocks
function blocks.group(segments, like)
  local list = {}
  for _, segment in ipairs(segments) do
    task.breathe()
    local home
    if segment.rotation == 0 and segment.height > 0 then
      for index = #list, math.max(1, #list - 40), -1 do
        if follows(list[index], segment, like or LIKE_HEIGHT) then
          home = list[index]
          break
        end
      end
    end
    if home then
      home[#home + 1] = segment
    else
      list[#list + 1] = { segment }
    end
  end
  return list
end

--- The text of a paragraph in one line.
---@param block table[]
---@return string
function blocks.text(block)
  local texts = {}
  for index, segment in ipairs(block) do
    texts[index] = segment.text
  end
  return table.concat(texts, " ")
end

--- How sure its lines are on average.
---@param block table[]  At least one segment.
---@return number
function blocks.confidence(block)
  local total = 0
  for _, segment in ipairs(block) do
    total = total + (segment.confidence or 1)
  end
  return total / #block
end

--- The smallest box around a paragraph.
---@param block table[]  At least one segment.
---@return number[]
function blocks.box(block)
  local box = block[1].box
  for index = 2, #block do
    box = lines.union(box, block[index].box)
  end
  return box
end

return blocks
