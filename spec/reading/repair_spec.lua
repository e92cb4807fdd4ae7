-- SPDX-License-Identifier: MIT
local repair = require "vision.reading.repair"

local COMMA = { decimal = ",", share = 1 }
local UNSURE = { decimal = ".", share = 0.5 }

-- The last spelling offered is the boldest.
local function boldest(text, evidence, options)
  local list = repair.candidates(text, evidence or UNSURE, options)
  return list[#list].text, list
end

describe("OCR repairs", function()
  for written, meant in pairs {
    ["@38 H12"] = "Ø38 H12",
    ["042"] = "Ø42",
    ["2x@8,80 H8"] = "2xØ8,80 H8",
    ["PD 16,5"] = "Ø16,5",
    ["G11"] = "Ø11",
    ["©9,14"] = "Ø9,14",
    ["4x @ 11,00 ¥ 20,00"] = "4x Ø11,00 ↧ 20,00",
    ["L_J| D 18,00 VY 12,00"] = "⌴ Ø18,00 ↧ 12,00",
    ["70.50 +0.05"] = "70.50 ±0.05",
    ["RO,15"] = "R0,15",
    ["16.0O"] = "16.00",
    ["4xÖ6.60"] = "4xØ6.60",
    ["R l,5"] = "R 1,5",
    ["45o"] = "45°",
    ["12,5)"] = "(12,5)",
    ["|20"] = "20",
    ["19 ,9"] = "19,9",
    ["M8x1.25 - 6H VY 20"] = "M8x1.25 - 6H ↧ 20",
  } do
    it(("reads %q as %q"):format(written, meant), function()
      assert.equal(meant, (boldest(written)))
    end)
  end

  it("puts a lost decimal sign back only where a number could not begin so", function()
    assert.equal("R0,15", (boldest("R015", COMMA)))
    assert.equal("±0,05", (boldest("±005", COMMA)))
    assert.equal("150", (boldest("150", COMMA)))
  end)

  it("offers the unrepaired spelling first and names what it did", function()
    local _, list = boldest("@38")
    assert.equal("@38", list[1].text)
    assert.same({ "diameter sign" }, list[2].repairs)
  end)

  it("takes a dash for a point where the sheet has points", function()
    local points = { decimal = ".", share = 0.9 }
    assert.equal("3.250", (boldest("3-250", points)))
    assert.equal("3-250", (boldest("3-250", COMMA)))
    assert.equal("1/4-20 UNC", (boldest("1/4-20 UNC", points)))
    assert.equal("5.8-5.85", (boldest("5.8-5.85", points)))
  end)

  it("takes a doubtful name for no diameter", function()
    for _, text in ipairs { "D4", "02", "A3", "C", "G1" } do
      assert.equal(1, #repair.candidates(text, UNSURE), text)
    end
  end)

  it("leaves the signs of stacked deviations alone", function()
    assert.equal("16,5 +0,1/0", (boldest("16,5 +0,1/0", COMMA, { signs_known = true })))
  end)

  it("writes decimals as the sheet does, where the sheet is of one mind", function()
    assert.equal("8,80", (boldest("8.80", COMMA)))
    assert.equal("8,80", (boldest("8,80", UNSURE)))
  end)

  it("finds the sheet's decimal sign from its numbers", function()
    local sign, share = repair.decimal_sign { "19,9", "20,00", "M8x1.25", "A-A" }
    assert.equal(",", sign)
    assert.is_true(share > 0.6 and share < 0.7)
    local _, none = repair.decimal_sign { "20" }
    assert.equal(0, none)
  end)

  it("never changes a digit", function()
    for _, text in ipairs { "@38", "4x @ 11,00 ¥ 20,00", "70.50 +0.05", "R015", "05,50" } do
      for _, candidate in ipairs(repair.candidates(text, COMMA)) do
        local before, after = text:gsub("%D", ""), candidate.text:gsub("%D", "")
        -- A leading zero may have been the diameter sign.
        assert.is_true(before == after or before:gsub("^0", "") == after, text)
      end
    end
  end)
end)
