-- SPDX-License-Identifier: MIT
-- Lettering in a script that the engine's model does not know: it then spells Latin words that
-- nobody wrote ("HaumeHoBaHnue"). They are recognised by the engine's own doubt and by their shape,
-- and left out; digits are the same in all scripts and stay.

local script = {}

-- A word, here: so many letters, or two signs of a script that has no spaces.
local LETTERS = 3
local SURE = 0.8
-- With so few words nothing can be said.
local FEWEST = 8
-- Of the words of a sheet, so many are good ones at least. Sheets in Latin letters have 35 % and
-- more, even in handwriting; Cyrillic, Greek, Chinese and Japanese ones, read as English, at most
-- 14 %.
local LEAST_GOOD = 0.2

-- Latin letters, and those of other scripts; signs such as Ø, ± and ⌀ are neither.
local function letters_of(text)
  local _, latin = text:gsub("%a", "")
  local _, other = text:gsub("[\206-\225\227-\244][\128-\191]+", "")
  return latin, other
end

local function is_word(text)
  local latin, other = letters_of(text)
  return latin + other >= LETTERS or other >= 2
end

-- Small letters do not turn into capitals within a word, nor letters into digits and back.
local function is_odd(text)
  return text:find "%l%u" ~= nil or text:find "%a%d%a" ~= nil
end

--- Whether the words make sense as a whole.
---@param words { text: string, confidence: number? }[]  of one pass of OCR
---@return boolean
function script.is_known(words)
  local all, good = 0, 0
  for _, word in ipairs(words) do
    if is_word(word.text) then
      all = all + 1
      if (word.confidence or 0) >= SURE and not is_odd(word.text) then
        good = good + 1
      end
    end
  end
  return all < FEWEST or good >= LEAST_GOOD * all
end

-- In heights: how far behind a word the next one of its line stands.
local SPACE = 1.2

-- Whether a bare number ends what a word began: "ГОСТ 2590", "Сталь 45".
local function ends_phrase(number, left_out)
  if not number.text:find "^[%d.,:-]+$" then
    return false
  end
  local box = number.box
  for _, word in ipairs(left_out) do
    local gap = box[1] - word.box[1] - word.box[3]
    local low = math.min(box[4], word.box[4])
    local middle = math.abs(box[2] + box[4] / 2 - word.box[2] - word.box[4] / 2)
    if gap > -low and gap < SPACE * low and middle < 0.5 * low then
      return true
    end
  end
  return false
end

--- The words without those that are made of letters, and without the numbers that belong to them:
--- what is left are sizes.
---@param words table[]
---@return table[]
function script.numbers_only(words)
  local numbers, left_out, kept = {}, {}, {}
  for _, word in ipairs(words) do
    local latin, other = letters_of(word.text)
    local is_number = word.text:find "%d" ~= nil and latin < LETTERS and other < LETTERS
    table.insert(is_number and numbers or left_out, word)
  end
  for _, word in ipairs(numbers) do
    kept[#kept + 1] = not ends_phrase(word, left_out) and word or nil
  end
  return kept
end

--- Two readings of one page made one: the numbers as English spells them ("H7" is no Cyrillic en),
--- the words as all models together do.
---@param english table[]
---@param all table[]
---@return table[]
function script.join(english, all)
  local joined = script.numbers_only(english)
  for _, word in ipairs(all) do
    if is_word(word.text) then
      joined[#joined + 1] = word
    end
  end
  return joined
end

-- Of the engine's argument, in the reader.
local LONGEST = 63
local LATIN = { eng = true, osd = true, equ = true, snum = true }

--- Further models of this machine, English first, as the engine takes them; nil: there is only
--- English.
---@param installed string[]
---@return string?
function script.further_models(installed)
  local list = "eng"
  for _, name in ipairs(installed) do
    if not LATIN[name] and not name:find "/" and #list + 1 + #name <= LONGEST then
      list = list .. "+" .. name
    end
  end
  return list ~= "eng" and list or nil
end

return script
