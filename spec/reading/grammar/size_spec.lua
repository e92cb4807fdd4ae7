-- SPDX-License-Identifier: MIT
local cases = require "spec.support.callout_cases"
local grammar = require "vision.reading.grammar"

describe("diameters and radii", function()
  cases(it, {
    { "Bohrung Ø6 H7", { type = "diameter", nominal = 6 } }, { "20 DIA", { type = "diameter" } },
    { "SR10", { type = "radius", sphere = true } },
    { "CR5", { type = "radius", controlled = true } },
    { "Kugel Ø20", { type = "diameter", sphere = true } },
    { "LK Ø60", { type = "diameter", pitch_circle = true } }, { "PCD 60", { pitch_circle = true } },
    { "Ø10 x 20", { nominal = 10, length = 20 } }, { "Ø12 x 90°", { nominal = 12, angle = 90 } },
    { "R.25", { nominal = 0.25 } }, { "Ø1 1/32", { nominal = 1.03125 } },
  })
end)

describe("chamfers, tapers and angles", function()
  cases(it, {
    { "C2", { type = "chamfer", nominal = 2 } },
    { "45° x 2", { type = "chamfer", nominal = 2, angle = 45 } },
    { "FASE 2x45°", { type = "chamfer", nominal = 2, angle = 45 } },
    { "1x 45°", { type = "chamfer", nominal = 1, angle = 45 } },
    { "⌲ 1:10", { type = "taper", ratio = { 1, 10 } } },
    { "Kegel 1:5", { type = "taper", ratio = { 1, 5 } } },
    { "slope 14%", { type = "slope", nominal = 14, unit = "%" } },
    { "lutning 1:50", { type = "slope", ratio = { 1, 50 } } },
    { "30° 15' 20\"", { type = "angle", nominal = 30, minutes = 15, seconds = 20 } },
    { "45 grader", { type = "angle", nominal = 45 } },
  })
end)

describe("lengths", function()
  cases(it, {
    { "□20", { square = true, nominal = 20 } }, { "SW 17", { across_flats = true } },
    { "17 A/F", { across_flats = true, nominal = 17 } }, { "NV 13", { across_flats = true } },
    { "t=2", { thickness = true, nominal = 2 } }, { "3 THK", { thickness = true, nominal = 3 } },
    { "⌒ 35", { type = "length", arc = true, nominal = 35 } },
    { "10x20x3", { sizes = { 10, 20, 3 } } }, { "20 mm x 30 mm", { sizes = { 20, 30 } } },
    { "25.4 [1.000]", { alternative = 1 } },
    { "25.4 (1.00)", { nominal = 25.4, alternative = 1 } },
    { "1 1/32", { nominal = 1.03125 } }, { "1/16", { nominal = 0.0625 } },
    { '3/8"', { nominal = 0.375, unit = "inch" } },
    { "3/8", { nominal = 0.375 }, unit = "inch" },
    { "5'-6\"", { nominal = 66, feet = 5, inches = 6, unit = "inch" } },
    { "5' 6 1/2\"", { nominal = 66.5 } },
  })

  it("are no sheet numbers, scales or scraps", function()
    for _, text in ipairs { "1/2", "3/8", "12'", "2/4", "4/5", "25.4 (2.00)", "1:10", "t5",
      "24,5 m", "1/16", "C45", "CA 12", "30-120 ±0,3" } do
      assert.is_nil(grammar.parse(text, "mm"), text)
    end
  end)

  it("measured from one edge stand in a row that starts with 0", function()
    local values = grammar.parse_all("0 25,00 39,90", "mm")
    assert.equal(3, #values)
    assert.same({ "39,90", 39.9, true, "mm" },
      { values[3].text, values[3].nominal, values[3].ordinate, values[3].unit })
    assert.is_nil(grammar.parse_all "0 40 25")
    assert.is_nil(grammar.parse_all "0 10 20 30") -- a scale bar
  end)
end)
