-- SPDX-License-Identifier: MIT
local notes = require "vision.reading.notes"
local summary = require "vision.reading.summary"
local zones = require "vision.reading.zones"

local function segment(text, x, y, sure)
  return { text = text, box = { x or 0, y or 0, 12 * #text, 20 }, rotation = 0, height = 20,
    confidence = sure or 0.9, source = "ocr" }
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

  it("names the sheet, counts its call-outs and says what matters most", function()
    assert.equal('Mechanical drawing "Flange" (number VD-1, 1.4301, scale 1:2) with 5 call-outs: '
      .. "2 diameters, 1 length, 2 threads. Main diameter: 20 mm. Largest length: 8. Threads: M8. "
      .. "Tightest tolerance: Ø12 ±0,1. General tolerance: ISO 2768-mK. "
      .. "Not found on the sheet: creator.",
      summary.sentence(read))
  end)

  it("gives facts one by one, but no notes: the drawing has those", function()
    assert.same({ "Main diameter: 20 mm", "Largest length: 8", "Threads: M8",
      "Tightest tolerance: Ø12 ±0,1", "Title: Flange", "Material: 1.4301",
      "General tolerance: ISO 2768-mK", "Scale: 1:2" }, summary.details(read))
  end)

  it("holds a fit for tight, though its width stands in a standard", function()
    local fine = drawing { callouts = {
      { type = "diameter", text = "Ø40 H7", nominal = 40, fit = "H7" },
      { type = "length", text = "20 ±0,05", nominal = 20, upper = 0.05, lower = -0.05 },
      { type = "length", text = "8 H12", nominal = 8, fit = "H12" },
    } }
    assert.is_truthy(summary.sentence(fine):find("Tightest tolerance: Ø40 H7.", 1, true))
  end)

  it("compares a fit with other tolerances in the unit of the sheet", function()
    local inches = drawing { callouts = {
      { type = "length", text = "2.0 ±.0015", nominal = 2, upper = 0.0015, lower = -0.0015,
        unit = "inch" },
      { type = "diameter", text = "Ø1.5 H7", nominal = 1.5, fit = "H7", unit = "inch" },
    } }
    assert.is_truthy(summary.sentence(inches):find("Tightest tolerance: Ø1.5 H7.", 1, true))
  end)

  it("says nothing of the part by what is in doubt", function()
    local odd = drawing { callouts = {
      { type = "diameter", text = "Ø250", nominal = 250, warnings = { "a large one" } },
      { type = "diameter", text = "Ø2.5", nominal = 2.5 },
      { type = "length", text = "90", nominal = 90, confidence = 0.2 },
      { type = "length", text = "3 ±.0", nominal = 3, upper = 0.001, lower = 0, confidence = 0.2 },
    } }
    local text = summary.sentence(odd)
    assert.is_truthy(text:find("Main diameter: 2.5.", 1, true))
    assert.is_nil(text:find("Largest length", 1, true))
    assert.is_nil(text:find("Tightest", 1, true))
  end)

  it("says what is in doubt, and why", function()
    local odd = drawing { callouts = {
      { type = "length", text = "20 ±8", nominal = 20, warnings = { "a wide one" } },
      { type = "length", text = "7", nominal = 7, confidence = 0.3 },
      { type = "length", text = "9", nominal = 9, confidence = 0.9 },
    } }
    assert.is_truthy(summary.sentence(odd):find("2 call-outs should be checked.", 1, true))
    local details = summary.details(odd)
    assert.equal("Doubtful: 20 ±8 (a wide one); 7 (hard to read)", details[#details])
  end)

  it("tells the rooms of a plan", function()
    local plan = drawing { kind = "architectural", items = {
      { kind = "room", name = "KÖK", use = "kitchen", area = 9, unit = "m²" },
      { kind = "room", name = "SOVRUM 1", use = "bedroom", area = 13.5, unit = "m²" },
      { kind = "room", name = "Atelier", use = "room", size = "3,5 x 4 m" },
      { kind = "text", text = "N" },
    } }
    assert.equal("Architectural drawing with 3 rooms: KÖK 9 m², SOVRUM 1 13.5 m², Atelier. "
      .. "The 2 areas that are given add up to 22.5 m².", summary.sentence(plan))
    assert.same({ "KÖK (kitchen): 9 m²", "SOVRUM 1 (bedroom): 13.5 m²", "Atelier: 3,5 x 4 m" },
      summary.details(plan))
  end)

  it("tells the parts of a circuit, each once", function()
    local circuit = drawing { kind = "circuit", items = {
      { kind = "part", designator = "R1", class = "resistor" },
      { kind = "part", designator = "R1", class = "resistor", value = "10k" },
      { kind = "terminal", designator = "-X1", terminal = "8" },
      { kind = "terminal", designator = "-X1", terminal = "9" },
      { kind = "net", name = "GND" }, { kind = "net", name = "GND" },
    } }
    assert.equal("Circuit diagram with 1 part: R1 10k. Terminals of -X1. Nets: GND.",
      summary.sentence(circuit))
    assert.same({ "R1: resistor, 10k", "-X1: terminals 8, 9", "Nets: GND" },
      summary.details(circuit))
  end)

  it("tells the steps of a chart and where its branches lead", function()
    local chart = drawing { kind = "flowchart", items = {
      { kind = "terminator", number = 1, text = "Start" },
      { kind = "decision", number = 2, text = "Done?" },
      { kind = "branch", from = 2, to = 3, text = "No" },
      { kind = "branch", from = 2, text = "Yes" },
      { kind = "step", number = 3, text = "Work" },
    } }
    assert.equal('Flow chart with 1 step and 1 decision, from "Start" to "Work".',
      summary.sentence(chart))
    assert.same({ "1. Start", "2. Done? No to 3; Yes", "3. Work" }, summary.details(chart))
  end)

  it("falls back on text where nothing of the kind was found", function()
    local bare = drawing { kind = "circuit", text = { "Hello" } }
    assert.equal("Circuit diagram with 1 line of text and no call-outs.", summary.sentence(bare))
  end)

  it("claims nothing for an empty sheet", function()
    local empty = drawing {}
    empty.kind = nil
    assert.equal("Drawing on which no text was found.", summary.sentence(empty))
    assert.same({}, summary.details(empty))
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
