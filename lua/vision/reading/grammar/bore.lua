-- SPDX-License-Identifier: MIT
-- Depths, counterbores and countersinks: as call-outs of their own and behind the hole that they
-- belong to.
local lpeg = require "lpeg"
local tokens = require "vision.reading.grammar.tokens"
local tolerance = require "vision.reading.grammar.tolerance"
local words = require "vision.reading.grammar.words"

local P, Cc, Cg, Ct = lpeg.P, lpeg.Cc, lpeg.Cg, lpeg.Ct
local space, number, any_word = tokens.space, tokens.number, tokens.any_word
local times = tokens.times * space

local bore = {}

local millimetres = space * tokens.word "mm" ^ -1 * space
local depth_number = Cg(number, "depth")

-- The deviations behind a depth are the depth's own, not those of the hole.
local depth_sized = (space * Cg(tolerance.sized, "depth_tolerance")) ^ -1
local depth_first = (P "↧" + any_word(words.depth)) * space * depth_number * depth_sized
local depth_last = times ^ -1 * depth_number * depth_sized * millimetres * tokens.deep

--- "↧20", "20 tief", "x 20 deep", "depth 20 +0,5/0".
bore.depth = depth_first + depth_last

bore.angle = times ^ -1 * Cg(number, "angle") * space * P "°"

local function diameter(name)
  return (P "Ø" + any_word(words.diameter)) ^ -1 * space * Cg(tokens.size, name)
end

-- Behind "x", as in "CBORE Ø11 x 6", a bare number is the depth.
local by_depth = times * depth_number * -(space * P "°")
local small = space * P "," ^ -1 * space
local sink_signs = P "⌵" + any_word(words.countersink)
local bore_signs = P "⌴" + any_word(words.counterbore)
  + tokens.flag(any_word(words.spotface), "spotface")
local any_sink = any_word(words.any_sink)

-- A countersink has an angle; a bore that may be either is one where an angle stands.
local function sink(name, rest)
  local angle_first = bore.angle * small * tokens.word "to" ^ -1 * space * diameter(name) * rest
  local angle_last = diameter(name) * rest * small * bore.angle
  return (sink_signs + any_sink) * space * (angle_first + angle_last)
      * (small * bore.depth) ^ -1
    + sink_signs * space * diameter(name) * rest * (small * bore.depth) ^ -1
end

local function counter(name, rest)
  return (bore_signs + any_sink) * space * diameter(name) * rest
    * (small * (bore.depth + by_depth)) ^ -1
end

local function own(kind, pattern)
  return Cg(Cc(kind), "type") * pattern
end

--- Bores as call-outs of their own; what follows the diameter is left to the call-out.
bore.head = own("countersink", sink("nominal", P(true)))
  + own("counterbore", counter("nominal", P(true)))

local exact = (space * (Cg(tolerance.sized, "deviation") + tolerance.fit)) ^ -2

--- Bores behind a hole, with tolerances of their own.
bore.nested = Cg(Ct(sink("diameter", exact)), "countersink")
  + Cg(Ct(counter("diameter", exact)), "counterbore")

--- Brings the tolerances that `depth` and `nested` caught into the form of a call-out.
---@param value table
function bore.spread(value)
  if value.depth_tolerance then
    local tight = value.depth_tolerance.tolerance
    value.depth_upper, value.depth_lower, value.depth_tolerance = tight.upper, tight.lower, nil
  end
  if value.deviation then
    value.tolerance, value.deviation = value.deviation.tolerance, nil
    tolerance.spread(value)
  end
end

return bore
