-- SPDX-License-Identifier: MIT
local text_lines = require "vision.reading.text_lines"

local function word(text, x, y, width, sure, source)
  return { text = text, box = { x, y, width, 20 }, confidence = sure, rotation = 0,
    source = source or "ocr" }
end

local function texts(words, lettering)
  local found = {}
  local list = text_lines.read { width = 2000, height = 1000, words = words, more = { lettering } }
  for _, segment in ipairs(list) do
    found[#found + 1] = segment.text
  end
  table.sort(found)
  return found
end

describe("the lines of a picture", function()
  it("are those of the pass that says most", function()
    assert.same({ "BH=700" }, texts({ word("BH=700", 500, 500, 80, 0.85) },
      { word("700", 545, 500, 35, 0.95, "lettering") }))
    assert.same({ "+3.3V" }, texts({ word("3", 500, 500, 50, 0.7) },
      { word("+3.3V", 500, 500, 50, 0.9, "lettering") }))
  end)

  it("keep the scrap of a square that another pass cannot write", function()
    assert.same({ "11m?" }, texts({ word("11m?", 500, 500, 50, 0.8) },
      { word("11m", 500, 500, 45, 0.99, "lettering") }))
  end)

  it("have what a further pass found alone, if it is sure of it", function()
    assert.same({ "GND", "R12" }, texts({ word("GND", 500, 500, 50, 0.9) },
      { word("R12", 900, 500, 40, 0.9, "lettering"), word("x2", 900, 800, 40, 0.3, "lettering") }))
  end)
end)
