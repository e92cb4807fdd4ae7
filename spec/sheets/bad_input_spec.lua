-- SPDX-License-Identifier: MIT
-- Sheets as people really send them, read for real.
local images = require "spec.support.images"
local pdf = require "spec.support.pdf"
local pictures = require "spec.support.pictures"
local providers = require "vision.providers"
local reader = require "vision.reading.reader"
local transcript = require "vision.reading.transcript"

local image_of = images.of

local function fixture(name)
  return images.file("spec/fixtures/" .. name)
end

local function callout(drawing, text)
  for _, one in ipairs(drawing.callouts) do
    if one.text == text then
      return one
    end
  end
  error(text .. " was not read")
end

-- The sample sheet as a PDF whose page lies so.
local function turned_pdf(degrees)
  local bytes = images.bytes "examples/drawings/flange.pdf"
  local from, to = bytes:find "/MediaBox %[[^%]]*%]"
  local page = ("/Rotate %d/MediaBox[0 0 841.89 595.28]"):format(degrees)
  return image_of(bytes:sub(1, from - 1) .. page .. (" "):rep(to - from + 1 - #page)
    .. bytes:sub(to + 1))
end

describe("a bad page", function()
  local provider = assert(providers.create_vision_provider "local")

  local function read(image, options)
    return assert(provider:analyze_image(image, options))
  end

  it("may lie sideways or on its head in a PDF", function()
    local straight = read(turned_pdf(0)).drawing
    for _, degrees in ipairs { 90, 180 } do
      local drawing = read(turned_pdf(degrees)).drawing
      assert.same(straight.title_block, drawing.title_block)
      assert.equal(360 - degrees, drawing.sheets[1].turned)
      local was, is = callout(straight, "Ø95").box, callout(drawing, "Ø95").box
      local x, y = was[1] + was[3] / 2, was[2] + was[4] / 2
      local expected = degrees == 90 and { 1654 - y, x } or { 2339 - x, 1654 - y }
      assert.is_true(math.abs(is[1] + is[3] / 2 - expected[1]) < 8)
      assert.is_true(math.abs(is[2] + is[4] / 2 - expected[2]) < 8)
    end
  end)

  it("may be a photograph, sideways and in uneven light", function()
    local drawing = read(fixture "photograph.jpg").drawing
    assert.equal("AW-2040", drawing.title_block.drawing_number)
    local sheet = drawing.sheets[1]
    assert.same({ 270, true }, { sheet.turned, sheet.photographed })
    assert.same({ 1398, 1900 }, { sheet.width, sheet.height })
    local thread = callout(drawing, "M16x1,5 - 6g")
    assert.is_true(thread.box[4] > 4 * thread.box[3])
    assert.equal(4, #thread.outline)
  end)

  it("may be askew, and is outlined where it stands", function()
    local _, made = assert(reader.run(images.file "examples/drawings/bracket.png",
      { { "open" }, { "rotate", angle = 4 }, { "encode", format = "jpeg" } }))
    local drawing = read(made[1]).drawing
    assert.is_true(math.abs(drawing.sheets[1].skew - 4) < 0.15)
    assert.equal("30-1187", drawing.title_block.drawing_number)
    local corners = callout(drawing, "64 ±0,1").outline
    local slope = (corners[2][2] - corners[1][2]) / (corners[2][1] - corners[1][1])
    assert.is_true(math.abs(math.deg(math.atan(slope)) - 4) < 1)
  end)

  it("may be one of a TIFF, on its head", function()
    local drawing = read(fixture "two_sheets.tif", { pages = { 1, 2 } }).drawing
    local first, second = drawing.sheets[1], drawing.sheets[2]
    assert.same({ "VD-1001-02", "30-1187" }, { first.title_block.drawing_number,
      second.title_block.drawing_number })
    assert.is_nil(first.turned)
    assert.equal(180, second.turned)
  end)

  it("may have no text", function()
    local image = image_of(pictures.png(1200, 850, function() return 255 end))
    local blank = read(image)
    assert.same({}, blank.drawing.callouts)
    assert.is_truthy(blank.summary:find("no text was found", 1, true))
    assert.is_nil(blank.confidence)
  end)

  it("may be lettered in a script that nobody here reads: no words are invented", function()
    for _, name in ipairs { "cyrillic.png", "chinese.png" } do
      local sheet = read(fixture(name))
      assert.is_truthy(sheet.warnings[1]:find("script that no installed model", 1, true))
      assert.same({}, sheet.drawing.title_block)
      assert.same({}, sheet.drawing.notes)
      callout(sheet.drawing, "120 ±0,1")
    end
  end)

  it("may carry the hidden text of another page", function()
    local texts = {}
    for index, word in ipairs { "Shaft", "42CrMo4", "AW-2040", "Nitriert", "Antriebswelle",
      "Werkstoff", "Gewicht", "Benennung" } do
      texts[index] = { text = word, x = 40, y = 30 * index, size = 10 }
    end
    local hidden = pdf.write { { width = 842, height = 595, texts = texts } }
    hidden = hidden:gsub("BT ", "BT 3 Tr ")
    local seen = read(image_of(hidden))
    assert.is_truthy(seen.warnings[1]:find("text layer is set aside", 1, true))
    assert.same({}, seen.drawing.title_block)
    assert.same({}, read(image_of(pdf.write { { width = 842, height = 595, texts = texts } }))
      .warnings)
  end)

  it("may be one of twenty: each has its own reading", function()
    local pages, wanted = {}, {}
    for number = 1, 20 do
      wanted[number] = number
      pages[number] = { width = 300, height = 200, texts = {
        { text = ("%d,5 +0,1/0"):format(100 + number), x = 40, y = 100 },
        { text = "R" .. number, x = 200, y = 100 } } }
    end
    local drawing = read(image_of(pdf.write(pages)), { pages = wanted }).drawing
    assert.equal(20, #drawing.sheets)
    assert.equal(40, #drawing.callouts)
    for number, sheet in ipairs(drawing.sheets) do
      assert.equal(number, sheet.page)
      assert.equal(number, callout(drawing, "R" .. number).page)
    end
  end)

  it("may be two metres long", function()
    local drawing = read(image_of(pdf.write { { width = 5669, height = 600, texts = {
      { text = "1950 +0,5/-0,5", x = 40, y = 100 }, { text = "R125", x = 5500, y = 300 } } } }),
      { no_text_layer = true }).drawing
    assert.equal(15748, drawing.sheets[1].width)
    assert.is_true(callout(drawing, "R125").box[1] > 15000)
  end)

  it("is transcribed where it lies", function()
    local text = assert(transcript.read(turned_pdf(180), { ocr_provider = "tesseract" }))
    for _, word in ipairs(text.words) do
      if word.text == "VD-1001-02" then
        assert.is_true(word.box[1] < 600 and word.box[2] < 300)
        return
      end
    end
    error "the drawing number was not read"
  end)
end)
