-- SPDX-License-Identifier: MIT
-- What a search by text finds: whole words, whatever their case. Every storage takes its words from
-- here, so that all of them find the same.

local words = {}

-- What parts words beside ASCII: U+0080–U+00BF, × ÷, U+2000–U+2FFF (quotes, arrows, symbols) and
-- CJK punctuation. µ, ª and º are letters, but nobody looks for them.
local APART = { "\226[\128-\191][\128-\191]", "\227\128[\128-\191]" }

-- What becomes of a character of two bytes: one that parts words is a space, a large letter of
-- Latin-1, Greek and Cyrillic a small one, as far as one rule serves.
local PAIRS = { ["\195\151"] = " ", ["\195\183"] = " " }

local function add_pairs(lead, first, last, to, by)
  for c = first, last do
    PAIRS[lead .. string.char(c)] = PAIRS[lead .. string.char(c)] or to .. string.char(c + by)
  end
end

for c = 128, 191 do PAIRS["\194" .. string.char(c)] = " " end
add_pairs("\195", 128, 158, "\195", 32)
add_pairs("\206", 145, 159, "\206", 32)
add_pairs("\206", 160, 169, "\207", -32)
add_pairs("\208", 144, 159, "\208", 32)
add_pairs("\208", 160, 175, "\209", -32)

local function plain(text)
  text = text:lower()
  if not text:find "[\128-\255]" then return text end
  if text:find "[\226\227]" then
    for _, pattern in ipairs(APART) do text = text:gsub(pattern, " ") end
  end
  return (text:gsub("[\194\195\206\208][\128-\191]", PAIRS))
end

--- The words of a text in small letters, each once, in order: runs of letters and digits.
---@param text string
---@return string[]
function words.of(text)
  local list, known = {}, {}
  for word in plain(text):gmatch "[%w\128-\255]+" do
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
  local line = plain(words.text(record)):gsub("[^%w\128-\255]+", " ")
  return " " .. line .. " "
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
