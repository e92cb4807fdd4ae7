-- SPDX-License-Identifier: MIT
-- The lines of a picture as text. Where several passes saw the same place, the one that says most
-- is believed. (For call-outs it is the one that reads as a call-out: `BH=700` loses its letters.)

local lines = require "vision.reading.lines"
local passes = require "vision.reading.passes"
local zones = require "vision.reading.zones"

local text_lines = {}

-- What a further pass found alone must be surely text.
local LEAST_SURE = 0.6

-- How many signs of letters and digits.
local function said(segment)
  local sure = segment.confidence or 1
  local _, signs = segment.text:gsub("[%w²]", "")
  -- The pass that reads lettering knows no ²; the other writes a scrap of it.
  signs = signs + (segment.text:find "%d ?m[²2?*'^]" and 1 or 0)
  return signs > 0 and sure >= LEAST_SURE and signs or nil
end

--- The lines of one page from all its passes.
---@param seen { words: table[], more: table[][]?, width: number, height: number }  Of ocr.read.
---@return table[] segments
function text_lines.read(seen)
  local list = lines.segments(seen.words)
  for _, words in ipairs(seen.more or {}) do
    list = passes.merge(list, lines.segments(words), said)
  end
  return zones.without(list, seen)
end

return text_lines
