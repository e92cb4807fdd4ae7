-- SPDX-License-Identifier: MIT
-- The language of call-outs: one line of text in, typed values out, or nothing. Everything in a
-- value stands in the text; what a table or a habit could add (the pitch of M8, the width of H7) is
-- left to whoever asks for it.
--
-- A call-out is a head (what is measured) and a tail (how exactly, how deep, how often), each made
-- of pieces, which are small tables of fields. Two pieces that contradict each other are no
-- call-out.
local lpeg = require "lpeg"
local bore = require "vision.reading.grammar.bore"
local frame = require "vision.reading.grammar.frame"
local note = require "vision.reading.grammar.note"
local size = require "vision.reading.grammar.size"
local surface = require "vision.reading.grammar.surface"
local thread = require "vision.reading.grammar.thread"
local tokens = require "vision.reading.grammar.tokens"
local tolerance = require "vision.reading.grammar.tolerance"
local words = require "vision.reading.grammar.words"

local P, R, S = lpeg.P, lpeg.R, lpeg.S
local C, Cc, Cg, Ct, Cp, V = lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Ct, lpeg.Cp, lpeg.V
local space, piece, flag = tokens.space, tokens.piece, tokens.flag

local grammar = {}

-- No call-out is longer; what is longer is a note.
grammar.MAXIMUM_BYTES = 200
-- Call-outs that may have run together in one line.
local MOST_TOGETHER = 6

-- What stands in several places is a rule by its name: as a pattern it would be copied into each of
-- them, tens of megabytes in all.
local rules = {}

local function grammar_of(start)
  local all = { start }
  for name, pattern in pairs(rules) do all[name] = pattern end
  return P(all)
end

local exact, fit, sure_fit, more = V "exact", V "fit", V "sure_fit", V "more"
local with_sign, without_sign = V "with_sign", V "without_sign"

-- The tail. Behind a diameter any fit may follow at once; later, or behind a bare number, only one
-- that cannot be the head of another call-out; behind a thread none.
local separator = S ",;" / 0
rules.exact = space * (tolerance.sized_or_bracketed + tolerance.degrees + piece(tokens.unit))
rules.fit, rules.sure_fit = space * piece(tolerance.fit), space * piece(tolerance.sure_fit)
rules.more = piece(note.count) + exact
  + space * (piece(bore.nested) + piece(bore.depth) + piece(note.word) + piece(size.cone)
    + piece(size.length) + piece(size.target) + piece(size.alternative) + separator)

-- The head, and its tail.
local round, unfitted = V "round", V "unfitted"
rules.round = piece(bore.head) + piece(size.diameter)
rules.unfitted = (piece(frame.head) + piece(thread.head) + piece(surface.head)
  + piece(size.signed) + piece(Cg(Cc "depth", "type") * bore.depth)) * more ^ 0
local before = V "before"
rules.before = piece(note.quantity) ^ -1 * piece(note.before) ^ -1
local chamfer = piece(size.chamfer) * more ^ 0
rules.with_sign = chamfer
  + before * (unfitted + round * (exact + fit) ^ 0 * (more + sure_fit) ^ 0)
rules.without_sign = before * (piece(surface.grade) + piece(size.bare)) * (more + sure_fit) ^ 0
local in_a_row = chamfer + before * (unfitted + round * (more + sure_fit) ^ 0)

local last = piece(Cg(Cp(), "last"))
local stop = space * last * P(-1)

-- A remark follows signs only ("M8 Gewinde", "Ø6 for pin"): a bare number with a sentence behind it
-- is a sentence. A lone sign may stand there too, as ink is read.
local remark = P " " ^ 1 * Cg(C((tokens.letter + R "\194\244") * P(1) ^ 0), "remark")
local finish = piece(Cg(Cp(), "last") * remark) + stop

local function closed(open, close, name)
  return space * piece(note.quantity) ^ -1 * piece(flag(P(open), name)) * space
    * (with_sign + without_sign) * space * P(close) * more ^ 0 * stop
end

rules.one = Ct(closed("(", ")", "reference")) + Ct(closed("[", "]", "basic"))
  + Ct(space * with_sign * finish) + Ct(space * without_sign * stop)

-- Several in one line: each has its sign, so that none can be a part of its neighbour.
rules.member = space * Ct(in_a_row * last)
local member = V "member"
rules.together = Ct(Cp() * member * (Cp() * member) ^ -(MOST_TOGETHER - 1)) * space * P(-1)

local one, together = grammar_of "one", grammar_of "together"

-- What a remark may add: "M8 Gewinde 20 tief", "M8 Gewinde durchgehend".
local thread_word = tokens.any_word(words.thread)
local remark_fields = Ct(thread_word * (space * (piece(bore.depth) + piece(note.word))) ^ 0)

-- The fields of all pieces; nil when two of them disagree.
local function merge(pieces)
  local value = {}
  for _, fields in ipairs(pieces) do
    for name, field in pairs(fields) do
      if value[name] ~= nil and value[name] ~= field then
        return nil
      end
      value[name] = field
    end
  end
  return value
end

-- No pitch reaches half the size: in "M6 x 12" the second number is a length.
local function screw_length(value)
  local screw = value.thread
  if screw and screw.pitch and type(screw.size) == "number" and screw.pitch * 2 > screw.size then
    value.length, screw.pitch = screw.pitch, nil
  end
end

