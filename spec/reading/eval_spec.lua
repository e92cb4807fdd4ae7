-- SPDX-License-Identifier: MIT
local eval = require "vision.reading.eval"
local json = require "vision.base.json"

describe("scoring: numbers of a text", function()
  for text, numbers in pairs {
    ["2x Ø19,9 0/-0,1"] = { "2", "19.9", "0", "0.1" },
    ["4xØ6.60 +0.40/-0.10"] = { "4", "6.60", "0.40", "0.10" },
    ["M8x1.25 - 6H ↧20"] = { "8", "1.25", "6", "20" },
    ["R0,15 Rx5"] = { "0.15", "5" },
    ["H12 AT3 42"] = { "42" },
    [".150 1⁄2"] = { ".150", "1", "2" },
    ["2x3x4"] = { "2", "3", "4" },
    ["1.2.3 20."] = { "1.2", "3", "20" },
    ["⌀5 ∅6 ø7"] = { "5", "6", "7" },
    ["armx5 25X Ø3"] = { "25", "3" },
    ["no number"] = {},
  } do
    it(("in %q"):format(text), function()
      assert.same(numbers, eval.numbers(text))
    end)
  end
end)

describe("scoring: one spelling", function()
  it("of call-outs", function()
    assert.equal("2x19.90/-0.1", eval.plain "2x Ø19,9 0/-0,1")
    assert.equal(eval.plain "70.50 ±0.05", eval.plain "70,50 +-0,05")
    assert.equal("anodiserad15-20um", eval.plain "Anodiserad 15-20µm")
  end)

  it("of frames", function()
    assert.equal("⌖|Ø0.3CZⓂ|AⓂ", eval.frame "⊕ | ⌀0,3 CZ(M) | A(M)|")
    assert.equal("//|0.2|B", eval.frame "∥|0.2|B")
  end)
end)

-- Figures that another implementation of the same rules gave for these answers.
describe("scoring: recorded answers", function()
  local file = assert(io.open("spec/reading/fixtures/scores.json", "rb"))
  local recorded = assert(json.decode(file:read "*a"))
  file:close()

  for name, case in pairs(recorded.sheets) do
    it("of " .. name, function()
      local figures = eval.figures(eval.score(case.label, case.drawing))
      for _, figure in ipairs(eval.FIGURES) do
        assert.equal(case.figures[figure], figures[figure], figure)
      end
    end)
  end

  it("of all", function()
    local total = {}
    for _, case in pairs(recorded.sheets) do
      eval.add(total, eval.score(case.label, case.drawing))
    end
    local figures = eval.figures(total)
    for _, figure in ipairs(eval.FIGURES) do
      assert.equal(recorded.total[figure], figures[figure], figure)
    end
  end)

  it("of a sheet that was not read", function()
    local figures = eval.figures(eval.score({ dimensions = { "Ø5" }, title_block = {} }, nil))
    assert.equal(0, figures.number_recall)
    assert.is_nil(figures.number_precision)
    assert.equal(0, figures.number_f1)
    assert.equal(0, figures.diameters)
    assert.is_nil(figures.frames)
  end)
end)
