-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local overlay = require "vision.reading.overlay"
local pdf = require "spec.support.pdf"
local pictures = require "spec.support.pictures"
local reader = require "vision.reading.reader"

local WIDTH, HEIGHT = 400, 300

local function image_of(bytes)
  return assert(core.image_from_bytes(bytes))
end

local function drawing(callouts)
  return { sheets = { { page = 1, width = WIDTH, height = HEIGHT } }, callouts = callouts,
    title_block = { title = "A <b> & c" } }
end

describe("the overlay", function()
  local image = image_of(pictures.png(WIDTH, HEIGHT, function() return 255 end))
  local callouts = {
    { text = "Ø38 <H12>", confidence = 0.95, page = 1, box = { 100, 100, 60, 28 } },
    { text = "16", page = 1, box = { 300, 200, 40, 28 } },
    { text = "on another sheet", confidence = 0.5, page = 2, box = { 1, 1, 1, 1 } },
  }

  it("carries the picture, an outline and a number for each call-out of the page", function()
    local svg = assert(overlay.svg(image, drawing(callouts)))
    assert.is_truthy(svg:find("data:image/png;base64,iVBORw0KGgo", 1, true))
    local _, outlines = svg:gsub("<g><title>", "")
    assert.equal(2, outlines)
    assert.is_truthy(svg:find("<title>1: Ø38 &lt;H12&gt; (95 %)</title>", 1, true))
    assert.is_truthy(svg:find("<title>2: 16</title>", 1, true))
    assert.is_nil(svg:find("on another sheet", 1, true))
  end)

  it("keeps the page in its place and adds the legend below it", function()
    local svg = assert(overlay.svg(image, drawing(callouts)))
    assert.is_truthy(svg:find('<image width="400" height="300"', 1, true))
    local height = tonumber(svg:match 'viewBox="0 0 400 (%d+)"')
    assert.is_true(height > HEIGHT)
    for _, text in ipairs { "sure: 85 %", "likely: 60", "doubtful: below 60", "no figure" } do
      assert.is_truthy(svg:find(text, 1, true), text)
    end
    assert.is_nil(assert(overlay.svg(image, drawing {})):find("no figure", 1, true))
  end)

  it("escapes what the drawing says", function()
    local svg = assert(overlay.svg(image, drawing {}))
    assert.is_truthy(svg:find("<title>A &lt;b&gt; &amp; c</title>", 1, true))
  end)

  it("tells the grades apart without colours, too", function()
    local function outline_of(confidence)
      local one = { { text = "8", page = 1, confidence = confidence, box = { 100, 100, 60, 28 } } }
      return assert(overlay.svg(image, drawing(one))):match "<g><title>.-(<polygon.-)\n"
    end
    local seen = {}
    for _, confidence in ipairs { 0.85, 0.6, 0.59, false } do
      local outline = outline_of(confidence or nil)
      local look = outline:match 'stroke="(#%x+)"' .. (outline:match "dasharray=.*" or "")
      assert.is_nil(seen[look])
      seen[look] = true
    end
    assert.equal(outline_of(0.85), outline_of(0.99))
  end)

  it("outlines turned lettering by its corners", function()
    local turned = { { text = "8", page = 1, box = { 100, 100, 60, 40 },
      outline = { { 110, 100 }, { 160, 125 }, { 150, 140 }, { 100, 115 } } } }
    local svg = assert(overlay.svg(image, drawing(turned)))
    local points = {}
    for x, y in svg:match '<polygon points="([^"]+)"':gmatch "([%d.]+),([%d.]+)" do
      points[#points + 1] = { tonumber(x), tonumber(y) }
    end
    for index, corner in ipairs(turned[1].outline) do
      assert.is_true(math.abs(points[index][1] - corner[1]) < 2)
      assert.is_true(math.abs(points[index][2] - corner[2]) < 2)
    end
  end)

  it("shows the page that is asked for", function()
    local page = { width = 200, height = 100, texts = { { text = "Ø8", x = 20, y = 20 } } }
    local two = drawing(callouts)
    two.sheets[2] = { page = 2, width = 200, height = 100, dpi = 72 }
    local svg = assert(overlay.svg(image_of(pdf.write { page, page }), two, { page = 2 }))
    assert.is_truthy(svg:find("on another sheet", 1, true))
    assert.is_truthy(svg:find('<image width="200" height="100"', 1, true))
  end)

  it("says why a reading without boxes has none", function()
    for _, draw in pairs(overlay) do
      local picture, err = draw(image, { callouts = {} })
      assert.is_nil(picture)
      assert.is_truthy(err.message:find("no boxes", 1, true))
    end
  end)

  describe("as PNG", function()
    local function shade(png, x, y, width, height)
      local results = assert(reader.run(png, { { "open" },
        { "crop", x = x, y = y, width = width, height = height }, { "ink", cell = 4 } }))
      return results[3].cells
    end

    it("has the page's pixels, the outlines and the legend", function()
      local one = { callouts[1] }
      local png = image_of(assert(overlay.png(image, drawing(one))))
      local info = assert(reader.info(png))
      assert.equal(WIDTH, info.width)
      assert.is_true(info.height > HEIGHT)
      -- The outline's upper edge, blank paper, the legend.
      assert.is_truthy(shade(png, 110, 94, 40, 10):find "[1-9]")
      assert.is_nil(shade(png, 10, 200, 80, 80):find "[1-9]")
      assert.is_truthy(shade(png, 0, HEIGHT + 2, WIDTH, info.height - HEIGHT - 2):find "[1-9]")
    end)

    it("shows pages in colour in colour", function()
      local red = image_of(pictures.png(WIDTH, HEIGHT, function() return 255, 0, 0 end))
      local png = assert(overlay.png(red, drawing {}))
      local _, cut = assert(reader.run(image_of(png), { { "open" },
        { "crop", x = 10, y = 10, width = 8, height = 8 }, { "encode" } }))
      local flat = image_of(pictures.png(8, 8, function() return 254, 0, 0 end))
      local _, wanted = reader.run(flat, { { "open" }, { "encode" } })
      assert.equal(wanted[1]:sha256(), cut[1]:sha256())
    end)

    it("survives a title that no font has", function()
      local odd = drawing {}
      odd.title_block.title = "Фланец (1) \\ Ø図"
      assert.is_string(assert(overlay.png(image, odd)))
    end)
  end)
end)
