-- SPDX-License-Identifier: MIT
-- The sheets of examples/drawings, read for real.
local core = require "vision.core"
local eval = require "vision.reading.eval"
local labels = require "vision.reading.labels"
local overlay = require "vision.reading.overlay"
local pdf = require "spec.support.pdf"
local providers = require "vision.providers"
local vision = require "vision"
local VisionManager = require("vision.manager").VisionManager

local function image_of(path)
  local file = assert(io.open(path, "rb"))
  local image = assert(core.image_from_bytes(file:read "*a"))
  file:close()
  return image
end

describe("reading the sample sheets", function()
  local provider = assert(providers.create_vision_provider "local")

  it("finds every call-out and title-block field of the PDF files", function()
    local total = {}
    for _, sheet in ipairs(assert(labels.read "examples/drawings")) do
      local read = assert(provider:analyze_image(image_of(sheet.file)))
      eval.add(total, eval.score(sheet.label, read.drawing))
    end
    local figures = eval.figures(total)
    assert.is_true(figures.number_f1 >= 0.97)
    assert.is_true(figures.callouts >= 0.95)
    assert.is_true(figures.diameters >= 0.95)
    assert.is_true(figures.title_block >= 0.95)
    assert.is_true(figures.invented <= 0.03)
  end)

  it("reads a picture and outlines what it read", function()
    local image = image_of "examples/drawings/shaft.png"
    local read = assert(provider:analyze_image(image))
    assert.equal("mechanical", read.drawing.kind)
    assert.equal("AW-2040", read.drawing.title_block.drawing_number)
    local svg = assert(overlay.svg(image, read.drawing))
    local _, outlines = svg:gsub("<g><title>", "")
    assert.equal(#read.drawing.callouts, outlines)
  end)

  it("reads a PDF as if it were a scan, where that is asked for", function()
    local image = image_of "examples/drawings/shaft.pdf"
    local done = {}
    local read = assert(provider:analyze_image(image, {
      no_text_layer = true, on_progress = function(...) done[#done + 1] = { ... } end,
    }))
    assert.same({ { 0, 1 }, { 1, 1 } }, done)
    assert.is_true(#read.drawing.callouts > 5)
    for _, callout in ipairs(read.drawing.callouts) do
      for _, source in ipairs(callout.sources) do
        assert.not_equal("text_layer", source)
      end
    end
    local answer = VisionManager.new({ provider = provider }):analyze {
      image = image, include_description = false, no_text_layer = true,
    }
    assert.equal("tesseract", answer.ocr.provider)
  end)

  it("draws a PDF page for its overlay", function()
    local image = image_of "examples/drawings/bracket.pdf"
    local read = assert(provider:analyze_image(image))
    assert.is_truthy(assert(overlay.svg(image, read.drawing)):find("data:image/png", 1, true))
  end)

  it("keeps in a record which page was read, where it was one", function()
    local sheets = {}
    for i = 1, 3 do
      sheets[i] = { width = 300, height = 200, texts = { { text = "Sheet", x = 50, y = 50 } } }
    end
    local three = pdf.write(sheets)
    local persistent = assert(vision.create_persistent_provider(provider, { store = "memory:" }))
    for page, options in pairs { [1] = {}, [2] = { pages = { 2 } }, [3] = { page = 3 } } do
      local _, err, record = persistent:analyze_image(three, options)
      assert.is_nil(err)
      assert.equal(page, record.page)
      assert.equal(page, record.result.drawing.sheets[1].page)
    end
    local _, _, whole = persistent:analyze_image(three, { pages = { 1, 2, 3 } })
    assert.is_nil(whole.page)
    assert.equal(3, #whole.result.drawing.sheets)
  end)

  it("streams as every provider does", function()
    local types = {}
    local image = image_of "examples/drawings/flange.pdf"
    for event in provider:analyze_image_stream(image) do
      types[#types + 1] = event.event_type
    end
    assert.same({ "start", "progress", "complete" }, types)
  end)

  it("ends with the time it is given", function()
    local read, err = provider:analyze_image(image_of "examples/drawings/flange.png",
      { timeout_seconds = 0.01 })
    assert.is_nil(read)
    assert.equal("timeout", err.reason)
  end)

  it("asks nothing when no description is wanted, and knows its options", function()
    local image = image_of "examples/drawings/flange.pdf"
    local none = assert(provider:analyze_image(image, { include_description = false }))
    assert.is_nil(none.drawing)
    local read, err = provider:analyze_image(image, { dpl = 300 })
    assert.is_nil(read)
    assert.equal("invalid_option", err.reason)
  end)
end)
