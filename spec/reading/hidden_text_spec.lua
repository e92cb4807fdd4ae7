-- SPDX-License-Identifier: MIT
local hidden_text = require "vision.reading.hidden_text"

local WORDS = { "Flange", "Material", "EN-10088", "Scale", "VD-1001-02", "2026-03-14", "edges" }

local function page(texts)
  local words = {}
  for index, text in ipairs(texts) do
    words[index] = { text = text, box = { 100, 40 * index, 100, 20 } }
  end
  return words
end

describe("a text layer", function()
  it("is of the page when OCR sees its words in their places", function()
    assert.is_false(hidden_text.is_foreign(page(WORDS), page(WORDS)))
  end)

  it("may be seen with the errors that OCR makes, and in part", function()
    local seen = page { "F1ange", "MateriaI", "x", "Scale", "VD-100I-02" }
    assert.is_false(hidden_text.is_foreign(page(WORDS), seen))
  end)

  it("is of another page when others stand there, or none", function()
    local seen = page { "Shaft", "Werkstoff", "42CrMo4", "Datum", "AW-2040", "Blatt", "Nitriert" }
    assert.is_true(hidden_text.is_foreign(page(WORDS), seen))
    assert.is_true(hidden_text.is_foreign(page(WORDS), {}))
  end)

  it("is of another page when its words stand elsewhere", function()
    local seen = page(WORDS)
    for _, word in ipairs(seen) do
      word.box[1] = word.box[1] + 300
    end
    assert.is_true(hidden_text.is_foreign(page(WORDS), seen))
  end)

  it("is not accused on the word of a few, or of short numbers", function()
    assert.is_false(hidden_text.is_foreign(page { "Flange", "Scale" }, {}))
    assert.is_false(hidden_text.is_foreign(page { "1", "20", "5", "R1", "8", "40", "H7" }, {}))
  end)
end)
