-- SPDX-License-Identifier: MIT
local confidence = require "vision.reading.confidence"
local kind = require "vision.reading.kind"
local notes = require "vision.reading.notes"
local summary = require "vision.reading.summary"
local zones = require "vision.reading.zones"

local function segment(text, x, y, sure)
  return { text = text, box = { x or 0, y or 0, 12 * #text, 20 }, rotation = 0, height = 20,
    confidence = sure or 0.9, source = "ocr" }
end

local function segments(...)
  local list = {}
  for index, text in ipairs { ... } do
    list[index] = segment(text, 100, 100 * index)
  end
  return list
end

local function drawing(fields)
  local out = { kind = "mechanical", title_block = {}, callouts = {}, notes = {}, missing = {} }
  for key, value in pairs(fields) do
    out[key] = value
  end
  return out
end

describe("what was read, in sentences", function()
  local read = drawing {
    title_block = { title = "Flange", drawing_number = "VD-1", material = "1.4301", scale = "1:2",
      general_tolerance = "ISO 2768-mK" },
    callouts = {
      { type = "diameter", text = "Ø20", nominal = 20, unit = "mm" },
      { type = "diameter", text = "Ø12 ±0,1", nominal = 12, upper = 0.1, lower = -0.1 },
      { type = "length", text = "8", nominal = 8 },
      { type = "thread", text = "M8" }, { type = "thread", text = "M8" },
    },
    notes = { "Remove burrs" }, missing = { "creator" },
  }

  it("names the sheet and counts its call-outs", function()
    assert.equal('Mechanical drawing "Flange" (number VD-1, 1.4301, scale 1:2) with 5 call-outs: '
      .. "2 diameters, 1 length, 2 threads.", summary.sentence(read))
  end)

  it("gives facts one by one, but no notes: the drawing has those", function()
    assert.same({ "Main diameter: 20 mm", "Largest length: 8", "Threads: M8",
      "Tightest tolerance: Ø12 ±0,1", "Title: Flange", "Material: 1.4301",
      "General tolerance: ISO 2768-mK", "Scale: 1:2" }, summary.details(read))
  end)

  it("claims nothing for an empty sheet", function()
    local empty = drawing {}
    empty.kind = nil
    assert.equal("Drawing; no text was found on it.", summary.sentence(empty))
    assert.same({}, summary.details(empty))
  end)
end)

describe("the kind of a drawing", function()
  it("follows the evidence", function()
    assert.equal("mechanical", kind.of({}, { { type = "diameter", text = "Ø2" } }, {}))
    assert.equal("architectural", kind.of(segments("SOVRUM 1", "KÖK", "13 m²"), {}, {}))
    assert.equal("circuit", kind.of(segments("IC1", "GND", "+3.3V", "10n"), {}, {}))
    assert.equal("flowchart",
      kind.of(segments("Is response adequate?", "Yes", "No", "Start protocol"), {}, {}))
  end)

  it("is unknown without evidence", function()
    assert.is_nil(kind.of(segments("Hello"), {}, {}))
  end)

  it("takes numbers in a circuit for no call-outs", function()
    local numbers = { { type = "length", text = "12" } }
    assert.same({}, kind.callouts("circuit", numbers))
    assert.equal(numbers, kind.callouts("mechanical", numbers))
  end)
end)

describe("confidence", function()
  local value = { type = "diameter", text = "Ø42" }

  it("is nil where nothing supports one", function()
    assert.is_nil((confidence.of_callout(value, { source = "ocr" }, {})))
    assert.is_nil((confidence.of_reading({}, {})))
  end)

  it("is high for a text layer and lower for each repair", function()
    local exact = confidence.of_callout(value, { source = "text_layer" }, {})
    local plain = confidence.of_callout(value, { source = "ocr", confidence = 0.9 }, {})
    local repaired, reasons =
      confidence.of_callout(value, { source = "ocr", confidence = 0.9 }, { "diameter sign" })
    assert.is_true(exact > plain and plain > repaired)
    assert.is_true(repaired > 0 and exact < 1)
    assert.equal("diameter sign put right", reasons[#reasons])
  end)

  it("trusts a bare number less than a whole call-out", function()
    local seen = { source = "ocr", confidence = 0.9 }
    assert.is_true(confidence.of_callout({ type = "length", text = "16" }, seen, {})
      < confidence.of_callout({ type = "length", text = "16,5" }, seen, {}))
  end)

  it("of a sheet is the mean of its call-outs, else of its lines", function()
    assert.equal(0.6, (confidence.of_reading({ { confidence = 0.5 }, { confidence = 0.7 } }, {})))
    assert.equal(0.9, (confidence.of_reading({}, segments "line")))
  end)
end)

describe("notes", function()
  it("are sentences outside the title block, and instructions inside it", function()
    local list = {
      segment("Break all sharp edges", 100, 100), segment("and remove burrs", 100, 125),
      segment("A-A", 100, 400), segment("xq zv", 100, 600, 0.2),
      segment("E. Larsen", 900, 875), segment("|DO NOT SCALE DRAWING", 900, 900),
      segment("TOLERANCES:", 900, 1000),
    }
    local found = notes.read(list, function(one) return one.box[2] >= 875 end)
    assert.same({ "Break all sharp edges and remove burrs", "DO NOT SCALE DRAWING" }, found)
  end)
end)

describe("zones", function()
  local PAGE = { width = 1000, height = 700 }

  it("are the lone letters along the border", function()
    local sheet = { segment("1", 300, 5), segment("2", 600, 5), segment("A", 5, 200),
      segment("B", 5, 400), segment("A", 985, 200), segment("B", 985, 400),
      segment("20", 500, 350), segment("5", 400, 300), segment("frame", 500, 680) }
    local rest = zones.without(sheet, PAGE)
    assert.equal(3, #rest)
  end)

  it("leave the letters of a title block near the border", function()
    local sheet = { segment("1", 300, 5), segment("2", 600, 5), segment("A", 985, 200),
      segment("B", 985, 400), segment("C", 800, 640), segment("1/1", 900, 640) }
    local rest = zones.without(sheet, PAGE)
    assert.same({ "C", "1/1" }, { rest[1].text, rest[2].text, (rest[3] or {}).text })
  end)

  it("are none where a few numbers stand at the edge", function()
    local sheet = { segment("40", 980, 100), segment("8", 500, 5), segment("600", 300, 650) }
    assert.equal(3, #zones.without(sheet, PAGE))
  end)
end)
