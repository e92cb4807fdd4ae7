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

describe("findings", function()
  local LABEL = {
    dimensions = { "Ø8", "Ø8", "12,5", "R3" }, threads = { "M6" }, gdt = { "⏥|0,2", "//|0.1|A" },
    title_block = { title = "Long pin", scale = "2:1" },
  }

  local function callouts(...)
    local list = {}
    for i, text in ipairs { ... } do
      list[i] = { text = text }
    end
    return list
  end

  it("are the labels that were not read, each as often as it is missing", function()
    local found = eval.findings(LABEL, {
      callouts = callouts("⌀8", "8", "R 3", "⏥|0.2"), title_block = { title = "LONG PIN" },
    })
    assert.same({ "12,5", "M6" }, found.callouts)
    assert.same({ "Ø8" }, found.diameters)
    assert.same({ "//|0.1|A" }, found.frames)
    assert.same({ "scale: 2:1" }, found.title_block)
    assert.same({}, found.invented)
  end)

  it("are call-outs with a number that is not on the sheet", function()
    local found = eval.findings(LABEL, { callouts = callouts("12,5 40,2", "99", "R3", "A-A") })
    assert.same({ "12,5 40,2" }, found.misread)
    assert.same({ "99" }, found.invented)
  end)

  it("are all labels of a sheet that was not read", function()
    local found = eval.findings(LABEL, nil)
    assert.same({ 5, 2, 2, 2 },
      { #found.callouts, #found.diameters, #found.frames, #found.title_block })
  end)

  it("are as many as the figures say", function()
    local drawing = { callouts = callouts("Ø8", "3 40,2", "7") }
    local counts, found = eval.score(LABEL, drawing), eval.findings(LABEL, drawing)
    assert.equal(counts.callout_wanted - counts.callout_hits, #found.callouts)
    assert.equal(counts.diameter_wanted - counts.diameter_hits, #found.diameters)
    assert.equal(counts.frame_wanted - counts.frame_hits, #found.frames)
    assert.equal(counts.title_wanted - counts.title_hits, #found.title_block)
    assert.equal(counts.invented, #found.invented)
  end)
end)
