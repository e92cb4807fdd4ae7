-- SPDX-License-Identifier: MIT
local parts = require "vision.reading.parts"
local segments = require "spec.support.segments"

local at = segments.at

describe("designators", function()
  it("are those of IEEE 315 and of IEC 81346", function()
    local KNOWN = { R1 = "resistor", C12 = "capacitor", IC1 = "integrated circuit",
      J3 = "connector", LED2 = "LED", ["-F1"] = "protection", ["-X1"] = "terminals",
      ["-K2"] = "relay or controller" }
    for word, class in pairs(KNOWN) do
      assert.same({ word, class }, { parts.designator(word) })
    end
    assert.same({ "-X1", "terminals", "8" }, { parts.designator "-X1:8" })
    assert.same({ "-X2", "terminals", "PE" }, { parts.designator "-X2:PE" })
  end)

  it("end in digits, which the engine may spell as letters", function()
    assert.equal("-X0", (parts.designator "-xO"))
    assert.equal("-S0", (parts.designator "-SO"))
    for _, word in ipairs { "GND", "A4", "R", "12", "-12V", "-", "Main", "74HC4050", "R12345" } do
      assert.is_nil((parts.designator(word)), word)
    end
  end)
end)

describe("values and nets", function()
  it("are told apart", function()
    for _, word in ipairs { "10k", "4k7", "100n", "100nF", "2.2uF", "16MHz", "1M", "470R" } do
      assert.is_true(parts.is_value(word), word)
    end
    for _, word in ipairs { "+3.3V", "+12V", "24V", "0V", "GND", "VCC", "PE", "SDA", "-12V" } do
      assert.equal(word, parts.net(word))
      assert.is_false(parts.is_value(word), word)
    end
    assert.equal("0V", parts.net "ov")
    for _, word in ipairs { "12", "Main", "x", "10x20" } do
      assert.is_false(parts.is_value(word) or parts.net(word) ~= nil, word)
    end
  end)
end)

describe("the parts of a circuit", function()
  local function by_designator(list)
    local found = {}
    for _, item in ipairs(list) do
      found[item.designator or item.name] = item
    end
    return found
  end

  it("have the value that stands next to them", function()
    local found = by_designator(parts.read {
      at("R1", 100, 100), at("10k", 100, 125), at("R2", 300, 100), at("4k7", 300, 125),
      at("IC1", 500, 100), at("74HC4050", 500, 75), at("C1", 700, 100), at("C2", 800, 600),
    })
    assert.same({ "10k", "4k7", "74HC4050" },
      { found.R1.value, found.R2.value, found.IC1.value })
    assert.same({ 100, 100, 36, 45 }, found.R1.box)
    assert.is_nil(found.C1.value) -- a type number is no capacitance
    assert.is_nil(found.C2.value)
  end)

  it("take a value once, from the nearest", function()
    local found = by_designator(parts.read {
      at("R1", 100, 100), at("R2", 100, 130), at("10k", 160, 131),
    })
    assert.equal("10k", found.R2.value)
    assert.is_nil(found.R1.value)
  end)

  it("have terminals, also those written short", function()
    local words = { { text = "-X1:16", box = { 100, 100, 60, 20 }, confidence = 0.9 },
      { text = ":17", box = { 170, 100, 30, 20 }, confidence = 0.8 } }
    local list, used = parts.read { at("-X1:16 :17", 100, 100, { words = words }) }
    assert.equal(2, #list)
    assert.same({ "terminal", "-X1", "16" }, { list[1].kind, list[1].designator, list[1].terminal })
    assert.same({ "-X1", "17", 0.8 },
      { list[2].designator, list[2].terminal, list[2].confidence })
    assert.is_true(next(used) ~= nil and used[next(used)])
  end)

  it("are not made of what the engine guessed", function()
    assert.same({}, (parts.read { at("X17", 100, 100, { confidence = 0.1 }) }))
  end)

  it("may have lost their digit to a letter, where a value stands beside them", function()
    assert.same({}, (parts.read { at("Ji", 100, 100) }))
    local list = parts.read { at("Ji", 100, 100), at("Conn_01x08", 100, 125) }
    assert.same({ "J1", "Conn_01x08" }, { list[1].designator, list[1].value })
  end)

  it("are no phases: L1 is a coil only with an inductance", function()
    local list = parts.read { at("L1", 100, 100), at("L2", 100, 300), at("10uH", 100, 325) }
    assert.same({ "net", "L1" }, { list[1].kind, list[1].name })
    assert.same({ "part", "L2", "10uH" }, { list[2].kind, list[2].designator, list[2].value })
  end)

  it("leave lines with other words to the reader of text", function()
    local line = at("-K2 RaspberryPi", 100, 100)
    local _, used = parts.read { line }
    assert.is_false(used[line])
  end)

  it("are found in bounded time", function()
    local list, started = {}, os.clock()
    for index = 1, 6000 do
      list[index] = at(index % 2 == 0 and "R" .. index % 1000 or "10k", index, index)
    end
    parts.read(list)
    assert.is_true(os.clock() - started < 5)
  end)
end)
