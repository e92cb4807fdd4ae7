-- SPDX-License-Identifier: MIT
-- The smallest pieces of a call-out: numbers, signs, units and words. Every pattern is anchored,
-- flat and free of nested repetition, so that a match costs time in proportion to the text.
local lpeg = require "lpeg"

local P, R, S, C, Cc, Cg = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cg

local tokens = {}

-- Longer runs of digits are part numbers; a bound also keeps every value finite.
local MOST_DIGITS = 7

local digit = R "09"
local digits = digit * digit ^ -(MOST_DIGITS - 1)
local no_more_digits = -(S ".," ^ -1 * digit)

tokens.digit = digit
tokens.space = P " " ^ 0
tokens.letter = R("az", "AZ") + R "\194\244" * R "\128\191" ^ 1

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

-- Inch fractions have a power of two below the line; "4/5" is no dimension.
local binary = P "16" + P "32" + P "64" + P "2" + P "4" + P "8"
local short = C(digit * digit ^ -1)
tokens.fraction = (short * P " " + Cc "0") * short * P "/" * C(binary) * -digit
  / function(whole, above, below)
    return tonumber(whole) + tonumber(above) / tonumber(below)
  end

--- A word in any case; a full stop may follow it, a letter may not.
---@param text string  Letters of ASCII.
function tokens.word(text)
  local pattern = P(true)
  for letter in text:gmatch "." do
    pattern = pattern * S(letter:lower() .. letter:upper())
  end
  return pattern * P "." ^ -1 * -R("az", "AZ")
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

--- A field that is set to a constant where `pattern` matches.
function tokens.flag(pattern, name, value)
  return pattern * Cg(Cc(value == nil and true or value), name)
end

tokens.degree = P "°"
tokens.times = S "xX"
tokens.diameter = P "Ø"

tokens.unit = tokens.flag(tokens.word "mm", "unit", "mm")
  + tokens.flag(tokens.word "cm", "unit", "cm")
  + tokens.flag(P "µm" + tokens.word "um", "unit", "µm")
  + tokens.flag(P '"' + tokens.word "inch" + tokens.word "in", "unit", "inch")

return tokens