-- "R5 x 4" is four of them: a radius has no length.
local function counted_radius(value)
  if value.type == "radius" and value.length and not value.quantity then
    value.quantity, value.length = value.length, nil
  end
end

local function angle_by_sign(value)
  if value.type == "length" and value.degrees then
    value.type, value.unit = "angle", "°"
  end
  value.degrees = nil
end

local function spread(value)
  tolerance.spread(value)
  for _, part in ipairs { value, value.counterbore or {}, value.countersink or {} } do
    bore.spread(part)
  end
  screw_length(value)
  counted_radius(value)
  angle_by_sign(value)
  if value.feet then
    value.nominal = value.feet * 12 + (value.inches or 0)
  end
end

-- A tolerance zone is a small thing; a wider one is a size that stood beside a letter.
local WIDEST_ZONE = 10
local INCH = 25.4
-- What rounding of the other unit may cost.
local ROUNDING = 0.02

local function is_alternative(value)
  local other = value.alternative
  if not other then
    return true
  end
  local ratio = value.nominal and other > 0 and value.nominal / other or 0
  return math.abs(ratio / INCH - 1) < ROUNDING or math.abs(ratio * INCH - 1) < ROUNDING
end

-- "Ø6,8 M8" is a thread and the hole that is drilled for it.
local function is_core_hole(value)
  local grade = value.fit and value.fit:match "^M(%d+)$"
  return grade ~= nil and value.nominal ~= nil and value.nominal < tonumber(grade)
end

-- A deviation beyond the size itself is two numbers that stood side by side by chance.
local function plausible(value)
  local wide = value.zone and value.zone.value > WIDEST_ZONE
  if wide or is_core_hole(value) or not is_alternative(value) then
    return false
  end
  local nominal = value.nominal
  if not nominal or value.type == "angle" then
    return true
  end
  return math.abs(value.upper or 0) <= nominal and math.abs(value.lower or 0) <= nominal
end

local function starts_with_thread_or_word(text)
  return not text:find "%d" or text:find "^%a+%.? " ~= nil
end

local function names_through(text)
  local lower = text:lower()
  return lower:find "durchg" or lower:find "thr[uo]" or lower:find "genomg"
end

local function read_remark(value, unit)
  local text = value.remark
  if not text then
    return value
  elseif not starts_with_thread_or_word(text) then
    return nil
  end
  local pieces = remark_fields:match(text, 1, unit) or {}
  table.insert(pieces, 1, value)
  value = merge(pieces)
  if value and names_through(text) then
    value.through = true
  end
  return value
end

local HAS_UNIT = { length = true, diameter = true, radius = true, chamfer = true, depth = true,
  counterbore = true, countersink = true }

-- A value from its pieces, or nil.
local function build(pieces, text, from, unit)
  local value = merge(pieces)
  value = value and read_remark(value, unit or false)
  if not value then
    return nil
  end
  spread(value)
  if not plausible(value) then
    return nil
  end
  value.text = text:sub(from, value.last - 1):gsub("^%s+", ""):gsub("%s+$", "")
  value.last = nil
  if HAS_UNIT[value.type] and not value.unit then
    value.unit = unit
  end
  return value
end

local function readable(text)
  return #text > 0 and #text <= grammar.MAXIMUM_BYTES
end

--- Reads one line as one call-out.
---@param text string  Cleaned text (vision.reading.glyphs), at most 200 bytes; longer text is no
---  call-out.
---@param unit? string  The sheet's unit for sizes that name none ("mm", "inch").
---@return table|nil value The typed value (type, text, nominal …), nil when the line is no call-
---  out.
function grammar.parse(text, unit)
  local pieces = readable(text) and one:match(text, 1, unit or false)
  return pieces and build(pieces, text, 1, unit) or nil
end

-- Even steps of whole numbers are a scale bar; ordinates grow, but not so evenly.
local function are_ordinates(list)
  local even = true
  for index = 2, #list do
    if list[index] <= list[index - 1] then
      return false
    end
    even = even and list[index] == (index - 1) * list[2]
  end
  return not even
end

local function ordinates(text, unit)
  local list = size.ordinates:match(text)
  if not list or not are_ordinates(list) then
    return nil
  end
  local values = {}
  for word in text:gmatch "%S+" do
    local index = #values + 1
    values[index] = { type = "length", text = word, nominal = list[index], ordinate = true,
      unit = unit }
  end
  return values
end

local function run_together(text, unit)
  local found = together:match(text, 1, unit or false) or {}
  local values = {}
  for index = 1, #found, 2 do
    local value = build(found[index + 1], text, found[index], unit)
    if not value then
      return nil
    end
    values[#values + 1] = value
  end
  return values[1] and values or nil
end

--- Reads one line as the call-outs that it holds: mostly one; several where each has its own sign
--- (`Ø6,80 ↧26,25 M8x1.25 - 6H ↧20`), and a row of ordinates (`0 25,00 39,90`).
---@param text string
---@param unit? string
---@return table[]|nil values  In the order of the text; nil when the line is no call-out.
function grammar.parse_all(text, unit)
  local value = grammar.parse(text, unit)
  if value then
    return { value }
  end
  return readable(text) and (ordinates(text, unit) or run_together(text, unit)) or nil
end

-- A pattern is compiled, for some milliseconds, when it is matched first: now, not in a frame of
-- a program that reads between its frames.
for _, pattern in ipairs { one, together } do pattern:match("", 1, false) end

return grammar
