-- SPDX-License-Identifier: MIT
local cases = require "spec.support.callout_cases"
local grammar = require "vision.reading.grammar"

describe("deviations, fits and limits", function()
  cases(it, {
    { "12 ±0.1/-0.2", { nominal = 12, upper = 0.1, lower = -0.2 } },
    { "20 +/-0,1", { upper = 0.1, lower = -0.1 } },
    { "20 +0,1-0,2", { upper = 0.1, lower = -0.2 } },
    { "20 -0,2/+0,1", { upper = 0.1, lower = -0.2 } },
    { "35.00 0.00/-0.20", { nominal = 35, upper = 0, lower = -0.2 } },
    { "20 +0,2", { upper = 0.2 } }, { "3.438 .000/-.005", { upper = 0, lower = -0.005 } },
    { "Ø8,80 H8 (+0,022/0)", { fit = "H8", upper = 0.022, lower = 0 } },
    { "Ø20 H7 (20,021/20,000)", { fit = "H7", limits = { upper = 20.021, lower = 20 } } },
    { "Ø20h6", { fit = "h6" } }, { "10 H7", { fit = "H7" } }, { "Ø40 M7", { fit = "M7" } },
    { "H7/k6", { type = "fit", fit = "H7/k6" } },
    { "Ø3.2 - 3.4", { limits = { upper = 3.4, lower = 3.2 } } },
    { "45° ±30'", { type = "angle", upper = 30, lower = -30, deviation_unit = "'" } },
    { "20° +1°/-0,5°", { type = "angle", nominal = 20, upper = 1, lower = -0.5 } },
    { "20 ±0,5°", { type = "angle", nominal = 20, upper = 0.5 } },
  })

  it("are given once: a second tolerance belongs to something else", function()
    assert.is_nil(grammar.parse "Ø20 ±0,1 ±0,2")
    assert.is_nil(grammar.parse "Ø20 H7 H8")
    assert.is_nil(grammar.parse "2016-0.7-11")
  end)

  it("take no thread, radius or count for a fit", function()
    assert.is_nil(grammar.parse "10 M8")
    assert.is_nil(grammar.parse "10 R5")
    assert.is_nil(grammar.parse "6,2 m2")
    assert.equal(8, grammar.parse("Ø20 x8").quantity)
  end)
end)
