-- SPDX-License-Identifier: MIT
-- What may stand behind a size: deviations, fits, limits, units, depth, multiplicity and remarks.
local lpeg = require "lpeg"
local tokens = require "vision.reading.grammar.tokens"

local P, R, S, C, Cg = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cg
local space, number, flag = tokens.space, tokens.number, tokens.flag
local word, any_word = tokens.word, tokens.any_word

local tolerance = {}

local function negative(value)
  return -value
end

local signed = P "+" * space * number + P "-" * space * number / negative
local zero = P "0" * (S ".," * P "0" ^ 1) ^ -1 * -R "09" / function()
  return 0
end
local deviation = signed + zero

-- A drawing writes the upper deviation first, but not every draughtsman does: the values decide.
local function pair(first, second)
  return math.max(first, second), math.min(first, second)
end

local symmetric = P "±" * space * Cg(number, "symmetric")
local separator = space * P "/" * space + P " " ^ 1
local both = deviation * separator * signed + signed * separator * deviation
local two = Cg(both / function(first, second)
  local upper, lower = pair(first, second)
  return { upper = upper, lower = lower }
end, "deviations")
local one = Cg(signed / function(value)
  return value > 0 and { upper = value } or { lower = value }
end, "deviations")

-- ISO 286: one or two letters and a grade; I, L, O, Q and W name no field.
local hole = S "ABCDEFGHJKMNPRSTUVXYZ" * S "ABCDEFGS" ^ -1
local shaft = S "abcdefghjkmnprstuvxyz" * S "abcdefgs" ^ -1
local grade = P "01" + P "1" * R "08" + R "09"
local class = (hole + shaft) * grade * -R("09", "az", "AZ")
tolerance.fit = Cg(C(class * (space * P "/" * space * class) ^ -1), "fit")

local through = any_word {
  "thru", "through", "durchgehend", "durchg", "genomg",
} + P "GENOMGÅENDE" + P "genomgående"
local deep = any_word { "deep", "tief", "djup", "depth", "tiefe" }
tolerance.depth = P "↧" * space * Cg(number, "depth") + any_word {
  "depth", "tiefe", "djup",
} * space * Cg(number, "depth")
tolerance.depth_after = Cg(number, "depth") * space * word "mm" ^ -1 * space * deep

local count = Cg(tokens.integer, "quantity")
local places = any_word { "places", "place", "plcs", "plc", "pls", "off", "holes", "stk", "st" }
local counted = tokens.times * space * count + count * space * (tokens.times + places)
tolerance.count = P "(" * space * counted * space * P ")"
  + tokens.times * space * count * -(R "09" + "°")
  + count * space * places

local note = flag(P "(" * word "typ" * P ")" + word "typ", "typical")
  + flag(word "max", "maximum")
  + flag(word "min", "minimum")
  + flag(P "(" * word "ref" * P ")" + word "ref", "reference")
  + flag(through * (P " " ^ 1 * word "all") ^ -1, "through")
  + flag(P "CZ" * -R("az", "AZ"), "common_zone")
  + flag(any_word { "all" } * (P " " ^ 1 * any_word { "around", "over" }) ^ -1, "all")
  + flag(word "basic", "basic")

tolerance.sized = symmetric + two + one
tolerance.unit = tokens.unit
tolerance.note = note

--- Two sizes that bound a third ("16.00/15.50", "5.8-5.85"): the greater is the upper limit.
local bounds = tokens.decimal * space * S "/-" * space * tokens.decimal
tolerance.limits = Cg(bounds / function(first, second)
  local upper, lower = pair(first, second)
  return { upper = upper, lower = lower }
end, "limits")

return tolerance
