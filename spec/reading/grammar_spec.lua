-- SPDX-License-Identifier: MIT
local grammar = require "vision.reading.grammar"

-- What is written -> the fields that matter. Every number on the right stands on the left.
local CASES = {
  { "Ø42", { type = "diameter", nominal = 42, unit = "mm" } },
  { "2x Ø19,9 0/-0,1",
    { type = "diameter", quantity = 2, nominal = 19.9, upper = 0, lower = -0.1 } },
  { "Ø38 H12", { type = "diameter", nominal = 38, fit = "H12" } },
  { "Ø20 H7/k6", { type = "diameter", nominal = 20, fit = "H7/k6" } },
  { "Ø20 H7 (+0,021/0)", { fit = "H7", upper = 0.021, lower = 0 } },
  { "Ø20 -0,02/-0,05", { upper = -0.02, lower = -0.05 } },
  { "SØ20", { type = "diameter", sphere = true, nominal = 20 } },
  { "Ø5 THRU ALL", { nominal = 5, through = true } },
  { "Ø6 (X2)", { nominal = 6, quantity = 2 } },
  { "Ø550/A3", { nominal = 550, datum_target = "A3" } },
  { "4xØ5.8-5.85", { quantity = 4, limits = { upper = 5.85, lower = 5.8 } } },
  { "Ø6,80 ↧26,25", { type = "diameter", nominal = 6.8, depth = 26.25 } },
  { "Ø11 ↧20 ⌴ Ø18 ↧12",
    { nominal = 11, depth = 20, counterbore = { diameter = 18, depth = 12 } } },
  { "Ø6 ⌵ Ø12 x 90°", { nominal = 6, countersink = { diameter = 12, angle = 90 } } },
  { "Ø10 for pin", { nominal = 10, remark = "for pin", text = "Ø10" } },
  { "⌴ Ø18,00 ↧ 12,00", { type = "counterbore", nominal = 18, depth = 12 } },
  { "R1.00 ±0.10", { type = "radius", nominal = 1, upper = 0.1, lower = -0.1 } },
  { "R5 (TYP)", { type = "radius", nominal = 5, typical = true } },
  { "45,0°", { type = "angle", nominal = 45, unit = "°" } },
  { "30° 15'", { type = "angle", nominal = 30, minutes = 15 } },
  { "1x45°", { type = "chamfer", nominal = 1, angle = 45 } },
  { "2x45", { type = "chamfer", nominal = 2, angle = 45 } },
  { "4 x CHAMFER 0,2", { type = "chamfer", quantity = 4, nominal = 0.2 } },
  { "(25,5)", { type = "length", nominal = 25.5, reference = true } },
  { "[6.144]", { type = "length", nominal = 6.144, basic = true } },
  { "16.00/15.50", { type = "length", limits = { upper = 16, lower = 15.5 } } },
  { "35.36 +0.03/-0.03", { nominal = 35.36, upper = 0.03, lower = -0.03 } },
  { "2x 19,9", { type = "length", quantity = 2, nominal = 19.9 } },
  { "10x20", { type = "length", sizes = { 10, 20 } } },
  { "10 max.", { nominal = 10, maximum = true } },
  { "~ 0.010 ALL", { nominal = 0.01, approximate = true, all = true } },
  { '1 1/2"', { nominal = 1.5, unit = "inch" } },
  { "M8", { type = "thread", thread = { standard = "ISO metric", size = 8 } } },
  { "M8x1.25 - 6H ↧ 20",
    { thread = { standard = "ISO metric", size = 8, pitch = 1.25, class = "6H" }, depth = 20 } },
  { "M12x1,5 LH", { thread = { standard = "ISO metric", size = 12, pitch = 1.5, hand = "left" } } },
  { "M6 x 12", { thread = { standard = "ISO metric", size = 6 }, length = 12 } },
  { "4 x M8 Gewinde durchgehend",
    { quantity = 4, text = "4 x M8", remark = "Gewinde durchgehend", through = true } },
  { "#10-24 UNC-2B THRU", { through = true,
    thread = { standard = "unified", size = "#10", tpi = 24, series = "UNC", class = "2B" } } },
  { "1/4-20 UNC-2B",
    { thread = { standard = "unified", size = "1/4", tpi = 20, series = "UNC", class = "2B" } } },
  { "1/4 NPT", { thread = { standard = "NPT", size = "1/4" } } },
  { "G1/4", { thread = { standard = "ISO 228", size = "1/4" } } },
  { "Tr20x4-7e",
    { thread = { standard = "ISO trapezoidal", size = 20, pitch = 4, class = "7e" } } },
  { "Ra 3,2", { type = "surface_finish", parameter = "Ra", nominal = 3.2 } },
  { "L Rz 2.5", { type = "surface_finish", parameter = "Rz", nominal = 2.5 } },
  { "N7", { type = "surface_finish", grade = "N7" } },
  { "//|0.2|B", { type = "frame", characteristic = "parallelism", zone = { value = 0.2 },
    datums = { { datum = "B" } } } },
  { "⌖|Ø0.3CZⓂ|AⓂ", { type = "frame", characteristic = "position",
    zone = { diameter = true, value = 0.3, modifiers = { "CZ", "Ⓜ" } },
    datums = { { datum = "A", modifiers = { "Ⓜ" } } } } },
  { "↗|0,02|A-B", { characteristic = "circular run-out", datums = { { datum = "A-B" } } } },
  { "0,02|A", { type = "frame", zone = { value = 0.02 }, datums = { { datum = "A" } } } },
}

