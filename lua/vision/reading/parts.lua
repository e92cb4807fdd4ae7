-- SPDX-License-Identifier: MIT
-- The parts of a circuit diagram: designators with their values, terminals, and the names of nets.
-- Designators are those of IEEE 315 (R1, IC1, J3) and of IEC 81346 (-F1, -X1:8).
local lines = require "vision.reading.lines"
local spelling = require "vision.reading.spelling"

local parts = {}

-- IEEE 315 and what programs print.
local CLASSES = {
  R = "resistor", RN = "resistor network", RV = "variable resistor", RT = "thermistor",
  C = "capacitor", L = "inductor", FB = "ferrite bead", D = "diode", LED = "LED", DS = "lamp",
  ZD = "diode", Q = "transistor", T = "transformer", TR = "transformer", U = "integrated circuit",
  IC = "integrated circuit", J = "connector", P = "connector", CN = "connector", X = "connector",
  JP = "jumper", K = "relay", RLY = "relay", F = "fuse", S = "switch", SW = "switch",
  BT = "battery", M = "motor", Y = "crystal", XTAL = "crystal", TP = "test point",
  LS = "loudspeaker", MK = "microphone", H = "mounting hole", VR = "regulator", BR = "bridge",
}

-- IEC 81346-2: the same letters, other classes; D, H, Y and Z as in IEC 750 before it.
local IEC = {
  A = "assembly", B = "sensor", C = "capacitor", D = "processing unit", E = "heat or light",
  F = "protection", G = "source", H = "signal", K = "relay or controller", M = "motor",
  P = "indicator", Q = "switch of power", R = "resistor", S = "manual switch", T = "converter",
  U = "holder", V = "filter", W = "cable", X = "terminals", Y = "valve", Z = "filter",
}

-- Nets that bear the names of supplies and buses.
local NETS = {}
for name in ("GND AGND DGND PGND VCC VDD VEE VSS VIN VOUT VBUS VBAT VREF PE N L L1 L2 L3 SDA SCL "
  .. "MISO MOSI SCK CS TX RX TXD RXD RESET CLK EN"):gmatch "%S+" do
  NETS[name] = true
end

-- Behind the dash of IEC a letter and digits stand; the engine writes O and l for 0 and 1.
local function iec_designator(word)
  local letter, number, terminal = word:match "^%-(%a)([%dOoIl]+)(:?[%w%-]*)$"
  if not letter or not (IEC[letter:upper()]) then
    return nil
  end
  number = number:gsub("[Oo]", "0"):gsub("[Il]", "1")
  return "-" .. letter:upper() .. number, IEC[letter:upper()], terminal:match "^:(.+)$"
end

--- What a word designates: its designator in one spelling, its class, and a terminal if it names
--- one. nil: no part.
---@param word string
---@return string|nil designator
---@return string|nil class
---@return string|nil terminal
function parts.designator(word)
  if word:find "^%-" then
    return iec_designator(word)
  end
  local letters, rest = word:match "^(%u+)(%d+%u?)$"
  if letters and CLASSES[letters] and #rest <= 4 then
    return word, CLASSES[letters]
  end
end

local NUMBER = "^[%d.,]+ ?[fpnuµmkKMGR]?"
local function is_quantity(word)
  return word:find(NUMBER .. "[FHΩVAWR]?%d*$") ~= nil and word:find "%a" ~= nil
    or word:find(NUMBER .. "[Hh]z$") ~= nil or word:find(NUMBER .. "ohm$") ~= nil
end

-- "X1.9" is a terminal whose colon was misread.
local function is_type_number(word)
  return #word >= 4 and word:find "%d" ~= nil and word:find "%a" ~= nil
    and word:find "^[%w][%w_%-+/,.]+$" ~= nil and not word:find "^%a%d+%.%d*$"
end

--- The name of a net: a supply voltage, a ground, a bus line. The engine writes "ov" for 0V.
---@param word string
---@return string|nil
function parts.net(word)
  word = word:gsub("^[oO][vV]$", "0V")
  local known = NETS[word] or word:find "^[+-]?%d+[.,]?%d*V%d*$" or word:find "^[+-]V%u+$"
  return known and word or nil
end

--- The electrical value in a word ("10k", "100nF", "4k7").
---@param word string
---@return boolean
function parts.is_value(word)
  return is_quantity(word) and not parts.net(word)
end

-- Passive parts have quantities, the others a type number or a name of the library.
local PASSIVE = { resistor = true, capacitor = true, inductor = true, ["ferrite bead"] = true,
  crystal = true, fuse = true, ["variable resistor"] = true, thermistor = true }

local function fits(class, text)
  if PASSIVE[class] then
    return parts.is_value(text)
  end
  return is_type_number(text) and not parts.designator(text) and not parts.net(text)
    and not text:find "^[%d.,:/-]+$"
end

-- More words than any sheet has, and fewer than would make the search for pairs slow.
local MOST_WORDS = 2000

