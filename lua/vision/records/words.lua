-- SPDX-License-Identifier: MIT
-- What a search by text finds: whole words, whatever their case. Every storage takes its words from
-- here, so that all of them find the same.

local core = require "vision.core"

local words = {}

--- The words of a text in small letters, each once, in order: runs of letters and digits. Beside
--- ASCII all characters are letters but U+0080–U+00BF, × ÷, U+2000–U+2FFF (quotes, arrows, symbols)
--- and CJK punctuation. (µ, ª and º are letters, too, but nobody looks for them.)
---@param text string
---@return string[]
function words.of(text)
  local list, known = {}, {}
  for word in core.search_words(text):gmatch "[^ ]+" do
    if not known[word] then list[#list + 1] = word end
    known[word] = true
  end
  return list
end

local function add_texts(list, value)
  if type(value) == "string" then
    list[#list + 1] = value
  elseif type(value) == "table" then
    for _, inner in pairs(value) do add_texts(list, inner) end
  end
end

--- All the text of a record that a search looks at: summary, details, title block, notes, call-outs
--- as printed, and the file's name.
---@param record vision.AnalysisRecord
---@return string # a piece a line
function words.text(record)
  local result = record.result or {}
  local drawing = type(result.drawing) == "table" and result.drawing or {}
  local list = { record.file }
  for _, part in ipairs { result.summary or "", result.details or {}, drawing.title_block or {},
    drawing.notes or {} } do
    add_texts(list, part)
  end
  for _, callout in ipairs(type(drawing.callouts) == "table" and drawing.callouts or {}) do
    add_texts(list, type(callout) == "table" and callout.text)
  end
  return table.concat(list, "\n")
end

--- The words of a record as one line, a space before and after each: " flange four holes ".
---@param record vision.AnalysisRecord
---@return string
function words.line(record)
  return core.search_words(words.text(record))
end

--- Whether a line has all of some words.
---@param line string of `line`
---@param wanted string[] of `of`
---@return boolean
function words.all_in(line, wanted)
  for _, word in ipairs(wanted) do
    if not line:find(" " .. word .. " ", 1, true) then return false end
  end
  return true
end

return words
