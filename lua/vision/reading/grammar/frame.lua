-- SPDX-License-Identifier: MIT
-- Feature control frames written in one line, cell by cell: `⌖|Ø0.3CZⓂ|AⓂ`. A frame whose first
-- sign could not be read is still a frame (it has a zone and datums); its characteristic is then
-- absent.
local lpeg = require "lpeg"
local tokens = require "vision.reading.grammar.tokens"

local P, R, C, Cc, Cg, Ct = lpeg.P, lpeg.R, lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct
local space = tokens.space

local frame = {}

frame.SIGNS = {
  ["⌖"] = "position", ["⟂"] = "perpendicularity", ["⏥"] = "flatness", ["◎"] = "concentricity",
  ["∠"] = "angularity",
  ["⏤"] = "straightness", ["⌭"] = "cylindricity", ["⌯"] = "symmetry", ["⌒"] = "profile of a line",
  ["⌓"] = "profile of a surface", ["○"] = "roundness", ["↗"] = "circular run-out",
  ["⌰"] = "total run-out",
  ["//"] = "parallelism",
}

--- Circled letters behind a zone or a datum.
frame.MODIFIERS = { "Ⓜ", "Ⓛ", "Ⓟ", "Ⓔ", "Ⓕ" }

local sign = P(false)
for text, name in pairs(frame.SIGNS) do
  sign = sign + P(text) * Cg(Cc(name), "characteristic")
end

local bar = space * P "|" * space
local modifier = C(P "CZ" + P "SZ" + P "UF")
for _, text in ipairs(frame.MODIFIERS) do
  modifier = modifier + C(P(text))
end
local modifiers = Cg(Ct((space * modifier) ^ 1), "modifiers") ^ -1
-- "0,1/100": the zone holds for any length of 100.
local per_length = (space * P "/" * space * Cg(tokens.number, "per_length")) ^ -1
local zone = Cg(Ct(tokens.flag(P "Ø" + P "SØ", "diameter") ^ -1 * space * Cg(tokens.number, "value")
  * per_length * modifiers), "zone")
local datum = Ct(Cg(C(R "AZ" * (P "-" * R "AZ") ^ -1), "datum") * -R("az", "AZ") * modifiers)
local datums = Cg(Ct(datum * (bar * datum) ^ -2), "datums")

frame.head = Cg(Cc "frame", "type")
  * (sign * bar * zone * (bar * datums) ^ -1 + zone * bar * datums)
  * bar ^ -1

return frame
