-- SPDX-License-Identifier: MIT
-- The language of call-outs: one line of text in, one typed value out, or nothing. Everything in a
-- value stands in the text; what a table or a habit could add (the pitch of M8, the width of H7) is
-- left to whoever asks for it.
local lpeg = require "lpeg"
local frame = require "vision.reading.grammar.frame"
local thread = require "vision.reading.grammar.thread"
local tokens = require "vision.reading.grammar.tokens"
local tolerance = require "vision.reading.grammar.tolerance"

local P, R, S, C = lpeg.P, lpeg.R, lpeg.S, lpeg.C
local Cc, Cg, Ct, Cp = lpeg.Cc, lpeg.Cg, lpeg.Ct, lpeg.Cp
local space, number, flag, any_word = tokens.space, tokens.number, tokens.flag, tokens.any_word

local grammar = {}

-- No call-out is longer; what is longer is a note.
grammar.MAXIMUM_BYTES = 200

local function kind(name)
  return Cg(Cc(name), "type")
end

local nominal = Cg(number, "nominal")

-- "4x", "4 x", "(2X)": a count stands before a sign, a space or a decimal, so that 10x20 stays two
-- sizes.
local count = Cg(tokens.digit * tokens.digit ^ -1 / tonumber, "quantity")
local sized_next = #(P " " + "Ø" + "⌴" + "⌵" + S "RMSC" + tokens.decimal)
local quantity = P "(" * count * space * tokens.times * P ")" * space
  + count * space * (tokens.times + P "-" * #P "Ø") * sized_next * space

local diameter_sign = P "Ø" + any_word { "dia", "diam", "durchm", "diameter" }
local diameter = flag(P "S" * #P "Ø", "sphere") ^ -1 * kind "diameter" * diameter_sign * space
  * (tolerance.limits + nominal)
local diameter_after = nominal * space * any_word { "dia", "diam", "diameter" } * kind "diameter"

local radius = flag(P "S" * #P "R", "sphere") ^ -1 * kind "radius"
  * (P "R" + any_word { "radius" }) * space * (tolerance.limits + nominal)

local degrees = Cg(number, "nominal") * space * P "°"
local seconds = space * Cg(tokens.integer, "seconds") * P '"'
local minutes = space * Cg(tokens.integer, "minutes") * P "'" * seconds ^ -1
local angle = kind "angle" * degrees * minutes ^ -1 * Cg(Cc "°", "unit")

local chamfer_word = any_word { "chamfer", "chamf", "cham", "fase", "fas" }
local chamfer_angle = space * tokens.times * space * Cg(number, "angle") * space * P "°"
local angle_first = Cg(number, "angle") * space * P "°" * space * tokens.times * space * nominal
local chamfer = kind "chamfer" * (chamfer_word * space * nominal * chamfer_angle ^ -1
  + nominal * chamfer_angle
  + angle_first
  + nominal * space * chamfer_word
  + P "C" * nominal)
-- The degree sign is the first thing a scan loses: 1x45 is a chamfer too, 3x40 is not.
local bare_chamfer = kind "chamfer" * nominal * tokens.times
  * Cg((P "45" + P "30" + P "60") * -(R "09" + S ".,") / tonumber, "angle")

local roughness_name = P "Ra" + "RA" + "Rz" + "RZ" + "Rmax" + "Rt" + "Rq"
local surface = kind "surface_finish" * (S "UL" * P " " ^ 0) ^ -1
  * Cg(C(roughness_name), "parameter") * space * P "=" ^ -1 * space * nominal
local grade_name = C(P "N" * (P "1" * R "02" + R "19")) * -R("09", "az", "AZ")
local grade = kind "surface_finish" * Cg(grade_name, "grade")

local bore = function(sign, words, name)
  return kind(name) * (P(sign) + any_word(words)) * space * P "Ø" ^ -1 * space * nominal
end
local counterbore = bore("⌴", { "cbore", "counterbore", "senkung" }, "counterbore")
local countersink = bore("⌵", { "csk", "countersink", "senk", "försänkning" }, "countersink")
  * (space * tokens.times * space * Cg(number, "angle") * space * P "°") ^ -1
local depth = kind "depth" * tolerance.depth

local sizes = kind "length" * Cg(Ct(number * (space * tokens.times * space * number) ^ 1), "sizes")
local length = kind "length" * (tolerance.limits + nominal)
local inch_length = kind "length" * Cg(tokens.fraction, "nominal") * tokens.unit
local approximate = flag(P "~", "approximate") * space

local function nested(sign, name)
  return Cg(Ct(space * P(sign) * space * P "Ø" ^ -1 * space * Cg(number, "diameter")
    * (space * P "↧" * space * Cg(number, "depth")
      + space * tokens.times * space * Cg(number, "angle") * space * P "°") ^ -1), name)
end

local target = P "/" * Cg(C(R "AZ" * R "09" ^ 1), "datum_target")
local tail = space * (tolerance.sized + tolerance.depth + tolerance.depth_after + tolerance.count
  + tolerance.fit
  + P "(" * space * (tolerance.sized + tolerance.fit) * space * P ")"
  + tolerance.note + tolerance.unit
  + nested("⌴", "counterbore") + nested("⌵", "countersink") + target + P "°" + S ",;")

-- A remark follows signs only ("M8 Gewinde", "Ø6 for pin"): a bare number with a sentence behind it
-- is a sentence.
local signed = frame.head + surface + thread.head + chamfer + counterbore + countersink + depth
  + diameter + radius
local unsigned = diameter_after + bare_chamfer + angle + grade + inch_length + sizes + length
local remark = P " " ^ 1 * Cg(C(tokens.letter * P(1) ^ 0), "remark")
local finish = Cg(Cp(), "last") * (remark + space * P(-1))
local stop = space * Cg(Cp(), "last") * P(-1)

local function closed(open, close, name)
  return space * quantity ^ -1 * flag(P(open), name) * space * (signed + unsigned) * tail ^ 0
    * space * P(close) * tail ^ 0 * stop
end

local callout = Ct(closed("(", ")", "reference")
  + closed("[", "]", "basic")
  + space * quantity ^ -1 * approximate ^ -1 * signed * tail ^ 0 * finish
  + space * quantity ^ -1 * approximate ^ -1 * unsigned * tail ^ 0 * stop)

local function spread_tolerance(value)
  if value.symmetric then
    value.upper, value.lower, value.symmetric = value.symmetric, -value.symmetric, nil
  elseif value.deviations then
    value.upper, value.lower, value.deviations = value.deviations.upper, value.deviations.lower, nil
  end
end

-- No pitch reaches half the size: in "M6 x 12" the second number is a length.
local function screw_length(value)
  local thread_value = value.thread
  if thread_value and thread_value.pitch and thread_value.pitch * 2 > thread_value.size then
    value.length, thread_value.pitch = thread_value.pitch, nil
  end
end

-- A tolerance zone is a small thing; a wider one is a size that stood beside a letter.
local WIDEST_ZONE = 10

-- A deviation beyond the size itself is two numbers that stood side by side by chance.
local function plausible(value)
  if value.zone and value.zone.value > WIDEST_ZONE then
    return false
  end
  local size = value.nominal
  if not size then
    return true
  end
  local most = value.type == "angle" and 360 or size
  return math.abs(value.upper or 0) <= most and math.abs(value.lower or 0) <= most
end

local function read_remark(value)
  local text = value.remark
  if not text then
    return true
  elseif text:find "%d" and not text:find "^%a+ " then
    return false
  end
  local lower = text:lower()
  if lower:find "durchg" or lower:find "thr[uo]" or lower:find "genomg" then
    value.through = true
  end
  return true
end

local METRIC_UNIT = { length = true, diameter = true, radius = true, chamfer = true, depth = true,
  counterbore = true,
  countersink = true }

--- Reads one line as a call-out.
---@param text string  Cleaned text (vision.reading.glyphs), at most 200 bytes; longer text is no
---  call-out.
---@param unit? string  The sheet's unit for sizes that name none ("mm", "in").
---@return table|nil value The typed value (type, text, nominal …), nil when the line is no call-
---  out.
function grammar.parse(text, unit)
  if #text == 0 or #text > grammar.MAXIMUM_BYTES then
    return nil
  end
  local value = callout:match(text)
  if not value or not read_remark(value) then
    return nil
  end
  spread_tolerance(value)
  screw_length(value)
  if not plausible(value) then
    return nil
  end
  value.text = text:sub(1, value.last - 1):gsub("%s+$", "")
  value.last = nil
  if METRIC_UNIT[value.type] and not value.unit then
    value.unit = unit
  end
  return value
end

return grammar
