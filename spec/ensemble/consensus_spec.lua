-- SPDX-License-Identifier: MIT
local consensus = require "vision.ensemble.consensus"
local description = require "vision.drawing.description"

local NONE = { version = 1, readers = {} }

-- A reading with these call-outs: texts, or tables.
local function reading(provider, callouts, more)
  local list = {}
  for i, callout in ipairs(callouts) do
    list[i] = type(callout) == "string" and { text = callout, type = "other", page = 1 } or callout
  end
  local drawing = { kind = "mechanical", callouts = list, title_block = {}, notes = {},
    missing = {} }
  for name, value in pairs(more or {}) do drawing[name] = value end
  return { name = provider, reading = description.new { provider = provider,
    summary = "read by " .. provider, drawing = drawing } }
end

local function of(inputs, measured)
  return assert(consensus.of(inputs, { calibration = measured or NONE }))
end

local function texts(list)
  local out = {}
  for i, callout in ipairs(list) do out[i] = callout.text end
  return out
end

describe("a consensus", function()
  it("keeps what enough read, by value and not by spelling", function()
    local result = of {
      reading("a", { "4x Ø6,6", "M8", "R5" }),
      reading("b", { { text = "Ø6.60", type = "diameter", quantity = 4, page = 1 }, "M8", "R7" }),
      reading("c", { "4 x ⌀6.6", "M8" }),
    }
    local callouts = result.drawing.callouts
    assert.same({ "4x Ø6,6", "M8" }, texts(callouts))
    assert.same({ "a", "b", "c" }, callouts[1].sources)
    assert.same({ "R5", "R7" }, texts(result.drawing.unconfirmed))
    assert.same({ "b" }, result.drawing.unconfirmed[2].sources)
    assert.is_true(callouts[1].confidence > 0.95)
    assert.is_true(result.drawing.unconfirmed[1].confidence < 0.5)
    assert.matches("2 call%-outs that too few read", result.warnings[1])
    assert.matches("agreement of a, b, c over 2", result.confidence_reasons[1])
    assert.equal("consensus", result.provider)
    assert.same({ "a", "b", "c" }, result.sources)
  end)

  it("keeps a size as often as it stands there", function()
    local result = of {
      reading("a", { "Ø10", "Ø10", "Ø10" }), reading("b", { "Ø10", "Ø10" }),
      reading("c", { "Ø10", "Ø10" }),
    }
    assert.same({ "Ø10", "Ø10" }, texts(result.drawing.callouts))
  end)

  it("keeps dissent with who said it", function()
    local result = of {
      reading("a", { "Ø19,9 0/-0,1" }), reading("b", { "Ø19,9 0/-0,1" }),
      reading("c", { "Ø19,8 0/-0,1" }),
    }
    local callout = result.drawing.callouts[1]
    assert.equal("Ø19,9 0/-0,1", callout.text)
    assert.same({ { text = "Ø19,8 0/-0,1", sources = { "c" } } }, callout.alternatives)
    assert.equal(0, #result.drawing.unconfirmed)
    -- Of two, one against the other: neither is likely; nothing is lost.
    result = of { reading("a", { "Ø19,9" }), reading("b", { "Ø19,8" }) }
    assert.equal(0, #result.drawing.callouts)
    assert.equal("Ø19,9", result.drawing.unconfirmed[1].text)
    assert.equal("Ø19,8", result.drawing.unconfirmed[1].alternatives[1].text)
  end)

  it("marks what no local reading has seen", function()
    local here = reading("local", { { text = "Ø20", type = "diameter", confidence = 0.9, page = 1,
      box = { 10, 10, 40, 10 } } }, { notes = { "all radii 2,50" }, dpi = 200 })
    local result = of { here, reading("a", { "Ø20", "R2,5", "M8" }),
      reading("b", { "Ø20", "R2,5", "M8" }) }
    local callouts = result.drawing.callouts
    assert.same({ "Ø20", "R2,5", "M8" }, texts(callouts))
    assert.is_true(callouts[1].supported)
    assert.same({ 10, 10, 40, 10 }, callouts[1].box)
    assert.is_true(callouts[2].supported) -- the number stands in a note
    assert.is_false(callouts[3].supported)
    assert.is_true(callouts[3].confidence < callouts[2].confidence)
    assert.matches("1 call%-outs hold numbers that were not seen", result.warnings[1])
    assert.equal(200, result.drawing.dpi)
    -- With nobody to see there is no word about it.
    result = of { reading("a", { "M8" }), reading("b", { "M8" }) }
    assert.is_nil(result.drawing.callouts[1].supported)
  end)

  it("goes by places where both have them", function()
    local function at(x, text)
      return { text = text, type = "length", page = 1, box = { x, 10, 40, 10 }, confidence = 0.9 }
    end
    local result = of { reading("a", { at(0, "20"), at(100, "20") }),
      reading("b", { at(101, "20"), at(200, "20") }), reading("c", { at(102, "20") }) }
    assert.same({ "20" }, texts(result.drawing.callouts))
    assert.same({ "a", "b", "c" }, result.drawing.callouts[1].sources)
    assert.same({ 100, 10, 40, 10 }, result.drawing.callouts[1].box)
    assert.equal(2, #result.drawing.unconfirmed)
    -- At one place two values are one call-out, however unlike they are.
    result = of { reading("a", { at(0, "20") }), reading("b", { at(2, "20") }),
      reading("c", { at(1, "85") }) }
    assert.equal("85", result.drawing.callouts[1].alternatives[1].text)
  end)

  it("weighs by what was measured, and by what it is told", function()
    local inputs = { reading("good", { "M8" }), reading("bad", { "R5" }) }
    local measured = { version = 1, readers = {
      good = { precision = 0.97, recall = 0.95, drawings = 20, callouts = 300 },
      bad = { precision = 0.5, recall = 0.4, drawings = 20, callouts = 300 } } }
    local result = of(inputs, measured)
    assert.same({ "M8" }, texts(result.drawing.callouts))
    assert.same({ "R5" }, texts(result.drawing.unconfirmed))
    assert.is_nil(result.confidence_reasons[2])
    -- A weight of 0 is shown, but counts for nothing.
    inputs = { reading("a", { "M8" }), reading("b", { "M8", "R5" }) }
    inputs[2].weight = 0
    local known = of(inputs)
    assert.equal(0.85, known.drawing.callouts[1].confidence)
    assert.same({ "a", "b" }, known.drawing.callouts[1].sources)
  end)

  it("states what its curve says", function()
    local inputs = { reading("a", { "M8" }), reading("b", { "M8" }) }
    local figure = of(inputs).drawing.callouts[1].confidence
    local measured = { version = 1, readers = {}, curve = { { 0.5, 0.2 }, { 1, 0.6 } } }
    local worth = of(inputs, measured).drawing.callouts[1].confidence
    assert.is_true(math.abs(worth - (0.2 + 0.4 * (figure - 0.5) / 0.5)) < 0.02)
  end)

  it("votes on the fields of the title block", function()
    local function block(name, fields) return reading(name, {}, { title_block = fields }) end
    local result = of {
      block("a", { title = "Flange", material = "1.4301", scale = "1:2" }),
      block("b", { title = "FLANGE", material = "1.4307" }),
      block("c", { title = "Flange ", material = "1.4301" }),
    }
    assert.same({ title = "Flange", material = "1.4301" }, result.drawing.title_block)
    local votes = result.drawing.title_block_votes
    assert.same({ "a", "b", "c" }, votes.title.sources)
    assert.same({ { text = "1.4307", sources = { "b" } } }, votes.material.alternatives)
    assert.is_nil(votes.scale) -- one of three alone
  end)

  it("is the same whatever it is asked in", function()
    local inputs = {}
    for i = 1, 4 do
      inputs[i] = reading("r" .. i, { "Ø10", "M" .. 4 + i, "12,5", "Ra 3,2", "⏥|0,2" })
    end
    local first = require("vision.base.json").encode(of(inputs).drawing)
    for _ = 1, 5 do
      assert.equal(first, require("vision.base.json").encode(of(inputs).drawing))
    end
  end)

  it("has no vote of a raw text, and says where there is none at all", function()
    local raw = { name = "raw", reading = description.new { provider = "raw", summary = "text" } }
    local result = of { raw, reading("a", { "M8" }) }
    assert.same({ "a" }, result.sources)
    assert.same({ "M8" }, texts(result.drawing.callouts))
    local none, err = consensus.of({ raw }, { calibration = NONE })
    assert.is_nil(none)
    assert.equal("invalid_response", err.reason)
  end)
end)
