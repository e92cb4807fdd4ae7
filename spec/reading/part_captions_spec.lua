-- SPDX-License-Identifier: MIT
local part_captions = require "vision.reading.part_captions"

local function segment(text, x, y)
  return { text = text, box = { x, y, 12 * #text, 20 }, rotation = 0, height = 20 }
end

describe("captions of parts", function()
  it("name each part of a sheet and how many there are", function()
    assert.same({
      { designation = "Frame side", quantity = 3 }, { designation = "Stütze", quantity = 12 },
      { designation = "Fot", quantity = 4 },
    }, part_captions.read {
      segment("Frame", 100, 70), segment("side", 100, 100), segment("3 pieces", 100, 130),
      segment("size 8", 100, 160),
      segment("Stütze", 800, 300), segment("Anzahl: 12", 800, 330),
      segment("Fot", 500, 600), segment("4 st", 500, 630),
    })
  end)

  it("are no dimensions and no lone counts", function()
    assert.same({}, part_captions.read { segment("2 st M8", 100, 100), segment("Ø38", 100, 300),
      segment("R5", 100, 325), segment("Notes", 100, 600), segment("1. Remove burrs", 100, 630) })
  end)
end)
