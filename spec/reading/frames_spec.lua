-- SPDX-License-Identifier: MIT
local frames = require "vision.reading.frames"
local grammar = require "vision.reading.grammar"
local lines = require "vision.reading.lines"

-- Cells of 60 by 40 pixels, side by side; what the reader's step `frames` gives.
local function row(x, y, ...)
  local list = {}
  for index, text in ipairs { ... } do
    list[index] = { text = text, confidence = 0.9, box = { x + (index - 1) * 62, y, 58, 38 } }
  end
  return { cells = list }
end

local function found(...)
  return { rotation = 0, box = {}, rows = { ... } }
end

local function seen(text, x, y, w, h, confidence)
  return lines.segments({ { text = text, box = { x, y, w, h }, rotation = 0, source = "ocr",
    confidence = confidence or 0.9 } })[1]
end

local function layer(text, x, y)
  return { text = text, box = { x, y, 20, 24 }, source = "text_layer" }
end

local function texts(segments)
  local list = {}
  for index, segment in ipairs(segments) do
    list[index] = segment.text
  end
  table.sort(list)
  return table.concat(list, "  ")
end

describe("a frame in a line of text", function()
  for written, meant in pairs {
    ["//|0.2| B"] = "//|0.2|B",
    ["↗ 0,02 A-B"] = "↗|0,02|A-B",
    ["⌖ Ø0.3CZⓂ|AⓂ"] = "⌖|Ø0.3CZⓂ|AⓂ",
    ["⌖|Ø0.3CZⓂ|AⓂ"] = "⌖|Ø0.3CZⓂ|AⓂ",
    ["| 0,2 | A| B"] = "0,2|A|B",
    ["⊥ 0.1 A"] = "⟂|0.1|A",
  } do
    it(("is %q for %q"):format(meant, written), function()
      assert.equal(meant, frames.read(written))
    end)
  end

  for _, text in ipairs { "20", "A|B", "|", "SCALE | 1:1", "0.2|", "1|2|3", "Ø0.3 mm", "12|A" } do
    it(("is not in %q"):format(text), function()
      assert.is_nil(frames.read(text))
    end)
  end
end)

describe("boxes of a page", function()
  it("become call-outs in the place of what was read in them", function()
    local segments = { seen("(c} 0.2", 102, 105, 110, 30), seen("60", 400, 100, 30, 24) }
    local read = frames.apply(segments, { found(row(100, 100, "⌖", "Ø0.2Ⓜ", "A")) })
    assert.equal("60  ⌖|Ø0.2Ⓜ|A", texts(read))
    assert.equal("position", grammar.parse("⌖|Ø0.2Ⓜ|A").characteristic)
  end)

  it("give a call-out for each row of a stack, also where rows share a cell", function()
    local first, second = row(100, 100, "⌖", "Ø0.4", "A"), row(100, 140, "⌖", "Ø0.1", "A")
    first.cells[1].box = { 100, 100, 58, 78 }
    second.cells[1] = first.cells[1]
    local read = frames.apply({}, { found(first, second) })
    assert.equal("⌖|Ø0.1|A  ⌖|Ø0.4|A", texts(read))
  end)

  it("count once, however often the reader finds them", function()
    local frame, single = row(100, 100, "⏥", "0,1"), row(300, 100, "B")
    local read, datums = frames.apply({}, { found(frame), found(single), found(frame),
      found(single) })
    assert.equal("⏥|0,1", texts(read))
    assert.equal(1, #datums)
  end)

  it("that are no frames leave everything as it was", function()
    local segments = { seen("REV", 104, 106, 40, 24), seen("A4", 170, 106, 30, 24) }
    local read, datums = frames.apply(segments, { found(row(100, 100, "REV", "A4")) })
    assert.equal("A4  REV", texts(read))
    assert.same({}, datums)
  end)

  it("name the datums of the sheet", function()
    local _, datums = frames.apply({ seen("A", 118, 106, 20, 24) }, { found(row(100, 100, "A")),
      found(row(300, 100, "-B-")) })
    assert.equal("A", datums[1].letter)
    assert.same({ 100, 100, 58, 38 }, datums[1].box)
    assert.equal("B", datums[2].letter)
  end)

  it("make a dimension theoretically exact", function()
    local read = frames.apply({ seen("|45.25", 96, 106, 60, 24, 0.4) },
      { found(row(100, 100, "45.25")) })
    local exact = {}
    for _, segment in ipairs(read) do
      exact[segment.text] = segment.basic
    end
    assert.is_true(exact["45.25"])
  end)

  it("are not believed with a lone digit, a tolerance, brackets, or doubts", function()
    local unsure = row(500, 100, "45.25")
    unsure.cells[1].confidence = 0.3
    local read, datums = frames.apply({}, { found(row(100, 100, "5°")),
      found(row(300, 100, "20 ±0,1")), found(unsure), found(row(700, 100, "REV")),
      found(row(900, 100, "(Ø60,00)")) })
    assert.equal("", texts(read))
    assert.same({}, datums)
  end)

  it("are none where lettering crosses their rules", function()
    local read = frames.apply({ seen("145.25", 60, 106, 96, 24) },
      { found(row(100, 100, "45.25")) })
    assert.equal("145.25", texts(read))
  end)

  it("take digits from a text layer and signs from the picture", function()
    local words = { layer("0,02", 175, 108), layer("A", 245, 108) }
    local read = frames.apply({}, { found(row(100, 100, "◎", "Ø0.82Ⓜ", "4")) }, words)
    assert.equal("◎|Ø0,02Ⓜ|A", texts(read))
    assert.equal("text_layer", read[1].source)
  end)

  it("take the picture's text where a word of the layer reaches over two cells", function()
    local wide = { text = "0,02 A", box = { 170, 108, 60, 24 }, source = "text_layer" }
    local read = frames.apply({}, { found(row(100, 100, "◎", "Ø0,02", "A")) }, { wide })
    assert.equal("◎|Ø0,02|A", texts(read))
    assert.equal("ocr", read[1].source)
  end)

  it("may be absent", function()
    local segments = { seen("60", 400, 100, 30, 24) }
    assert.equal("60", texts((frames.apply(segments, nil))))
  end)
end)
