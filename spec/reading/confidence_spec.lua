-- SPDX-License-Identifier: MIT
local confidence = require "vision.reading.confidence"
local grammar = require "vision.reading.grammar"

local SEEN = { source = "ocr", confidence = 0.9 }

describe("confidence", function()
  local value = { type = "diameter", text = "Ø42" }

  it("is nil where nothing supports one", function()
    assert.is_nil((confidence.of_callout(value, { source = "ocr" }, {})))
    assert.is_nil((confidence.of_reading({}, {})))
  end)

  it("is high for a text layer and lower for each repair", function()
    local exact = confidence.of_callout(value, { source = "text_layer" }, {})
    local plain = confidence.of_callout(value, SEEN, {})
    local repaired, reasons = confidence.of_callout(value, SEEN, { "diameter sign" })
    assert.is_true(exact > plain and plain > repaired)
    assert.is_true(repaired > 0 and exact < 1)
    assert.equal("diameter sign put right", reasons[#reasons])
  end)

  it("trusts a bare number less than a whole call-out", function()
    assert.is_true(confidence.of_callout({ type = "length", text = "16" }, SEEN, {})
      < confidence.of_callout({ type = "length", text = "16,5" }, SEEN, {}))
  end)

  it("of a sheet is the mean of its call-outs, else of its lines", function()
    assert.equal(0.6, (confidence.of_reading({ { confidence = 0.5 }, { confidence = 0.7 } }, {})))
    assert.equal(0.9, (confidence.of_reading({}, { { text = "line", confidence = 0.9 } })))
  end)
end)

describe("confidence of a sheet that shows no part", function()
  it("is that of its rooms, parts or steps, beside its call-outs", function()
    local items = { { kind = "room", confidence = 0.9 }, { kind = "text", confidence = 0.1 } }
    assert.same({ 0.7, { "mean over 1 item and 1 call-out" } },
      { confidence.of_reading({ { confidence = 0.5 } }, {}, items) })
    assert.same({ 0.9, { "mean over 1 item" } }, { confidence.of_reading({}, {}, items) })
    local figure, reasons = confidence.of_reading({}, { { confidence = 0.3 } }, { items[2] })
    assert.same({ 0.3, { "mean over 1 line" } }, { figure, reasons })
  end)
end)

describe("a check that failed", function()
  -- What a page gives to the review: a value with its confidence.
  local function callout(text, box)
    local read = assert(grammar.parse(text, "mm"), text)
    read.confidence, read.reasons = confidence.of_callout(read, SEEN, {})
    read.box = box
    return read
  end

  it("lowers the confidence, with its reason, and becomes a warning", function()
    local right, wrong = callout "M8x1.25", callout "M8x1.26"
    local before = wrong.confidence
    assert.is_true(before < right.confidence)
    confidence.review({ right, wrong }, {})
    assert.is_nil(right.warnings)
    assert.same({ "ISO 261 has no pitch of 1.26 for M8" }, wrong.warnings)
    assert.equal(wrong.warnings[1], wrong.reasons[#wrong.reasons])
    assert.equal(before, wrong.confidence)
    assert.equal(1.26, wrong.thread.pitch)
  end)

  it("on the sheet lowers it too, but less", function()
    local frame, known = callout "⟂|0.02|A", callout "⟂|0.02|B"
    local before = frame.confidence
    confidence.review({ frame, known }, { B = true })
    assert.same({ "datum A was not found on the sheet" }, frame.warnings)
    assert.is_true(frame.confidence < before and frame.confidence > 0.8 * before)
    assert.equal(before, known.confidence)
  end)

  it("gives no confidence to what has none", function()
    local frame, known = callout "⟂|0.02|A", callout "⟂|0.02|B"
    frame.confidence = nil
    confidence.review({ frame, known }, { B = true })
    assert.is_nil(frame.confidence)
    assert.equal(1, #frame.warnings)
  end)

  it("is counted among the reasons of the sheet", function()
    local _, reasons = confidence.of_reading({ { confidence = 0.5, warnings = { "odd" } } }, {})
    assert.same({ "mean over 1 call-out", "1 of them did not pass a check" }, reasons)
  end)
end)

describe("lengths that add up", function()
  it("are trusted more", function()
    local list = {}
    for index, text in ipairs { "20", "30", "50" } do
      list[index] = grammar.parse(text, "mm")
      list[index].confidence, list[index].reasons = 0.6, {}
    end
    list[1].box, list[2].box = { 40, 100, 20, 10 }, { 165, 100, 20, 10 }
    list[3].box = { 115, 140, 20, 10 }
    confidence.review(list, {})
    for _, one in ipairs(list) do
      assert.equal(0.8, one.confidence)
      assert.same({ "20 + 30 = 50 adds up" }, one.reasons)
    end
  end)

  it("but for one digit are trusted less, and keep their value", function()
    local list = {}
    for index, text in ipairs { "80", "106", "180" } do
      list[index] = grammar.parse(text, "mm")
      list[index].confidence, list[index].reasons, list[index].sources = 0.8, {}, { "ocr" }
    end
    list[1].box, list[2].box = { 190, 100, 20, 20 }, { 640, 100, 20, 20 }
    list[3].box = { 440, 140, 20, 20 }
    confidence.review(list, {})
    assert.equal(106, list[2].nominal)
    assert.equal(0.72, list[2].confidence)
    assert.same({ "80 + 106 = 186, not 180: a digit may be misread" }, list[2].warnings)
    assert.same(list[2].warnings, list[2].reasons)
    list[2].sources, list[2].warnings = { "text_layer" }, nil
    confidence.review(list, {})
    assert.is_nil(list[2].warnings)
  end)
end)
