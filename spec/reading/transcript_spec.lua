-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local transcript = require "vision.reading.transcript"

-- A word in letters of 10 by 20 pixels.
local function word(text, x, y)
  return { text = text, box = { x, y, 10 * #text, 20 }, confidence = 0.5, rotation = 0 }
end

local function image(kind)
  return { type = function() return kind end }
end

-- A reader of pages given as lists of words: `layer` for the text layer, `picture` for OCR.
local function reader(pages)
  local function found(words, dpi)
    return words and { words = words, width = 100, height = 50, dpi = dpi }
  end
  return {
    info = function() return { pages = pages.count or #pages } end,
    text_layer = function(_, page, dpi) return found(pages[page].layer, dpi) end,
    recognise = function(_, page, dpi)
      local words = pages[page].picture
      if not words then return nil, errors.new("reader_crashed", "page " .. page) end
      return found(words, dpi)
    end,
  }
end

describe("the transcript", function()
  it("takes the text layer of a PDF where there is one, page by page", function()
    local result = assert(transcript.read(image "pdf", { pages = { 1, 2 } }, reader {
      { layer = { word("from", 0, 0), word("layer", 45, 0), word("below", 0, 90) }, picture = {} },
      { picture = { word("seen", 1, 2) } },
    }))
    assert.equal("from layer\nbelow\n\nseen", result.text)
    assert.equal("mixed", result.provider)
    assert.equal("text_layer", result.pages[1].provider)
    assert.equal("tesseract", result.pages[2].provider)
    assert.same({ text = "seen", box = { 1, 2, 40, 20 }, confidence = 0.5, page = 2 },
      result.words[4])
    assert.is_true(result.processing_time_ms >= 0)
  end)

  it("looks at the picture alone where that is asked", function()
    local result = assert(transcript.read(image "pdf",
      { ocr_provider = "tesseract", pages = { 1 }, dpi = 300 },
      reader { { picture = { word("seen", 0, 0) } } }))
    assert.equal("tesseract", result.provider)
    assert.equal(300, result.pages[1].dpi)
  end)

  it("reads a picture without asking for a text layer", function()
    assert.equal("tesseract", assert(transcript.read(image "png", { ocr_provider = "auto" },
      reader { { picture = {} } })).provider)
  end)

  it("may find nothing in a text layer that was asked for", function()
    local result = assert(transcript.read(image "pdf", { ocr_provider = "text_layer" },
      reader { {} }))
    assert.equal("", result.text)
    assert.equal("text_layer", result.provider)
  end)

  local function refused(reason, ...)
    local result, err = transcript.read(...)
    assert.is_nil(result)
    assert.equal(reason, err.reason)
    return err.message
  end

  it("refuses a text layer of a picture, and a provider it does not know", function()
    refused("invalid_option", image "png", { ocr_provider = "text_layer" }, reader {})
    assert.truthy(refused("invalid_option", image "png", { ocr_provider = "eyes" }, reader {})
      :find "auto, text_layer, tesseract")
  end)

  it("reads the first page of a long document, and says so", function()
    local long = reader { count = 500, { picture = { word("first", 0, 0) } } }
    local result = assert(transcript.read(image "pdf", nil, long))
    assert.equal("first", result.text)
    assert.equal(1, #result.pages)
    assert.truthy(result.warnings[1]:find "500 pages.*%-%-pages")
    result = assert(transcript.read(image "pdf", { page = 1 }, long))
    assert.same({}, result.warnings)
  end)

  it("refuses more pages at once than a reading takes", function()
    local many = {}
    for page = 1, 51 do many[page] = page end
    assert.truthy(refused("too_many_pages", image "pdf", { pages = many }, reader { count = 500 })
      :find "at most 50")
    refused("invalid_option", image "pdf", { pages = { 3 } }, reader { {}, {} })
  end)

  it("refuses what is encrypted", function()
    refused("encrypted", image "pdf", nil, { info = function() return { encrypted = true } end })
  end)

  it("fails with the page that fails", function()
    refused("reader_crashed", image "png", { pages = { 2 } }, reader { {}, {} })
  end)
end)
