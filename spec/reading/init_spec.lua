-- SPDX-License-Identifier: MIT
-- The local reading over a reader that answers from words recorded from examples/drawings.
local errors = require "vision.base.error"
local json = require "vision.base.json"

local file = assert(io.open("spec/reading/fixtures/flange.json", "rb"))
local FLANGE = file:read "*a"
file:close()

-- What the reader was asked for.
local asked, info, failing, bad_page

local image = { type = function() return info.type end }

local fake = {}

function fake.info()
  return info
end

function fake.text_layer(_, options)
  asked.layer = options
  local layer = json.decode(FLANGE).layer
  layer.dpi = options.dpi
  return layer
end

function fake.run(_, steps)
  if failing or steps[1].page == bad_page then
    return nil, errors.new("reader_crashed", "the reader crashed")
  end
  local seen, results, passes, looks = json.decode(FLANGE), {}, 0, {}
  local pictured = info.type ~= "pdf" and seen.picture or seen.seen
  for index, step in ipairs(steps) do
    results[index] = { step = step[1], width = pictured.width, height = pictured.height,
      dpi = info.dpi or 200 }
    if step[1] == "words" then
      results[index].words = passes == 0 and pictured.words or pictured.more[passes]
      passes = passes + 1
      looks[#looks + 1] = "words"
    elseif step[1] == "lettering" then
      results[index].words = {}
      looks[#looks + 1] = "lettering"
    end
  end
  asked.steps = steps
  asked.looks = asked.looks or {}
  table.insert(asked.looks, table.concat(looks, " "))
  return results
end

describe("the local reading", function()
  local reading
  local replaced = { "vision.reading.reader", "vision.reading.ocr", "vision.reading.text_layer",
    "vision.reading.witnesses", "vision.reading" }
  local kept = {}

  setup(function()
    for _, name in ipairs(replaced) do
      kept[name] = package.loaded[name] or false
      package.loaded[name] = nil
    end
    package.loaded["vision.reading.reader"] = fake
    reading = require "vision.reading"
  end)

  teardown(function()
    for _, name in ipairs(replaced) do
      package.loaded[name] = kept[name] or nil
    end
  end)

  before_each(function()
    asked, failing, bad_page = {}, false, false
    info = { type = "pdf", pages = 1, encrypted = false }
  end)

  it("has the shape of a reading", function()
    local read = assert(reading.read(image, {}))
    assert.equal(1, read.schema)
    assert.equal("local", read.provider)
    assert.is_true(read.parsed)
    assert.equal("image", read.grounding)
    assert.is_truthy(read.summary:find("Flange with hub PN 16", 1, true))
    assert.equal("Main diameter: 120 mm", read.details[1])
    assert.is_true(read.confidence > 0.8 and read.confidence <= 1)
    assert.equal("mechanical", read.drawing.kind)
    assert.equal("mm", read.drawing.units)
    assert.equal(200, read.drawing.dpi)
    local sheet = read.drawing.sheets[1]
    assert.same({ 1, 2339, 1654, 200 }, { sheet.page, sheet.width, sheet.height, sheet.dpi })
    assert.equal(read.summary, sheet.summary)
    assert.same(read.drawing.title_block, sheet.title_block)
    assert.same({ format = "A4", width = 297, height = 210 }, sheet.paper)
    assert.same({}, read.warnings)
    assert.is_true(read.processing_time_ms >= 0)
  end)

  it("has engine and net look side by side beside a text layer, else in one job", function()
    assert(reading.read(image, {}))
    assert.same({ "words", "lettering" }, asked.looks)
    asked, info.type = {}, "png"
    local read = assert(reading.read(image, {}))
    assert.is_nil(asked.layer)
    assert.equal("words lettering words", asked.looks[#asked.looks])
    assert.same({ "ocr" }, read.drawing.callouts[1].sources)
  end)

  it("reads only what `ocr_provider` allows", function()
    assert(reading.read(image, { ocr_provider = "text_layer" }))
    assert.is_nil(asked.steps)
    asked = {}
    info.type = "png"
    assert(reading.read(image, { ocr_provider = "tesseract" }))
    assert.is_nil(asked.layer)
  end)

  it("reads a layer alone when the picture fails, and says so", function()
    failing = true
    local read = assert(reading.read(image, {}))
    assert.equal(1, #read.warnings)
    assert.is_truthy(read.warnings[1]:find("the reader crashed", 1, true))
    info.type = "png"
    local nothing, err = reading.read(image, {})
    assert.is_nil(nothing)
    assert.equal("reader_crashed", err.reason)
  end)

  it("reads the first page of several, and says that there are more", function()
    info.pages = 3
    local read = assert(reading.read(image, {}))
    assert.equal(3, read.drawing.pages)
    assert.is_truthy(read.warnings[1]:find("3 pages", 1, true))
    read = assert(reading.read(image, { pages = { 2, 3 } }))
    assert.same({}, read.warnings)
    assert.equal(2, #read.drawing.sheets)
    assert.equal(3, read.drawing.callouts[#read.drawing.callouts].page)
  end)

  it("reads the other pages when one fails", function()
    info.pages, info.type, bad_page = 3, "png", 2
    local read = assert(reading.read(image, { pages = { 1, 2, 3 } }))
    assert.equal(2, #read.drawing.sheets)
    assert.equal(3, read.drawing.sheets[2].page)
    assert.is_truthy(read.warnings[1]:find("page 2 could not be read: the reader crashed", 1, true))
    local nothing, err = reading.read(image, { pages = { 2 } })
    assert.is_nil(nothing)
    assert.equal("reader_crashed", err.reason)
  end)

  it("refuses pages that are not there", function()
    for _, pages in ipairs { { 0 }, { 2 }, {}, { 1.5 } } do
      local read, err = reading.read(image, { pages = pages })
      assert.is_nil(read)
      assert.equal("invalid_option", err.reason)
    end
    local many = {}
    for number = 1, 51 do
      many[number] = number
    end
    info.pages = 500
    assert.equal("too_many_pages", select(2, reading.read(image, { pages = many })).reason)
  end)

  it("misses the title block of a part that has none, and asks none of a sketch", function()
    local kept_words = FLANGE
    finally(function() FLANGE = kept_words end)
    FLANGE = [[{"layer": {"width": 1000, "height": 700, "words": [
      {"text": "Ø38", "box": [500, 300, 69, 30]}]},
      "seen": {"width": 1000, "height": 700, "words": []}}]]
    assert.same({ "title block" }, assert(reading.read(image, {})).drawing.missing)
    FLANGE = FLANGE:gsub("Ø38", "Hall")
    assert.same({}, assert(reading.read(image, {})).drawing.missing)
  end)

  it("tells of its progress", function()
    local steps = {}
    assert(reading.read(image, { on_progress = function(done, total)
      steps[#steps + 1] = done .. "/" .. total
    end }))
    assert.same({ "0/1", "1/1" }, steps)
  end)

  it("scales pictures to about 200 dpi and leaves other resolutions alone", function()
    info.type, info.dpi = "png", 300
    assert(reading.read(image, {}))
    local scale
    for _, step in ipairs(asked.steps) do
      scale = step[1] == "scale" and step.factor or scale
    end
    assert.near(2 / 3, scale, 1e-9)
    info.dpi = 96
    assert(reading.read(image, {}))
    for _, step in ipairs(asked.steps) do
      assert.not_equal("scale", step[1])
    end
  end)
end)
