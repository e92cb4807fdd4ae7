-- SPDX-License-Identifier: MIT
local general_tolerance = require "vision.reading.general_tolerance"

local function standard(text)
  local found = general_tolerance.standard(text) or {}
  return { found.text, found.standard, found.class, found.geometry }
end

describe("the class of a standard", function()
  it("is found with its letters", function()
    assert.same({ "ISO 2768-mK", "ISO 2768", "m", "K" }, standard "ISO 2768-mK")
    assert.same({ "DIN ISO 2768-fH", "ISO 2768", "f", "H" }, standard "nach DIN ISO 2768-fH")
    assert.same({ "ISO 2768-1 m", "ISO 2768", "m" }, standard "ISO 2768-1 m")
    assert.same({ "DIN 7168 mittel", "DIN 7168", "m" }, standard "DIN 7168 mittel")
    assert.same({ "DIN EN ISO 13920-BF", "ISO 13920", "B", "F" }, standard "DIN EN ISO 13920-BF")
    assert.same({ "ISO 22081", "ISO 22081" }, standard "ISO 22081")
    assert.same({ "ISO 8062-3 DCTG 9", "ISO 8062", "DCTG 9" }, standard "ISO 8062-3 DCTG 9")
  end)

  it("is not made up where the text has none", function()
    assert.same({ "ISO 2768", "ISO 2768" }, standard "ISO 2768 applies")
    assert.is_nil(general_tolerance.standard "ISO 9001")
    assert.is_nil(general_tolerance.standard "M8 - 6H")
  end)

  it("has the class that a further reading of its line gives", function()
    assert.equal("ISO 2768-1 m", general_tolerance.text(
      general_tolerance.read { "ISO 2768-1", "m", "ISO 2768-1 m" }))
    assert.equal("ISO 2768-mK", general_tolerance.standard("ISO 2768—mK").text)
  end)

  it("is read through what OCR makes of its name", function()
    assert.same({ "ISO 2768-mK", "ISO 2768", "m", "K" }, standard "1SO 2768-mK")
  end)
end)

describe("a row of a tolerance block", function()
  local function row(text)
    local found = general_tolerance.row(text) or {}
    return { found.applies_to, found.decimals, found.upper, found.lower }
  end

  it("says for which sizes a band holds", function()
    assert.same({ "decimals", 2, 0.01, -0.01 }, row ".XX ±.01")
    assert.same({ "decimals", 1, 0.2, -0.2 }, row "X.X = ±0,2")
    assert.same({ "decimals", 3, 0.005, -0.005 }, row "THREE PLACE DECIMAL ± .005")
    assert.same({ "fractions", nil, 1 / 64, -1 / 64 }, row "FRACTIONS ± 1/64")
    assert.same({ "angles", nil, 1, -1 }, row "WINKEL: ±1°")
    assert.same({ "linear", nil, 0.1, -0.2 }, row "LINEAR: +0.1/-0.2")
  end)

  it("takes a lone sign that OCR wrote for ±", function()
    assert.same({ "fractions", nil, 1 / 64, -1 / 64 }, row "FRACTIONS + 1/64")
    assert.same({ "decimals", 2, 0.02, -0.02 }, row "«XX £ .02")
    assert.same({ "decimals", 3, 0.01, -0.01 }, row "XXX .010")
  end)

  it("is none without a key, a sign or a value", function()
    assert.same({}, row "±0.1")
    assert.same({}, row "ANGULAR:")
    assert.same({}, row "XXX 12")
    assert.same({}, row "FRACTIONS ± 1/0")
    assert.same({}, row "LINEAR ±0")
  end)
end)

describe("general tolerances", function()
  local BLOCK = { "UNLESS OTHERWISE SPECIFIED", "FRACTIONS ± 1/64", "ANGLES ± 1°", ".XX ± .02" }

  it("of a block are its rows, in one line and in parts", function()
    local entries = general_tolerance.read(BLOCK)
    assert.equal(3, #entries)
    local text = general_tolerance.text(entries)
    assert.equal("FRACTIONS ±1/64; ANGLES ±1°; .XX ±.02", text)
    local again = general_tolerance.parse(text)
    assert.equal("fractions", again[1].applies_to)
    assert.equal(0.02, again[3].upper)
  end)

  it("of one linear band are the band", function()
    assert.equal("±0.05mm",
      general_tolerance.text(general_tolerance.read { "General tolerances ±0.05mm" }))
    assert.equal("+0.1/-0.1",
      general_tolerance.text(general_tolerance.read { "TOLERANZEN:", "LINEAR: +0.1/-0.1" }))
    assert.equal("±0.1", general_tolerance.parse("±0.1")[1].text)
  end)

  it("are not taken from rows that no block introduces", function()
    assert.same({}, general_tolerance.read { ".XX ± .02" })
    assert.same({}, general_tolerance.parse(nil))
  end)
end)
