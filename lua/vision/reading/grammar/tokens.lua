-- SPDX-License-Identifier: MIT
-- The smallest pieces of a call-out: numbers, signs, units and words. Every pattern is anchored,
-- flat and free of nested repetition, so that a match costs time in proportion to the text.
local lpeg = require "lpeg"
local spelling = require "vision.reading.spelling"
local words = require "vision.reading.grammar.words"

local P, R, S, C, Cc, Cg, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct
local Cmt = lpeg.Cmt

local tokens = {}

-- Longer runs of digits are part numbers; a bound also keeps every value finite.
local MOST_DIGITS = 7

local digit = R "09"
local digits = digit * digit ^ -(MOST_DIGITS - 1)
local no_more_digits = -(S ".," ^ -1 * digit)

tokens.digit = digit
tokens.space = P " " ^ 0

-- Letters beyond ASCII that these languages use, each with its capital. (A general rule would take
-- Ø and × for letters.)
local CAPITALS = { ["ä"] = "Ä", ["ö"] = "Ö", ["ü"] = "Ü", ["å"] = "Å", ["é"] = "É", ["ß"] = "ẞ" }

tokens.letter = R("az", "AZ")
for small, capital in pairs(CAPITALS) do
  tokens.letter = tokens.letter + P(small) + P(capital)
end

--- The value of a number as a drawing writes it ("19,9", ".150", "20").
---@param text string
---@return number
function tokens.to_number(text)
  return tonumber((text:gsub(",", ".")))
end

-- "038" is no number: a zero in front is a lost diameter sign, or a lost decimal sign behind it.
local plain = -(P "0" * digit) * digits * (S ".," * digits) ^ -1 + S ".," * digits

--- A number, captured as its value.
tokens.number = C(plain) * no_more_digits / tokens.to_number

--- A number with a decimal sign: what tells a limit pair from a fraction.
tokens.decimal = -(P "0" * digit) * C(digit ^ -MOST_DIGITS * S ".," * digits)
  * no_more_digits / tokens.to_number

tokens.integer = C(digits) * no_more_digits / tokens.to_number

-- Inch fractions have a power of two below the line and are given in lowest terms; "4/5" and "2/4"
-- are no dimensions.
local binary = P "16" + P "32" + P "64" + P "2" + P "4" + P "8"
local short = C(digit * digit ^ -1)

local function fraction_value(_, at, whole, above, below)
  whole, above, below = tonumber(whole), tonumber(above), tonumber(below)
  return above % 2 == 1 and above < below and at, whole + above / below
end

--- "1 1/32", "3/8".
tokens.fraction = Cmt((short * P " " + Cc "0") * short * P "/" * C(binary) * -digit, fraction_value)

--- A number behind a sign, which may be a fraction.
tokens.size = tokens.fraction + tokens.number

--- Matches on sheets of one unit only.
---@param accept fun(unit: string?): boolean
function tokens.on_sheets(accept)
  return Cmt(lpeg.Carg(1), function(_, at, unit)
    return accept(unit or nil) and at
  end)
end

local function either_case(letter)
  return S(letter:lower() .. letter:upper())
end

-- A letter with dots may have lost them in OCR, or have an e in their stead.
local function letter_pattern(letter)
  if letter == " " then
    return P " " ^ 0
  elseif not CAPITALS[letter] then
    return either_case(letter)
  end
  local folded = P(true)
  for one in spelling.fold(letter):gmatch "." do
    folded = folded * either_case(one)
  end
  local dots = ("äöü"):find(letter, 1, true)
  return P(letter) + P(CAPITALS[letter]) + folded * (dots and S "eE" ^ -1 or true)
end

--- A word in any case; a full stop may follow it, a letter may not.
---@param text string  Small letters.
function tokens.word(text)
  local pattern = P(true)
  for letter in text:gmatch "[%z\1-\127\194-\244][\128-\191]*" do
    pattern = pattern * letter_pattern(letter)
  end
  return pattern * P "." ^ -1 * -tokens.letter
end

--- Any of several words.
---@param list string[]
function tokens.any_word(list)
  local pattern = P(false)
  for _, text in ipairs(list) do
    pattern = pattern + tokens.word(text)
  end
  return pattern
end

--- A word behind a depth. Before another number it is that one's: "M8x1 djup 20".
tokens.deep = tokens.any_word(words.deep) * -(tokens.space * digit)

--- A field that is set to a constant where `pattern` matches.
function tokens.flag(pattern, name, value)
  return pattern * Cg(Cc(value == nil and true or value), name)
end

--- A part of a call-out: a table of the fields that `pattern` names.
function tokens.piece(pattern)
  return Ct(pattern)
end

tokens.degree = P "°"
tokens.times = S "xX"
tokens.diameter = P "Ø"

local inch_word = tokens.word "inch" + tokens.word "in" + tokens.word "zoll" + tokens.word "tum"
tokens.unit = tokens.flag(tokens.word "mm", "unit", "mm")
  + tokens.flag(tokens.word "cm", "unit", "cm")
  + tokens.flag(P "µm" + tokens.word "um", "unit", "µm")
  + tokens.flag(P "µin" + tokens.word "uin", "unit", "µin")
  + tokens.flag(P '"' + inch_word, "unit", "inch")

return tokens
