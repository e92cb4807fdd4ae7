-- SPDX-License-Identifier: MIT
local consensus = require "vision.ensemble.consensus"
local description = require "vision.drawing.description"
local disagreement = require "vision.ensemble.disagreement"

local function input(name, callouts, title_block)
  local list = {}
  for i, text in ipairs(callouts) do list[i] = { text = text, type = "other", page = 1 } end
  return { name = name, reading = description.new { provider = name, summary = name,
    drawing = { callouts = list, title_block = title_block or {} } } }
end

local function of(inputs)
  local reading = assert(consensus.of(inputs, { calibration = { version = 1, readers = {} } }))
  return disagreement.of(reading, inputs)
end

describe("a disagreement", function()
  it("is none where readers say the same, however they spell it", function()
    assert.is_nil(of { input("a", { "Ø6,6", "M8" }, { revision = "B" }),
      input("b", { "⌀6.60", "M8" }, { revision = " b " }) })
  end)

  it("is none of one reader", function()
    assert.is_nil(of { input("a", { "Ø6,6" }, { revision = "B" }) })
  end)

  it("is none of what one says and another is silent of", function()
    assert.is_nil(of { input("a", {}, { revision = "B" }), input("b", {}, { title = "FLANGE" }) })
  end)

  it("names who says what of a field", function()
    local found = of { input("a", {}, { revision = "B", title = "FLANGE" }),
      input("b", {}, { revision = "C", title = "Flange" }), input("c", {}, { revision = "B" }) }
    assert.equal(1, found.count)
    assert.same({ "a", "b", "c" }, found.providers)
    assert.same({ revision = { { text = "B", sources = { "a", "c" } },
      { text = "C", sources = { "b" } } } }, found.title_block)
    assert.same({}, found.callouts)
  end)

  it("names call-outs that were read otherwise, or by too few", function()
    local found = of { input("a", { "Ø19,9", "R5" }), input("b", { "Ø19,9" }),
      input("c", { "Ø19,8" }) }
    assert.equal(2, found.count)
    assert.same({ text = "Ø19,9", sources = { "a", "b" },
      alternatives = { { text = "Ø19,8", sources = { "c" } } } }, found.callouts[1])
    assert.same({ text = "R5", sources = { "a" } }, found.callouts[2])
  end)

  it("counts all and names twenty", function()
    local one = {}
    for i = 1, 50 do one[i] = "R" .. 10 * i end
    local found = of { input("a", one), input("b", {}), input("c", {}) }
    assert.same({ 50, 20 }, { found.count, #found.callouts })
  end)
end)
