-- SPDX-License-Identifier: MIT
-- How exact a size is: deviations, fits of ISO 286 and limits.
local lpeg = require "lpeg"
local tokens = require "vision.reading.grammar.tokens"

local P, R, S, C, Cc, Cg, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct
local space = tokens.space

local tolerance = {}

local function negative(value)
  return -value
end

-- Deviations of angles repeat the sign of degrees, or are minutes.
local degree = P "°" ^ -1
local plus = P "+" * space * tokens.size * degree
local minus = P "-" * space * tokens.size * degree / negative
local signed = plus + minus
local zeros = P "0" ^ -1 * S ".," * P "0" ^ 1 + P "0"
local zero = zeros * -R "09" * degree / function()
  return 0
end

-- A drawing writes the upper one first, but not every draughtsman does: the values decide.
local function between(first, second)
  return { upper = math.max(first, second), lower = math.min(first, second) }
end

-- "12 ±0.1/-0.2" is "+0.1/-0.2" with a plus that lost its way.
local separator = space * P "/" * space + P " " ^ 1
local stray = P "±" * space * tokens.size * space * P "/" * space * minus
local two = (stray + plus * minus + (signed + zero) * separator * signed
  + signed * separator * zero) / between

local one = signed / function(value)
  return value > 0 and { upper = value } or { lower = value }
end

local plus_minus = P "±" + "+/-" + "+-"
local both_ways = plus_minus * space * tokens.size / function(value)
  return { upper = value, lower = -value }
end

--- Deviations from a size, as one piece: { tolerance = { upper, lower } }, so that two of them
--- contradict each other.
tolerance.sized = Ct(Cg(two + both_ways + one, "tolerance")
  * tokens.flag(P "'", "deviation_unit", "'") ^ -1)

--- Turns `tolerance` into `upper` and `lower`.
---@param value table
function tolerance.spread(value)
  local own = value.tolerance
  if own then
    value.upper, value.lower, value.tolerance = own.upper, own.lower, nil
  end
end

-- One or two letters and a grade; I, L, O, Q and W name no field.
local hole = S "ABCDEFGHJKMNPRSTUVXYZ" * S "ABCDEFGS" ^ -1
local shaft = S "abcdefghjkmnprstuvxyz" * S "abcdefgs" ^ -1
local grade = P "01" + P "1" * R "08" + R "09"
local no_letter = -(R "09" + tokens.letter)
local class = (hole + shaft) * grade * no_letter
local second = space * P "/" * space * class

-- "x8" alone is a count, and M10 a thread: holes get M fits of finer grades only.
local thread_like = P "M" * (R "13" + P "9" + P "0")
tolerance.fit = Cg(C((class - S "Xx" - thread_like) * second ^ -1), "fit")

-- Behind a number without a sign, or behind words, "M8" is a thread, "R2" a radius, "G1" a pipe
-- thread, "C2" a chamfer, "A3" a datum target and "m2" an area.
tolerance.sure_fit = -(S "ABCGMRS" + P "m" * S "23") * tolerance.fit

--- A fit that stands alone: hole and shaft.
tolerance.fit_pair = Cg(C(hole * grade * space * P "/" * space * shaft * grade * no_letter), "fit")

-- Sizes that bound a third ("16.00/15.50", "5.8-5.85").
local pair = tokens.decimal * space * (P "/" + "-" + "...") * space * tokens.decimal

--- Two limits: { limits = { upper, lower } }.
tolerance.limits = Cg(pair / between, "limits")

local inside = tolerance.sized + Ct(tolerance.limits) + Ct(tolerance.sure_fit)

--- Pieces that may follow a size: in brackets where the fit has its deviations behind it.
tolerance.sized_or_bracketed = tolerance.sized + P "(" * space * inside * space * P ")"

--- The degree sign, as one piece.
tolerance.degrees = Ct(P "°" * Cg(Cc(true), "degrees"))

return tolerance
