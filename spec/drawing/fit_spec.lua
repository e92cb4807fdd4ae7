-- SPDX-License-Identifier: MIT
-- Which pictures are sent, and how they are changed first. The reader is a stand-in that records
-- what it was asked for; the real one is asked in spec/integration.

local errors = require "vision.base.error"

-- An image of any size, without a pixel.
local function image(fields)
  local function get(name, default)
    return function()
      local value = fields[name]
      if value == nil then
        return default
      end
      return value
    end
  end
  return {
    type = get("type", "png"), media_type = get("media_type", "image/png"),
    width = get "width", height = get "height", pages = get("pages", 1),
    orientation = get "orientation", animated = get("animated", false), size = get("size", 1000),
    transparent = get("transparent", false),
  }
end

local MODEL = {
  formats = { "png", "jpeg" },
  pdf = true,
  limits = { side = 2000, bytes = 100000, images = 20, request_bytes = 1e6 },
}

local function model(changes)
  local copy = {}
  for key, value in pairs(MODEL) do
    copy[key] = value
  end
  for key, value in pairs(changes or {}) do
    copy[key] = value
  end
  return copy
end

describe("fit", function()
  local fit, asked, sizes, available

  local reader = {}

  function reader.info()
    return { pages = 3, width = 100, height = 100 }
  end

  function reader.available()
    if available then
      return {}
    end
    return nil, errors.new("missing_library", "vision-reader is not installed")
  end

  -- Bytes of the next pictures: `sizes`, then 1000.
  function reader.picture(source, options)
    asked[#asked + 1] = options
    local width = options.width or (options.crop and options.crop[3]) or source:width() or 1654
    local height = options.height or (options.crop and options.crop[4]) or source:height() or 2339
    return image { type = options.format, width = width, height = height,
      size = table.remove(sizes, 1) or 1000 }
  end

  local real

  before_each(function()
    real = package.loaded["vision.reading.reader"]
    package.loaded["vision.reading.reader"] = reader
    fit = require "vision.drawing.fit"
    asked, sizes, available = {}, {}, true
  end)

  after_each(function()
    package.loaded["vision.reading.reader"] = real
  end)

  it("sends a picture that fits as it is", function()
    local given = image { width = 800, height = 600 }
    local fitted = fit.prepare(given, model())
    assert.equal(given, fitted.images[1])
    assert.same({ {
      page = 1, part = "sheet", change = "none", box = { 0, 0, 800, 600 },
      width = 800, height = 600, format = "png", bytes = 1000, scale = 1,
    } }, fitted.sent)
    assert.equal(0, #asked)
    assert.equal(0, #fitted.warnings)
    assert.equal("", fit.caption(fitted.sent))
  end)

  it("scales to the limit and says what was lost", function()
    local fitted = fit.prepare(image { width = 8000, height = 4000 }, model())
    assert.same({ 2000, 1000 }, { asked[1].width, asked[1].height })
    assert.equal("scaled", fitted.sent[1].change)
    assert.equal(0.25, fitted.sent[1].scale)
    assert.truthy(fitted.warnings[1]:find("scaled to 25 %", 1, true))
  end)

  it("scales to what the model sees, so that the loss is known", function()
    local rule = { rule = "cells", cell = 28, side = 1568, tokens = 1568 }
    fit.prepare(image { width = 1920, height = 1080 }, model { image_tokens = rule })
    assert.same({ 1456, 819 }, { asked[1].width, asked[1].height })
  end)

  it("converts what the model does not take", function()
    for _, fields in ipairs {
      { type = "webp" }, { type = "tiff" }, { type = "bmp" }, { type = "png", animated = true },
      { type = "jpeg", orientation = 6 },
    } do
      asked = {}
      fields.width, fields.height = 100, 50
      local fitted = fit.prepare(image(fields), model())
      assert.equal(1, #asked)
      assert.equal(fields.type == "jpeg" and "jpeg" or "png", fitted.sent[1].format)
    end
  end)

  it("lays a transparent picture on white, or says that it could not", function()
    local seen = image { width = 100, height = 50, transparent = true }
    local fitted = fit.prepare(seen, model())
    assert.equal(1, #asked)
    assert.not_equal(seen, fitted.images[1])
    available = false
    fitted = fit.prepare(seen, model())
    assert.equal(seen, fitted.images[1])
    assert.truthy(fitted.warnings[1]:find("transparent", 1, true))
    assert.equal(1, #fitted.warnings)
  end)

  it("makes a file lighter: JPEG first, then smaller", function()
    sizes = { 200000, 150000, 90000 }
    local fitted = fit.prepare(image { width = 1000, height = 1000, size = 5e6 }, model())
    assert.same({ "png", "jpeg", "jpeg" }, { asked[1].format, asked[2].format, asked[3].format })
    assert.equal(800, asked[3].width)
    assert.equal(90000, fitted.sent[1].bytes)
    sizes = { 2e5, 2e5, 2e5, 2e5, 2e5, 2e5, 2e5 }
    local none, err = fit.prepare(image { width = 1000, height = 1000, size = 5e6 }, model())
    assert.is_nil(none)
    assert.equal("too_large", err.reason)
  end)

  it("draws the pages of a PDF and says that there are more", function()
    local pdf = image { type = "pdf", pages = false }
    local fitted = fit.prepare(pdf, model())
    assert.same({ 1, 200 }, { asked[1].page, asked[1].dpi })
    assert.equal("drawn", fitted.sent[1].change)
    assert.truthy(fitted.warnings[1]:find("3 pages", 1, true))
    fitted = fit.prepare(pdf, model(), { pages = { 2, 3 }, dpi = 100 })
    assert.same({ 2, 3 }, { fitted.sent[1].page, fitted.sent[2].page })
    assert.truthy(fit.caption(fitted.sent):find("2. page 3, the whole sheet", 1, true))
  end)

  it("refuses pages that are not there, or too many", function()
    local pdf = image { type = "pdf", pages = false }
    for _, pages in ipairs { { 4 }, { 0 }, { 1.5 }, { "1" }, {} } do
      local none, err = fit.prepare(pdf, model(), { pages = pages })
      assert.is_nil(none)
      assert.equal("invalid_option", err.reason)
    end
    local many = {}
    for i = 1, 60 do
      many[i] = i
    end
    local none, err = fit.prepare(pdf, model(), { pages = many })
    assert.is_nil(none)
    assert.equal("too_many_pages", err.reason)
  end)

  it("sends parts of a large sheet when asked: overview, tiles, title block", function()
    local sheet = image { width = 3307, height = 2339 }
    local fitted = fit.prepare(sheet, model(), { tile = true })
    assert.equal("sheet", fitted.sent[1].part)
    assert.equal("title_block", fitted.sent[#fitted.sent].part)
    assert.equal(8, #fitted.sent)
    assert.equal(1, fitted.sent[2].scale)
    assert.equal("cut", fitted.sent[2].change)
    assert.equal(0, #fitted.warnings)
    assert.truthy(fit.caption(fitted.sent):find("list nothing twice", 1, true))
  end)

  it("keeps to smaller sides where many pictures go out, and to the limits of a request", function()
    local limits = { side = 2000, bytes = 1e5, images = 20, request_bytes = 1e6,
      many = { images = 4, side = 700 } }
    local sheet = image { width = 3307, height = 2339 }
    local fitted = fit.prepare(sheet, model { limits = limits }, { tile = true })
    for _, entry in ipairs(fitted.sent) do
      assert.is_true(math.max(entry.width, entry.height) <= 700)
    end
    limits = { side = 2000, bytes = 1e5, images = 3, request_bytes = 1e6 }
    local none, err = fit.prepare(sheet, model { limits = limits }, { tile = true })
    assert.is_nil(none)
    assert.equal("too_large", err.reason)
    limits = { side = 2000, bytes = 1e5, images = 20, request_bytes = 5000 }
    none, err = fit.prepare(sheet, model { limits = limits }, { tile = true })
    assert.is_nil(none)
    assert.equal("too_large", err.reason)
  end)

  describe("without a reader", function()
    before_each(function()
      available = false
    end)

    it("lets the provider scale, and says so", function()
      local rule = { rule = "cells", cell = 28, side = 1568, tokens = 1568 }
      local fitted = fit.prepare(image { width = 1920, height = 1080 },
        model { image_tokens = rule })
      assert.equal("none", fitted.sent[1].change)
      assert.truthy(fitted.warnings[1]:find("1456 x 819", 1, true))
    end)

    it("fails where the picture cannot go as it is", function()
      local none, err = fit.prepare(image { width = 3000, height = 100 }, model())
      assert.is_nil(none)
      assert.equal("missing_library", err.reason)
    end)

    it("sends a whole PDF to a model that takes one", function()
      local fitted = fit.prepare(image { type = "pdf", pages = false }, model())
      assert.equal("document", fitted.sent[1].part)
    end)
  end)
end)
