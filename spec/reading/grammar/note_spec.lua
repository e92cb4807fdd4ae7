-- SPDX-License-Identifier: MIT
local cases = require "spec.support.callout_cases"
local grammar = require "vision.reading.grammar"

describe("counts and short words", function()
  cases(it, {
    { "4xØ6", { quantity = 4 } }, { "(4X) Ø6", { quantity = 4 } }, { "4-Ø6", { quantity = 4 } },
    { "4 HOLES Ø6,6", { quantity = 4, nominal = 6.6 } }, { "4 Bohrungen Ø6", { quantity = 4 } },
    { "4 hål Ø6", { quantity = 4 } }, { "R5 (4x)", { quantity = 4 } },
    { "R5 4x", { quantity = 4 } }, { "20 (X2)", { quantity = 2 } },
    { "R5 TYP 4 PLACES", { quantity = 4, typical = true } }, { "4x 2x45°", { quantity = 4 } },
    { "4x 1/4-20 UNC", { quantity = 4 } }, { "4x #10-24", { quantity = 4 } },
    { "(2x 25,5)", { quantity = 2, reference = true } },
    { "max. 20", { maximum = true } }, { "R0,5 max", { maximum = true } },
    { "mind. 5", { minimum = true } }, { "ca. 20", { approximate = true } },
    { "Ø6,6 durch", { through = true } }, { "Ø6,6 genomg.", { through = true } },
    { "Ø6,6 GENOMGÅENDE", { through = true } }, { "Ø6,6 genomgaende", { through = true } },
    { "Ø5 beidseitig", { both_sides = true } }, { "6x Ø6 EQ SP", { equally_spaced = true } },
    { "20 BSC", { basic = true } }, { "25 REF", { reference = true } },
  })

  it("count what follows, not what stands before", function()
    local values = grammar.parse_all "Ø6 4x M8"
    assert.is_nil(values[1].quantity)
    assert.equal(4, values[2].quantity)
  end)

  it("tell a count from a size", function()
    assert.same({ 12, 20 }, grammar.parse("12 x 20 mm").sizes)
    assert.equal(12, grammar.parse("12x 20").quantity)
    local chamfer, angles = grammar.parse "2 x 45°", grammar.parse "2x 45°"
    assert.same({ "chamfer", 2 }, { chamfer.type, chamfer.nominal })
    assert.same({ "angle", 2 }, { angles.type, angles.quantity })
  end)
end)
