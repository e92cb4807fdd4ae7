-- SPDX-License-Identifier: MIT
-- How often a call-out applies, and the short words that stand with it (TYP, max, durchgehend).
local lpeg = require "lpeg"
local tokens = require "vision.reading.grammar.tokens"
local words = require "vision.reading.grammar.words"

local P, S, Cg = lpeg.P, lpeg.S, lpeg.Cg
local space, times, flag, any_word = tokens.space, tokens.times, tokens.flag, tokens.any_word

local note = {}

local count = Cg(tokens.digit * tokens.digit ^ -1 * -tokens.digit / tonumber, "quantity")

-- What a count stands before: a sign, a word, a space or a decimal, so that 10x20 stays two sizes.
-- "1x 45°" is a chamfer: nobody counts to one.
local sign = P "Ø" + "⌴" + "⌵" + "□" + "⌒" + "√" + "(" + "[" + "#" + tokens.letter
local sized_next = #(P " " + sign + tokens.decimal + tokens.digit ^ 1 * P "/" * tokens.digit ^ 1
  * P "-")
local one_by_angle = P "1" * space * times * space * tokens.digit
-- "12 x 20" is two sizes; "12x 20" is twelve of them.
local two_sizes = tokens.digit ^ 2 * P " " * times * P " " * tokens.digit
local counts = -(one_by_angle + two_sizes)

local places = any_word(words.places)
local counted = times * space * count + count * space * (times + places)

--- A count in front of its call-out: "4x", "(2X)", "4-Ø6", "4 HOLES Ø6".
note.quantity = P "(" * counted * P ")" * space
  + (counts * count * space * times * sized_next
    + count * P "-" * #P "Ø"
    + count * space * places * #(space * sign)) * space

-- "x 4" alone is a count only where a space stands before it: M8x1.25x20 and Ø10x20 are sizes. "4x"
-- in the middle belongs to what follows.
note.count = space * P "(" * space * counted * space * P ")"
  + P " " ^ 1 * times * count * -(S ".,°" + tokens.letter)
  + P " " ^ 1 * count * space * (times * #(space * (P(-1) + S ",;")) + places)

local function named(list, name)
  return flag(any_word(list), name)
end

local bracketed = named(words.typical, "typical") + named(words.reference, "reference")
  + named(words.maximum, "maximum") + named(words.minimum, "minimum")

--- A word behind a size that says how it is meant.
note.word = P "(" * bracketed * P ")" + bracketed
  + flag(any_word(words.through) * (P " " ^ 1 * any_word(words.all)) ^ -1, "through")
  + flag(P "CZ" * -tokens.letter, "common_zone")
  + named(words.all, "all") + named(words.both_sides, "both_sides")
  + named(words.equally_spaced, "equally_spaced") + named(words.basic, "basic")
  + named(words.pitch_circle, "pitch_circle")

-- "CA 95134" is an address.
local about = P "~" + "≈" + P "ca" * P "." ^ -1 * -tokens.letter + "Ca." + "CA."

--- A word or sign in front of a size.
note.before = flag((about + any_word(words.approximate)) * space, "approximate")
  + (named(words.maximum, "maximum") + named(words.minimum, "minimum")) * P ":" ^ -1 * space

return note
