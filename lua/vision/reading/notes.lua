-- SPDX-License-Identifier: MIT
-- Sentences on the sheet: paragraphs of words that are neither call-outs nor cells of the title
-- block, and the instructions that templates print into the block.
local blocks = require "vision.reading.blocks"
local spelling = require "vision.reading.spelling"

local notes = {}

local LEAST_CONFIDENCE = 0.6

-- Instructions that stand in a title block without a label.
local INSTRUCTIONS = {
  "do not scale", "break .*edge", "deburr", "remove burr", "all dimensions", "nicht skalieren",
  "entgraten", "kanten", "skarpa kanter", "grader", "gradas", "unless otherwise",
  "wenn nicht anders", "om inget annat",
}

local function is_instruction(text)
  local folded = spelling.fold(text)
  for _, pattern in ipairs(INSTRUCTIONS) do
    if folded:find(pattern) then
      return true
    end
  end
  return false
end

-- Rules beside a line come out as bars at its ends.
local function text_of(block)
  return (blocks.text(block):gsub("^[|%[%]%s]+", ""):gsub("[|%[%]%s]+$", ""))
end

local function is_sentence(text)
  local _, letters = text:gsub("%a", "")
  local _, words = text:gsub("%a%a+", "")
  return words >= 2 and letters >= 8 and letters > 0.55 * #text
end

-- In a title block the lines above an instruction are other cells.
local function from_instruction(block)
  for index, segment in ipairs(block) do
    if is_instruction(segment.text) then
      local rest = {}
      for line = index, #block do
        rest[#rest + 1] = block[line]
      end
      return rest
    end
  end
  return block
end

--- Notes of a page, from top to bottom.
---@param segments table[]  Segments that are no call-outs.
---@param in_block fun(segment: table): boolean  Whether a segment lies in the title block.
---@return string[]
function notes.read(segments, in_block)
  local outside, inside, list = {}, {}, {}
  for _, segment in ipairs(segments) do
    local label = in_block(segment) and segment.text:find ":[%s|]*$"
    if not label then
      table.insert(in_block(segment) and inside or outside, segment)
    end
  end
  for _, block in ipairs(blocks.group(outside)) do
    local text = text_of(block)
    if is_sentence(text) and blocks.confidence(block) >= LEAST_CONFIDENCE then
      list[#list + 1] = text
    end
  end
  for _, block in ipairs(blocks.group(inside)) do
    block = from_instruction(block)
    local text = text_of(block)
    if is_instruction(text) and blocks.confidence(block) >= LEAST_CONFIDENCE then
      list[#list + 1] = text
    end
  end
  return list
end

return notes
