-- SPDX-License-Identifier: MIT
local merge = require "vision.reading.merge"

local function layer(text, x, y, width, height)
  return { text = text, box = { x, y, width, height }, confidence = 1, source = "text_layer" }
end

local function seen(text, x, y, width, height, confidence)
  return { text = text, box = { x, y, width, height }, confidence = confidence or 0.5,
    source = "ocr" }
end

local function first(words, pictured)
  return merge.words(words, pictured)[1]
end

describe("text layer and picture", function()
  it("takes the diameter sign from the picture and the digits from the layer", function()
    local word = first({ layer("3,99", 957, 217, 71, 50) }, { seen("D3,9", 924, 225, 101, 35) })
    assert.equal("Ø3,99", word.text)
    assert.same({ 924, 217, 104, 50 }, word.box)
  end)

  it("takes a glyph that was not read for the sign, where the word begins that much earlier",
    function()
      assert.equal("Ø7,14", first({ layer("7,14", 500, 762, 71, 50) },
        { seen("7,14", 466, 771, 103, 35) }).text)
      assert.equal("7,14", first({ layer("7,14", 500, 762, 71, 50) },
        { seen("7,14", 501, 771, 70, 30) }).text)
    end)

  it("takes lone signs in front of a number", function()
    assert.equal("↧ 20",
      first({ layer("20", 2202, 516, 41, 50) }, { seen("VY", 2156, 528, 28, 28) }).text)
    assert.equal("Ø6,80",
      first({ layer("6,80", 1996, 471, 71, 50) }, { seen("D", 1953, 480, 24, 35) }).text)
  end)

  it("takes a plus in front of a number that the layer has bare for plus-minus", function()
    local pictured = { seen("+0.05mm", 1217, 1320, 189, 35) }
    assert.equal("±0.05mm", first({ layer("0.05mm", 1240, 1307, 170, 60) }, pictured).text)
  end)

  it("leaves words and numbers alone that the picture reads alike", function()
    assert.equal("600", first({ layer("600", 10, 0, 60, 50) }, { seen("600", 11, 8, 58, 30) }).text)
    assert.equal("Frame",
      first({ layer("Frame", 40, 0, 90, 50) }, { seen("OFrame", 10, 8, 120, 30) }).text)
  end)

  it("keeps what only the picture has, if it is sure", function()
    local words = merge.words({ layer("600", 0, 0, 60, 50) },
      { seen("TITLE", 500, 500, 60, 16, 0.9), seen("ay", 700, 500, 20, 16, 0.2) })
    assert.equal(2, #words)
    assert.equal("TITLE", words[2].text)
  end)
end)
