-- SPDX-License-Identifier: MIT
local checks = require "vision.reading.checks"
local grammar = require "vision.reading.grammar"

local function failures(text, unit)
  return checks.of_value(assert(grammar.parse(text, unit or "mm"), text))
end

local RIGHT = {
  "Ø42", "2x Ø19,9 0/-0,1", "R0,2 ±0,1", "Ø20 H7/k6", "10 H7", "M8x1.25 - 6H ↧20", "M8", "M30x3",
  "1/4-20 UNC-2B", "#10-24 UNC", ".190-32 UNF", "No. 8-32 UNC", "1 1/2-6 UNC", "3/8-16",
  "1.5-12 UN", "1/4-27 UNS", "16.00/15.50", "45° ±30'", "Ø6,6 ⌴ Ø11 ↧ 6", "20 ±2", "N7", "Tr20x4",
}

-- What a misread digit makes of call-outs, and what the check says about it.
local WRONG = {
  { "20 ±8", "large for a size" }, { "Ø100 +0,1/-90", "large for a size" },
  { "M8x1.26", "no pitch of 1.26 for M8" }, { "M8,5", "no size of ISO 261" },
  { "M6x1.25", "no pitch" }, { "1/4-21 UNC", "has no 1/4%-21 UNC" },
  { "1/4-28 UNC", "has no 1/4%-28" }, { "#7-32 UNC", "has no #7%-32" },
  { "Ø20 A7", "no class A7" }, { "Ø20 j9", "no class j9" },
  { "Ø20 h7/H6", "does not pair" }, { "18.00/10.50", "far apart" },
  { "Ø11 ⌴ Ø6 ↧ 6", "no wider than its hole" }, { "400°", "angle of 400" },
  { "30° 75'", "60 minutes" },
}

describe("checks of a value", function()
  for _, text in ipairs(RIGHT) do
    it("find nothing wrong with " .. text, function()
      assert.same({}, failures(text, text:find "UN" and "inch"))
    end)
  end

  for _, case in ipairs(WRONG) do
    it("doubt " .. case[1], function()
      assert.matches(case[2], table.concat(failures(case[1]), "; "))
    end)
  end

  it("doubt limits in the wrong order, and a count of none", function()
    assert.same({ "the lower limit 0.2 is above the upper one 0.1" },
      checks.of_value { type = "length", nominal = 20, upper = 0.1, lower = 0.2 })
    assert.same({ "a count of 0" }, checks.of_value { type = "radius", nominal = 5, quantity = 0 })
  end)

  it("change no value", function()
    local value = grammar.parse "M8x1.26"
    checks.of_value(value)
    assert.same(grammar.parse "M8x1.26", value)
  end)
end)

describe("checks of a sheet", function()
  local function callouts(texts)
    local list = {}
    for index, text in ipairs(texts) do
      list[index] = assert(grammar.parse(text, "mm"), text)
    end
    return list
  end

  it("find the one decimal sign that differs", function()
    local list = callouts { "1,5", "2,5", "Ø3,5", "R4,5", "6,5", "7.5", "M8x1.25" }
    local odd = checks.of_sheet(list, {})
    assert.same({ "the sheet writes decimals with the other sign" }, odd[list[6]])
    assert.is_nil(odd[list[1]])
    assert.is_nil(odd[list[7]])
  end)

  it("say nothing of decimal signs where both are common, or few are there", function()
    assert.same({}, (checks.of_sheet(callouts { "1,5", "2.5", "3,5", "4.5", "5,5" }, {})))
    assert.same({}, (checks.of_sheet(callouts { "1,5", "2.5" }, {})))
  end)

  it("find the number that lost its decimal sign", function()
    local list = callouts { "1.625", "2.562", "Ø4.188", ".312", "1.742/1.738", "Ø250", "10",
      "R1/4" }
    local odd = checks.of_sheet(list, {})
    assert.same({ "far larger than the rest of the sheet: a decimal sign may be lost" },
      odd[list[6]])
    assert.is_nil(odd[list[7]])
    assert.is_nil(odd[list[8]])
    assert.same({}, (checks.of_sheet(callouts { "1.5", "2.5", "3.5", "4.5", "5.5", "20", "30", "60",
      "90" }, {})))
  end)

  it("miss the datums that frames name and the sheet does not show", function()
    local list = callouts { "//|0.2|B", "⌖|Ø0.3|A|C", "↗|0,02|A-B" }
    local odd = checks.of_sheet(list, { A = true, B = true })
    assert.same({ "datum C was not found on the sheet" }, odd[list[2]])
    assert.is_nil(odd[list[1]])
    assert.is_nil(odd[list[3]])
  end)

  it("do not miss datums where the engine found none, unless a text layer has the frame", function()
    local list = callouts { "//|0.2|B" }
    assert.same({}, (checks.of_sheet(list, { X = true })))
    list[1].sources = { "text_layer" }
    assert.same({ "datum B was not found on the sheet" },
      checks.of_sheet(list, { X = true })[list[1]])
  end)
end)
