-- SPDX-License-Identifier: MIT
-- The grammar against noise: scraps of call-outs, any bytes, hostile repetitions.
local grammar = require "vision.reading.grammar"

-- A generator of its own, so that a failure can be made again.
local function random_texts(count, alphabet, longest)
  local state, texts = 20261, {}
  local function random(most)
    state = (state * 1103515 + 12345) % 2147483
    return state % most + 1
  end
  for index = 1, count do
    local parts = {}
    for place = 1, random(longest) do
      parts[place] = alphabet[random(#alphabet)]
    end
    texts[index] = table.concat(parts)
  end
  return texts
end

local PIECES = { "Ø", "R", "M", "x", "X", " ", " ", "0", "1", "2", "8", "5", "45", ",", ".", "+",
  "-", "±", "/", "°", "(", ")", "[", "]", "|", "↧", "⌴", "H7", "g6", "Ra", "THRU", "TYP", "⟂", "A",
  "Ⓜ", "#", "UNC", "mm", "'", '"', "6H", "CHAMFER", "Tr", "max", "⌵", "√", "□", "G", "Rp", "NPT",
  "%", ":", "=", "SW", "t", "Senkung", "tief", "genomg.", "LH", "Rz", "~", "PCD", "C", "N" }

-- Every run of digits, so that 19,9 and 19.9 and 0.05 from ",05" are found again.
local function digit_runs(text)
  local runs = {}
  for run in text:gmatch "%d+" do
    runs[run:gsub("^0+", "")] = true
  end
  return runs
end

local function each_number(value, visit)
  for _, item in pairs(value) do
    if type(item) == "number" then
      visit(item)
    elseif type(item) == "table" then
      each_number(item, visit)
    end
  end
end

local function without_fraction(text)
  return not text:find "%d/%d"
end

-- All numbers of a value but the sum of feet and inches, which is exact arithmetic.
local function numbers_of(value)
  local list = {}
  for _, one in ipairs(value) do
    one.nominal = not one.feet and one.nominal or nil
    each_number(one, function(number)
      list[#list + 1] = number
    end)
  end
  return list
end

-- "2.50" is 2.5: zeros behind the last decimal go; a whole number may have had some.
local function is_written(number, runs)
  for run in ("%.10g"):format(math.abs(number)):gsub("^0%.", ""):gmatch "%d+" do
    run = run:gsub("^0+", "")
    local found = runs[run] or run == ""
    for written in pairs(runs) do
      found = found or written:gsub("0+$", "") == run
    end
    if not found then
      return false
    end
  end
  return true
end

-- Seconds for `count` readings of one text, the best of three.
local function cost(text, count)
  local best = math.huge
  for _ = 1, 3 do
    local started = os.clock()
    for _ = 1, count do
      grammar.parse_all(text)
    end
    best = math.min(best, os.clock() - started)
  end
  return best
end

local HOSTILE = { "(", "[", "1x", "2x Ø5 ", "Ø1 ", "+0,1 ", "A|", "↧1 ", "1/2 ", "Ø1 H7 (", "⌴ Ø1 ",
  "⌵ Ø1 x 90° ", "M8x1 ", "9", "0 1 ", "°", "TYP ", "max ", "Ø1 ↧1 ⌴ Ø2 ↧3 ", "1' ", "(4x) ", "ä",
  "Ra 1 ", "Ø1 x 1 ", "1 x ", "\255" }

describe("the grammar of call-outs, fed with noise,", function()
  it("never gives a number that the text does not hold", function()
    local read = 0
    for _, text in ipairs(random_texts(40000, PIECES, 9)) do
      local values = without_fraction(text) and grammar.parse_all(text)
      if values then
        read = read + 1
        local runs = digit_runs(text)
        for _, number in ipairs(numbers_of(values)) do
          assert(is_written(number, runs), ("%s gave %g"):format(text, number))
        end
      end
    end
    assert(read > 500, "the generator must hit call-outs, it hit " .. read)
  end)

  it("keeps the lower deviation below the upper one, and texts within the text", function()
    for _, text in ipairs(random_texts(40000, PIECES, 9)) do
      for _, value in ipairs(grammar.parse_all(text) or {}) do
        assert(not (value.upper and value.lower) or value.lower <= value.upper, text)
        assert(value.text ~= "" and text:find(value.text, 1, true), text)
      end
    end
  end)

  it("bears any bytes", function()
    local bytes = {}
    for byte = 0, 255 do
      bytes[#bytes + 1] = string.char(byte)
    end
    for _, text in ipairs(random_texts(20000, bytes, 60)) do
      grammar.parse_all(text)
    end
  end)

  it("costs time in proportion to the text, at most", function()
    -- Twice the text may cost a few times as much, never the square of it many times over.
    for _, piece in ipairs(HOSTILE) do
      local half = math.floor(grammar.MAXIMUM_BYTES / 2 / #piece)
      local short, long = piece:rep(half), piece:rep(2 * half)
      assert(cost(long, 100) < 8 * cost(short, 100) + 0.05, piece)
    end
  end)

  it("costs nothing beyond its longest text", function()
    assert(cost(("Ø1 H7 ("):rep(100000), 1000) < 0.05)
  end)
end)
