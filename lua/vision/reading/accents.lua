-- SPDX-License-Identifier: MIT
-- Letters that the engine's English model does not have. It writes `Lagergehduse` and `Mafistab`;
-- the net for lettering knows ä and ß but is worse at words. Where both read the same word, the
-- engine's word gets the net's accents.
local boxes = require "vision.reading.boxes"
local grid = require "vision.reading.grid"

local accents = {}

local LETTERS = { "Ä", "Ö", "Ü", "Å", "ä", "ö", "ü", "å", "ß" }
local UPPER = { ["ä"] = "Ä", ["ö"] = "Ö", ["ü"] = "Ü", ["å"] = "Å" }
local ACCENTED = {}
for _, letter in ipairs(LETTERS) do
  ACCENTED[letter] = true
end
-- One letter of theirs is two of the engine's at most in these.
local PAIRS = { fi = true, ff = true, ui = true, ii = true, iu = true }

-- Shared by two boxes of one word; changes, of the longer word's letters.
local SAME_PLACE, MOST_CHANGED = 0.5, 0.4
local SHORTEST, LONGEST = 3, 60

local function signs_of(text)
  local list = {}
  for sign in text:gmatch "[%z\1-\127\194-\244][\128-\191]*" do
    list[#list + 1] = sign
  end
  return list
end

local function same(a, b)
  return a ~= nil and b ~= nil and a:lower() == b:lower()
end

-- How many changes make the end of one word from i on that of another from j on.
local function changes(a, b)
  local table_of = {}
  for i = #a + 1, 1, -1 do
    table_of[i] = {}
    for j = #b + 1, 1, -1 do
      if i > #a or j > #b then
        table_of[i][j] = #a + 1 - i + #b + 1 - j
      elseif same(a[i], b[j]) then
        table_of[i][j] = table_of[i + 1][j + 1]
      else
        table_of[i][j] = 1 + math.min(table_of[i + 1][j + 1], table_of[i + 1][j],
          table_of[i][j + 1])
      end
    end
  end
  return table_of
end

local function all_accented(run)
  for _, sign in ipairs(run) do
    if not ACCENTED[sign] then
      return false
    end
  end
  return #run > 0
end

-- What stands between two letters that both words have.
local function settle(out, ours, theirs)
  local text = table.concat(ours)
  local fits = #ours <= #theirs or PAIRS[text]
  for _, sign in ipairs(fits and all_accented(theirs) and theirs or ours) do
    out[#out + 1] = sign
  end
end

local function in_case(signs)
  local text = table.concat(signs)
  if not text:find "%l" then
    for index, sign in ipairs(signs) do
      signs[index] = UPPER[sign] or sign
    end
  end
  return table.concat(signs)
end

-- The engine's letters, and where the two words part, the net's where those are accents.
local function merged(a, b, from)
  local out, i, j, ours, theirs = {}, 1, 1, {}, {}
  while i <= #a or j <= #b do
    local left = from[i][j]
    if same(a[i], b[j]) then
      settle(out, ours, theirs)
      out[#out + 1] = a[i]
      ours, theirs, i, j = {}, {}, i + 1, j + 1
    elseif i <= #a and j <= #b and left == 1 + from[i + 1][j + 1] then
      ours[#ours + 1], theirs[#theirs + 1], i, j = a[i], b[j], i + 1, j + 1
    elseif i <= #a and left == 1 + from[i + 1][j] then
      ours[#ours + 1], i = a[i], i + 1
    else
      theirs[#theirs + 1], j = b[j], j + 1
    end
  end
  settle(out, ours, theirs)
  return out
end

--- A word with the accents of another reading of it; as it was where they are not alike.
---@param text string
---@param other string
---@return string
function accents.lend(text, other)
  local a, b = signs_of(text), signs_of(other)
  local longer = math.max(#a, #b)
  if #a < SHORTEST or longer > LONGEST then
    return text
  end
  local from = changes(a, b)
  return from[1][1] <= MOST_CHANGED * longer and in_case(merged(a, b, from)) or text
end

local function has_accent(text)
  for _, sign in ipairs(signs_of(text)) do
    if ACCENTED[sign] then
      return true
    end
  end
  return false
end

local function with_accents(words)
  local list = {}
  for _, word in ipairs(words) do
    if has_accent(word.text) then
      list[#list + 1] = word
    end
  end
  return list
end

local function lent(word, lenders, places)
  for _, index in ipairs(places:near(word.box, 0)) do
    local other = lenders[index]
    if boxes.shared(word.box, other.box) > SAME_PLACE then
      local text = accents.lend(word.text, other.text)
      if text ~= word.text then
        local copy = {}
        for key, value in pairs(word) do
          copy[key] = value
        end
        copy.text = text
        return copy
      end
    end
  end
  return word
end

--- Words of the engine with the accents that the net saw.
---@param words table[]      of the engine
---@param lettering table[]  of the net, in the same pixels
---@return table[]
function accents.restore(words, lettering)
  local lenders = with_accents(lettering)
  if #lenders == 0 then
    return words
  end
  local places, out = grid.new(lenders), {}
  for index, word in ipairs(words) do
    out[index] = lent(word, lenders, places)
  end
  return out
end

return accents
