-- SPDX-License-Identifier: MIT
-- Sentences on the sheet: paragraphs of words that are neither call-outs nor cells of the title
-- block, and the instructions that templates print into the block. A numbered list is cut into its
-- entries.
local blocks = require "vision.reading.blocks"
local spelling = require "vision.reading.spelling"
local task = require "vision.base.task"
local values = require "vision.reading.title_block.values"

local notes = {}

local LEAST_CONFIDENCE = 0.6

-- Instructions and notices that stand in a title block without a label.
local INSTRUCTIONS = {
  "do not scale", "break .*edge", "break .*corner", "deburr", "remove .*burr", "all dimensions",
  "nicht skalieren", "entgraten", "kanten", "skarpa kanter", "grader", "gradas", "property of",
  "our property", "reproduced", "confidential", "written permission", "written consent",
  "eigentum", "vervielfaltig", "schutzvermerk", "iso 16016", "var egendom", "far inte kopieras",
  "skriftligt medgivande", "dieser zeichnung", "denna ritning", "this drawing",
}

-- What introduces a block of tolerances.
local INTRODUCTIONS = {
  "^unless otherwise", "^wenn nicht anders", "^om inget annat", "^falls nicht anders",
  "^dimensions are in", "^bemassungen sind in",
}
local HEADS = {
  notes = true, note = true, ["general notes"] = true, bemerkungen = true, bemerkung = true,
  hinweise = true, hinweis = true, anmerkungen = true, anmarkningar = true, anmarkning = true,
  noter = true, ["allmanna anvisningar"] = true,
}

local function finds_one(text, patterns)
  local folded = spelling.fold(text)
  for _, pattern in ipairs(patterns) do
    if folded:find(pattern) then
      return true
    end
  end
  return false
end

local function is_instruction(text)
  return finds_one(text, INSTRUCTIONS)
end

local function is_head(text)
  local folded = spelling.fold(text):gsub("[^%a ]", "")
  return HEADS[folded:match "^ *(.-) *$"] ~= nil
end

-- Rules beside a line come out as bars at its ends.
local function strip(text)
  return (text:gsub("^[|%[%]%s]+", ""):gsub("[|%[%]%s]+$", ""))
end

local function is_sentence(text)
  local _, letters = text:gsub("%a", "")
  local _, words = text:gsub("%a%a+", "")
  return words >= 2 and letters >= 8 and letters > 0.55 * #text
end

local function is_no_note(text)
  return values.is_view(text) or finds_one(text, INTRODUCTIONS)
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

local function begins_entry(text)
  return strip(text):find "^%d%d?[.)]%s*%S" ~= nil and not strip(text):find "^%d+%.%d"
end

-- The entries of a paragraph: each number with the lines below it, and what stands before the
-- first, less a heading.
local function entries_of(block)
  local entries, current = {}, nil
  for _, segment in ipairs(block) do
    if not current or begins_entry(segment.text) then
      current = {}
      entries[#entries + 1] = current
    end
    if not is_head(segment.text) then
      current[#current + 1] = segment
    end
  end
  return entries
end

local function add(list, block, accept)
  for _, entry in ipairs(entries_of(block)) do
    local text = strip(blocks.text(entry))
    if #entry > 0 and accept(text) and not is_no_note(text)
      and blocks.confidence(entry) >= LEAST_CONFIDENCE then
      list[#list + 1] = text
    end
  end
end

--- Notes of a page, from top to bottom.
---@param segments table[]  Segments that are no call-outs.
---@param in_block fun(segment: table): boolean  Whether a segment lies in the title block.
---@return string[]
function notes.read(segments, in_block)
  local outside, inside, list = {}, {}, {}
  for _, segment in ipairs(segments) do
    local label = in_block(segment)
      and (segment.text:find ":[%s|]*$" or values.projection(segment.text))
    if not label then
      table.insert(in_block(segment) and inside or outside, segment)
    end
  end
  for _, block in ipairs(blocks.group(outside)) do
    task.breathe()
    add(list, block, is_sentence)
  end
  for _, block in ipairs(blocks.group(inside)) do
    task.breathe()
    add(list, from_instruction(block), is_instruction)
  end
  return list
end

return notes
