-- SPDX-License-Identifier: MIT
local lines = require "vision.reading.lines"

local function word(text, x, y, width, height, source, more)
  local out = { text = text, box = { x, y, width, height }, confidence = 0.9,
    source = source or "ocr" }
  for key, value in pairs(more or {}) do
    out[key] = value
  end
  return out
end

local function texts(words)
  local list = {}
  for _, segment in ipairs(lines.segments(words)) do
    list[#list + 1] = segment.text
  end
  return list
end

describe("line segments", function()
  it("joins words that stand close and keeps apart what does not", function()
    assert.same({ "Ø38 H12", "16" }, texts {
      word("H12", 85, 0, 60, 28), word("Ø38", 0, 0, 69, 28), word("16", 300, 0, 40, 28),
    })
  end)

  it("reads lettering that runs up the sheet", function()
    local found = lines.segments {
      word("35.00", 30, 100, 26, 82, "ocr", { rotation = 90 }),
      word("H8", 30, 60, 26, 30, "ocr", { rotation = 90 }),
    }
    assert.equal(1, #found)
    assert.equal("35.00 H8", found[1].text)
    assert.equal(90, found[1].rotation)
    assert.same({ 30, 60, 26, 122 }, found[1].box)
  end)

  it("joins deviations that stand one above the other to their size", function()
    assert.same({ "2x Ø19,9 0/-0,1" }, texts {
      word("2x", 0, 10, 32, 24), word("Ø19,9", 40, 8, 90, 29), word("0", 140, 0, 8, 12),
      word("-0,1", 138, 18, 30, 14),
    })
  end)

  it("joins stacked deviations of a turned dimension, lone zero included", function()
    assert.same({ "35.00 0.00/-0.20" }, texts {
      word("35.00", 815, 848, 26, 82), word("-0.20", 816, 763, 26, 76),
      word("0.00", 783, 763, 26, 64),
    })
  end)

  it("joins two limits but not two sizes", function()
    assert.same({ "16.00/15.50" },
      texts { word("16.00", 0, 0, 60, 25), word("15.50", 1, 34, 60, 25) })
    assert.same({ "0,98", "1,89" },
      texts { word("0,98", 0, 0, 60, 25), word("1,89", 1, 34, 60, 25) })
  end)

  it("joins deviations of which the longer one lost its sign", function()
    assert.same({ "2.750 .000/-.001" }, texts {
      word("2.750", 0, 5, 91, 25), word(".000", 118, 0, 42, 16), word(".001", 120, 22, 40, 16),
    })
  end)

  it("drops the mark that a following plus leaves at the end of a size", function()
    assert.same({ "62 +0,3" }, texts {
      word('62°"', 0, 5, 60, 28, "lettering", { rotation = 0 }),
      word("+0,3", 66, 0, 40, 18, "lettering", { rotation = 0 }),
    })
    assert.same({ "62° +0,3°" }, texts {
      word("62°", 0, 5, 60, 28, "lettering", { rotation = 0 }),
      word("+0,3°", 66, 0, 40, 18, "lettering", { rotation = 0 }),
    })
  end)

  it("leaves room for a lost sign behind a count", function()
    assert.same({ "2x 19,9" }, texts { word("2x", 0, 0, 32, 24), word("19,9", 86, 0, 60, 29) })
  end)

  it("puts the pieces of a slanted number together", function()
    assert.same({ "R0,50" }, texts {
      word("R0", 2026, 1135, 32, 65, "text_layer"), word(",5", 2059, 1163, 23, 57, "text_layer"),
      word("0", 2082, 1182, 15, 50, "text_layer"),
    })
  end)

  it("turns a text layer's line as a whole", function()
    local found = lines.segments {
      word("Ø40", 100, 200, 42, 75, "text_layer", { line = 3 }),
      word("H7", 100, 140, 42, 50, "text_layer", { line = 3 }),
    }
    assert.equal("Ø40 H7", found[1].text)
  end)

  it("keeps what the picture alone shows apart from exact text", function()
    assert.same({ "S", "Ra 3,2" }, texts {
      word("S", 0, -4, 40, 50), word("Ra", 50, 0, 46, 42, "text_layer"),
      word("3,2", 108, 0, 57, 42, "text_layer"),
    })
  end)

  it("joins the cells of a frame across its rules", function()
    assert.same({ "⟂ 0,05 A" }, texts {
      word("⟂", 0, 0, 30, 42, "text_layer"), word("0,05", 70, 0, 80, 42, "text_layer"),
      word("A", 190, 0, 24, 42, "text_layer"),
    })
  end)

  it("means the confidence over its words", function()
    local found = lines.segments {
      word("M8", 0, 0, 40, 24, "ocr", { confidence = 0.8 }),
      word("6H", 50, 0, 40, 24, "ocr", { confidence = 0.6 }),
    }
    assert.near(0.7, found[1].confidence, 1e-9)
  end)

  it("cuts a segment at bars and behind a word", function()
    local whole = lines.segments {
      word("SIZE", 0, 0, 47, 16), word("|", 52, -4, 3, 24), word("DRG", 60, 0, 46, 16),
      word("NO.", 112, 0, 36, 16),
    }[1]
    local parts = lines.split(whole, "^|$")
    assert.equal("SIZE", parts[1].text)
    assert.equal("DRG NO.", parts[2].text)
    local first, second = lines.cut(parts[2], 1)
    assert.equal("DRG", first.text)
    assert.equal("NO.", second.text)
  end)

  it("takes no words for no segments", function()
    assert.same({}, lines.segments {})
  end)

  it("keeps pace with a crowded sheet", function()
    local words = {}
    for index = 1, 6000 do
      words[index] = word("12,5", (index % 80) * 100, math.floor(index / 80) * 60, 60, 25)
    end
    local started = os.clock()
    assert.equal(6000, #lines.segments(words))
    assert.is_true(os.clock() - started < 20)
  end)
end)