local OTHERS = {
  "", "A-A", "SCALE 1:1", "ISO 2768-mK", "2022-08-26", "18.19 g", "2 pieces", "3 HOLES", "038",
  "DETAIL B", "90.2|A", "Ø4 +9", "www.example.org", "1.2.3", ("9"):rep(400), ("Ø1 "):rep(100),
}

describe("the grammar of call-outs", function()
  for _, case in ipairs(CASES) do
    it("reads " .. case[1], function()
      local value = assert(grammar.parse(case[1], "mm"), "no call-out")
      for field, wanted in pairs(case[2]) do
        assert.same(wanted, value[field], field)
      end
    end)
  end

  it("gives the text back as it was written", function()
    assert.equal("2x Ø19,9 0/-0,1", grammar.parse("2x Ø19,9 0/-0,1").text)
  end)

  it("names no unit that neither the text nor the sheet names", function()
    assert.is_nil(grammar.parse("20").unit)
    assert.equal("mm", grammar.parse("1,5mm", "inch").unit)
  end)

  for _, text in ipairs(OTHERS) do
    it(("takes %q for no call-out"):format(text:sub(1, 30)), function()
      assert.is_nil(grammar.parse(text, "mm"))
    end)
  end

  it("splits what ran together, where each part has its sign", function()
    local values = grammar.parse_all "Ø6,80 ↧26,25 M8x1.25 - 6H ↧20"
    assert.equal(2, #values)
    assert.same({ "Ø6,80 ↧26,25", 6.8, 26.25 },
      { values[1].text, values[1].nominal, values[1].depth })
    assert.same({ "M8x1.25 - 6H ↧20", 1.25, 20 },
      { values[2].text, values[2].thread.pitch, values[2].depth })
    assert.equal(3, #grammar.parse_all "2x Ø6,6 2x M8 R5")
    assert.equal(2, #grammar.parse_all "Ø6,8 M8")
    assert.is_nil(grammar.parse "Ø6,80 ↧26,25 M8x1.25 - 6H ↧20")
  end)

  it("sets a sign aside that ink left behind a call-out", function()
    assert.equal("Ø.562 ±.010", grammar.parse("Ø.562 ±.010 ⌒").text)
  end)

  it("keeps a bore with its hole, and splits no bare numbers", function()
    assert.equal(1, #grammar.parse_all "Ø6,6 THRU ⌴ Ø11 ↧ 6,8")
    assert.is_nil(grammar.parse_all "20 30")
    assert.is_nil(grammar.parse_all "R5 20")
    assert.is_nil(grammar.parse_all(("Ø1 "):rep(7)))
  end)
end)
