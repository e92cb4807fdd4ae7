-- SPDX-License-Identifier: MIT
-- What is measured: diameters, radii, angles, chamfers, tapers, lengths. Heads with a sign may have
-- a remark behind them; a bare number with a sentence behind it is a sentence.
local lpeg = require "lpeg"
local tokens = require "vision.reading.grammar.tokens"
local tolerance = require "vision.reading.grammar.tolerance"
local words = require "vision.reading.grammar.words"

local P, R, S, C, Cc, Cg, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct
local space, number, flag, any_word = tokens.space, tokens.number, tokens.flag, tokens.any_word

local size = {}

local function kind(name)
  return Cg(Cc(name), "type")
end

local measure = space * (tolerance.limits + Cg(tokens.size, "nominal"))

-- Diameters and radii.
local function sphere(sign)
  return (flag(P "S" * space * #P(sign), "sphere")
    + flag(any_word(words.sphere) * space * #P(sign), "sphere")) ^ -1
end

local circle = flag(any_word(words.pitch_circle), "pitch_circle") * space
local hole_name = any_word(words.hole) * space
local diameter_sign = P "Ø" + any_word(words.diameter)
local diameter = kind "diameter" * hole_name ^ -1
  * (circle * diameter_sign ^ -1 + sphere "Ø" * diameter_sign) * measure

local controlled = flag(P "C" * #P "R", "controlled")
local radius = kind "radius" * (sphere "R" * controlled ^ -1 * P "R" * -tokens.letter
  + any_word(words.radius)) * measure

-- Angles; the degree sign is part of the head, so that the rest cannot be mistaken for a length.
local seconds = space * Cg(tokens.integer, "seconds") * P '"'
local minutes = space * Cg(tokens.integer, "minutes") * P "'" * seconds ^ -1
local degree = space * (P "°" + any_word(words.degrees))
local angle = kind "angle" * Cg(number, "nominal") * degree * minutes ^ -1 * Cg(Cc "°", "unit")

-- Chamfers. A sign that stands as near to both numbers makes one; "2x 45°" is two angles.
local by = space * tokens.times * space
local angle_number = Cg(number, "angle") * space * P "°"
local chamfer_size = Cg(tokens.size, "nominal")
local close = (P " " * tokens.times * P " " + tokens.times) * -P " "
local one_by = #(P "1" * -(tokens.digit + S ".,")) * chamfer_size * by * angle_number
local by_angle = chamfer_size * close * angle_number + one_by
local from_angle = angle_number * by * chamfer_size
local chamfer_word = any_word(words.chamfer) * space
local after_word = chamfer_word * (from_angle + chamfer_size * (by * angle_number) ^ -1)
-- C45 is a steel.
local small = #(tokens.digit * -tokens.digit + tokens.digit ^ -1 * S ".,")
local c_form = P "C" * small * chamfer_size * -tokens.letter

--- "2x45°", "45° x 2": before any count is looked for.
size.chamfer = kind "chamfer" * (by_angle + from_angle)

local chamfer = kind "chamfer" * (after_word + by_angle + from_angle + c_form
  + chamfer_size * space * any_word(words.chamfer))

-- The degree sign is the first thing a scan loses: 1x45 is a chamfer too, 3x40 is not.
local bare_chamfer = kind "chamfer" * Cg(number, "nominal") * tokens.times
  * Cg((P "45" + P "30" + P "60") * -(R "09" + S ".,") / tonumber, "angle")

-- Tapers and slopes: 1:10, 14 %, or an angle.
local ratio = Cg(Ct(number * space * P ":" * space * number), "ratio")
local percent = Cg(number, "nominal") * space * P "%" * Cg(Cc "%", "unit")
local incline = space * (ratio + percent + Cg(number, "nominal") * degree * Cg(Cc "°", "unit"))
local taper = kind "taper" * (P "⌲" + any_word(words.taper)) * incline
  + kind "slope" * (P "⌳" + any_word(words.slope)) * incline

-- Lengths that a sign tells from others.
local square_sign = P "□" + "◻" + "☐" + any_word(words.square)
local across = any_word(words.across_flats)
local thick = any_word(words.thickness)
local arc_sign = P "⌒" + any_word(words.arc)
local marked = kind "length" * (flag(square_sign, "square") * measure
  + flag(arc_sign, "arc") * measure
  + flag(across, "across_flats") * measure
  + (flag(thick, "thickness") * space * P "=" ^ -1 + flag(P "t" * space * P "=", "thickness"))
    * measure)

--- Heads that a fit may follow.
size.diameter = diameter

--- The other heads with a sign or a word.
size.signed = chamfer + radius + taper + marked

-- Lengths without any.
local on_inch_sheet = tokens.on_sheets(function(unit)
  return unit == "inch"
end)

-- A lone 12' may as well be a scrap of ink.
local foot = Cg(tokens.integer, "feet") * P "'"
local inch_part = space * P "-" ^ -1 * space * Cg(tokens.size, "inches") * P '"'
local feet = kind "length" * foot * (inch_part + on_inch_sheet) * Cg(Cc "inch", "unit")

local side = tokens.size * (space * tokens.unit / 0) ^ -1 * by
local sizes = kind "length" * Cg(Ct(side * side ^ -1 * tokens.size), "sizes")

-- A bare fraction may be a sheet's number (1/2) or a scale; an inch mark or an inch sheet say that
-- it is a size, and where the sheet does not say "mm" a whole part or a small part of an inch.
local whole_part = R "09" * R "09" ^ -1 * P " "
local fine = tokens.digit ^ 1 * P "/" * (P "16" + "32" + "64")
local not_metric = tokens.on_sheets(function(unit)
  return unit ~= "mm"
end)
local fraction = kind "length" * (not_metric * #(whole_part + fine) * Cg(tokens.fraction, "nominal")
  + Cg(tokens.fraction, "nominal") * (tokens.unit + on_inch_sheet))

local named_after = Cg(tokens.size, "nominal") * tokens.unit ^ -1 * space
  * (kind "diameter" * any_word(words.diameter)
    + kind "diameter" * flag(any_word(words.pitch_circle), "pitch_circle")
    + kind "length" * flag(across, "across_flats")
    + kind "length" * flag(thick, "thickness")
    + kind "length" * flag(any_word(words.square), "square"))

local length = kind "length" * (tolerance.limits + Cg(number, "nominal"))
local fit_alone = kind "fit" * tolerance.fit_pair

--- Heads that are little more than numbers.
size.bare = named_after + bare_chamfer + angle + feet + sizes + fraction + length + fit_alone

--- The same size in the other unit: "25.4 [1.000]", "25,4 (1.00)".
size.alternative = P "[" * space * Cg(number, "alternative") * P '"' ^ -1 * space * P "]"
  + P "(" * space * Cg(tokens.decimal, "alternative") * P '"' ^ -1 * space * P ")"

--- A second size behind the first: the length of a pin or a screw, the depth of a hole.
size.length = by * Cg(number, "length") * -(space * P "°")

--- A cone behind a diameter: "Ø12 x 90°".
size.cone = by * angle_number

size.target = P "/" * Cg(C(R "AZ" * R "09" ^ 1), "datum_target")

-- Ordinates start at the edge that the others are measured from: "0 25,00 39,90".
local ordinate = number * -tokens.letter
local zero = P "0" * (S ".," * P "0" ^ 1) ^ -1 * #P " " / function()
  return 0
end
size.ordinates = Ct(zero * (P " " ^ 1 * ordinate) ^ 2) * space * P(-1)

return size