local function words_of(segments)
  local list = {}
  for _, segment in ipairs(segments) do
    local words = segment.words and #segment.words > 0 and segment.words or { segment }
    for _, word in ipairs(words) do
      for text in (#list < MOST_WORDS and word.text or ""):gmatch "%S+" do
        list[#list + 1] = { text = (text:gsub("^[“\"'|(]+", ""):gsub("[\"'|),.;]+$", "")),
          box = word.box, confidence = word.confidence, segment = segment }
      end
    end
  end
  return list
end

local function item_of(word, fields)
  fields.box, fields.page = word.box, word.segment.page
  fields.confidence = word.confidence
  return fields
end

-- ":17" behind "-X1:16" is a terminal of the same strip.
local function follow_terminals(items, words, index, designator)
  local next_word = words[index + 1]
  while next_word and next_word.segment == words[index].segment
    and next_word.text:find "^:%d+$" do
    items[#items + 1] = item_of(next_word,
      { kind = "terminal", designator = designator, terminal = next_word.text:sub(2) })
    next_word.taken, index = true, index + 1
    next_word = words[index + 1]
  end
end

-- A designator is a whole word of a small language; the engine need not be very sure of it.
local LEAST_SURE = 0.3

-- "Ji" and "Rl" may be J1 and R1; a value beside them must say so.
local function guess_of(word)
  return parts.designator((word:gsub("^(%u+)[il]$", "%11")))
end

local function read_word(items, words, index)
  local word = words[index]
  if (word.confidence or 1) < LEAST_SURE then
    return
  end
  local designator, class, terminal = parts.designator(word.text)
  local guess, guessed_class = guess_of(word.text)
  if terminal then
    items[#items + 1] = item_of(word,
      { kind = "terminal", designator = designator, terminal = terminal })
    follow_terminals(items, words, index, designator)
  elseif designator then
    items[#items + 1] = item_of(word, { kind = "part", designator = designator, class = class })
  elseif guess then
    items[#items + 1] = item_of(word,
      { kind = "part", designator = guess, class = guessed_class, guessed = true })
  elseif parts.net(word.text) then
    items[#items + 1] = item_of(word, { kind = "net", name = parts.net(word.text) })
  else
    return
  end
  word.taken = true
end

-- In heights of the lettering: a value stands beside, above or under its designator.
local REACH = 6

local function distance(a, b)
  local dx = math.max(0, a[1] - b[1] - b[3], b[1] - a[1] - a[3])
  local dy = math.max(0, a[2] - b[2] - b[4], b[2] - a[2] - a[4])
  return math.sqrt(dx * dx + dy * dy)
end

local function pairs_of(items, words)
  local list = {}
  for _, item in ipairs(items) do
    local reach = REACH * math.min(item.box[4], item.box[3])
    for _, word in ipairs(item.kind == "part" and words or {}) do
      local gap = distance(item.box, word.box)
      if gap <= reach and fits(item.class, word.text) then
        list[#list + 1] = { item = item, word = word, gap = gap }
      end
    end
  end
  table.sort(list, function(a, b)
    return a.gap < b.gap
  end)
  return list
end

-- The nearest pairs first; a value belongs to one part.
local function add_values(items, words)
  local free = {}
  for _, word in ipairs(words) do
    free[#free + 1] = not word.taken and word or nil
  end
  for _, pair in ipairs(pairs_of(items, free)) do
    if not pair.item.value and not pair.word.taken then
      pair.item.value, pair.word.taken = pair.word.text, true
      pair.item.box = lines.union(pair.item.box, pair.word.box)
    end
  end
end

-- What only a value could have made a part: a guess is none without, and L1 is a phase.
local function settle(items)
  local list = {}
  for _, item in ipairs(items) do
    if not item.value and NETS[item.designator] and item.kind == "part" then
      item.kind, item.name, item.designator, item.class = "net", item.designator, nil, nil
    end
    list[#list + 1] = (item.value or not item.guessed) and item or nil
    item.guessed = nil
  end
  return list
end

--- The parts, terminals and nets of a circuit, from top to bottom.
---@param segments table[]
---@return table[] items            { kind = "part", designator, class, value?, … },
---  { kind = "terminal", designator, terminal, … }, { kind = "net", name, … }
---@return table<table, true> used  Segments that went into them whole.
function parts.read(segments)
  local words, items, used = words_of(segments), {}, {}
  for index = 1, #words do
    if not words[index].taken then
      read_word(items, words, index)
    end
  end
  add_values(items, words)
  for _, word in ipairs(words) do
    used[word.segment] = used[word.segment] ~= false and word.taken == true
  end
  return settle(items), used
end

local WORDS = {}
for word in ("schematic circuit wiring relay mains uart gpio schaltplan stromlaufplan verdrahtung "
  .. "kretsschema kopplingsschema elschema usb connector"):gmatch "%S+" do
  WORDS[word] = true
end

-- H7 is a fit before it is a mounting hole, M8 a thread before it is a motor.
local function is_mechanical(word)
  return word:find "^M%d" ~= nil or word:find "^[DEFHJKPSTUXY][5-9]$" ~= nil
    or word:find "^[DEFHJKPSTUXY]1[0-3]$" ~= nil
end

--- How strongly a word speaks for a circuit.
---@param word string
---@return number votes
function parts.votes(word)
  local clean = word:gsub("[,;:.]+$", "")
  if WORDS[spelling.fold(clean)] or NETS[clean] and #clean > 2 then
    return 2
  elseif parts.designator(clean) then
    return is_mechanical(clean) and 0 or 1
  end
  return (parts.is_value(clean) or parts.net(clean)) and 1 or 0
end

return parts
