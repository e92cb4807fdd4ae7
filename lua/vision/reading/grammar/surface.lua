-- SPDX-License-Identifier: MIT
-- Surface texture: Ra, Rz and their kin with a value, roughness grades, the check mark.
local lpeg = require "lpeg"
local tokens = require "vision.reading.grammar.tokens"
local tolerance = require "vision.reading.grammar.tolerance"
local words = require "vision.reading.grammar.words"

local P, R, S, C, Cc, Cg = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cg
local space = tokens.space

local surface = {}

local kind = Cg(Cc "surface_finish", "type")

-- Longest names first: a shorter one begins some of them.
local parameter = P "Rmax" + "Rpk" + "Rvk" + "Rsm" + "Rmr" + "Rdq" + "Ra" + "RA" + "Rz" + "RZ"
  + "Rt" + "Rq" + "Rk" + "Rp" + "Rv" + "Wt" + "Wa" + "Pt"
local name = Cg(C(parameter), "parameter")
local most = tokens.flag(tokens.any_word(words.maximum), "maximum")

-- U and L before a parameter say which limit the value is.
local limit = (tokens.flag(P "U", "maximum") + tokens.flag(P "L", "minimum")) * P " " ^ 0 * #P "R"
local check = P "√" * space
local value = tolerance.limits + Cg(tokens.number, "nominal")

--- "Ra 3,2", "L Rz 2.5", "√ Ra 1,6", "√ 3,2".
surface.head = kind * (check ^ -1 * limit ^ -1 * name * space * P "=" ^ -1 * space
    * (most * space) ^ -1 * value
  + check * value)

local grade = C(P "N" * (P "1" * R "02" + R "19")) * -(R "09" + tokens.letter + S ".,")

--- "N7".
surface.grade = kind * Cg(grade, "grade")

return surface
