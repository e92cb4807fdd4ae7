-- SPDX-License-Identifier: MIT
local ocr = require "vision.reading.ocr"
local text_layer = require "vision.reading.text_layer"
local witnesses = require "vision.reading.witnesses"

-- A layer with one word at 1 by 2 inches, as it stands at a resolution.
local function layer_at(dpi)
  return { width = 8 * dpi, height = 6 * dpi, dpi = dpi,
    words = { { text = "20", box = { dpi, 2 * dpi, dpi / 4, dpi / 8 }, rotation = 0 } } }
end

describe("the two witnesses of a page", function()
  local read_layer, read_picture = text_layer.read, ocr.read

  after_each(function()
    text_layer.read, ocr.read = read_layer, read_picture
  end)

  it("stand on one sheet where the page was too large for the resolution asked for", function()
    local asked = {}
    text_layer.read = function(_, _, dpi)
      asked[#asked + 1] = dpi
      return layer_at(dpi)
    end
    ocr.read = function()
      return { width = 800, height = 600, dpi = 100, words = layer_at(100).words, more = {},
        upright = { width = 800, height = 600, dpi = 100, turn = 0, straight = true } }
    end
    local found = assert(witnesses.ask(nil, { number = 1, dpi = 200, pdf = true }, {}))
    assert.same({ 200, 100 }, asked)
    assert.same({ 100, 200, 25, 12.5 }, found.layer.words[1].box)
    assert.same(found.seen.words[1].box, found.layer.words[1].box)
    assert.same({}, found.warnings)
  end)
end)
