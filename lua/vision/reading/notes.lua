-- SPDX-License-Identifier: MIT
-- Sentences on the sheet: paragraphs of words that are neither call-outs nor cells of the title
-- block, and the instructions that templates print into the block. A list is cut into its entries.
local blocks = require "vision.reading.blocks"
local labels = require "vision.reading.title_block.labels"
local spelling = require "vision.reading.spelling"
local task = require "vision.base.task"
local values = require "vision.reading.title_block.values"

local notes = {}

local LEAST_CONFIDENCE = 0.6
-- How far the left edges of a list's lines may differ, in heights of the lettering.
local LIST_EDGE = 0.6

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

-- "Gesetzlicher Eigentümer" is a label of the block, and no word on property.
local function is_label_of_owner(text)
  local label = labels.find(text)
  return label ~= nil and label.field == "owner"
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
  local folded = spelling.fold(text)
  local _, letters = folded:gsub("%a", "")
  local _, words = folded:gsub("%a%a+", "")
  return words >= 2 and letters >= 8 and letters > 0.55 * #folded
end

local function is_no_note(text)
  return values.is_view(text) or finds_one(text, INTRODUCTIONS)
end

-- In a title block the lines above an instruction are other cells.
local function from_instruction(block)
  local has_owner = false
  for index, segment in ipairs(block) do
    if is_label_of_owner(segment.text) then
      has_owner = true
    elseif is_instruction(segment.text) then
      local rest = {}
      for line = index, #block do
        rest[#rest + 1] = block[line]
      end
      return rest
    end
  end
  return has_owner and {} or block
end

local function begins_entry(text)
  return strip(text):find "^%d%d?[.)]%s*%S" ~= nil and not strip(text):find "^%d+%.%d"
end

-- Whether a line may be a sentence of its own: it begins with no small letter, and goes on with
-- none below.
local function may_stand_alone(segment, below)
  local text = strip(segment.text)
  return not text:find "^%l" and not (below and text:find "[,;:&/(-]$")
end

-- Nouns with capitals, as German has them: then a capital at its begin does not tell a line's.
local function has_nouns(block)
  for _, segment in ipairs(block) do
    if segment.text:find " %u%l%l" then
      return true
    end
  end
  return false
end

-- A list without numbers: lines with one left edge, each of which may be a sentence of its own.
local function is_list(block)
  for index, segment in ipairs(block) do
    if not may_stand_alone(segment, block[index + 1])
      or math.abs(segment.box[1] - block[1].box[1]) > LIST_EDGE * segment.height then
      return false
    end
  end
  local text = blocks.text(block)
  return #block > 1 and text:find "%l%l" ~= nil and (#block > 2 or not has_nouns(block))
end

local function each_line(block)
  local entries = {}
  for index, segment in ipairs(block) do
    entries[index] = { segment }
  end
  return entries
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

local function are_all(entries, accept)
  for _, entry in ipairs(entries) do
    if not accept(strip(blocks.text(entry))) then
      return false
    end
  end
  return true
end

local function add(list, block, accept)
  local entries = entries_of(block)
  if #entries == 1 and is_list(entries[1]) and are_all(each_line(entries[1]), accept) then
    entries = each_line(entries[1])
  end
  for _, entry in ipairs(entries) do
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
