-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local overlay = require "vision.reading.overlay"

-- One pixel.
local PNG = core.base64_decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQE"
  .. "AG7buVgAAAABJRU5ErkJggg==")

local function drawing(callouts)
  return { sheets = { { page = 1, width = 2339, height = 1654, dpi = 200 } }, callouts = callouts,
    title_block = { title = "A <b> & c" } }
end

describe("the overlay", function()
  local image = assert(core.image_from_bytes(PNG))
  local callouts = {
    { text = "Ø38 <H12>", confidence = 0.95, page = 1, box = { 100, 200, 60, 28 } },
    { text = "16", page = 1, box = { 300, 200, 40, 28 } },
    { text = "on another sheet", confidence = 0.5, page = 2, box = { 1, 1, 1, 1 } },
  }

  it("carries the picture, an outline and a number for each call-out of the page", function()
    local svg = assert(overlay.svg(image, drawing(callouts)))
    assert.is_truthy(svg:find('viewBox="0 0 2339 1654"', 1, true))
    assert.is_truthy(svg:find("data:image/png;base64,iVBORw0KGgo", 1, true))
    local _, outlines = svg:gsub("<g><title>", "")
    assert.equal(2, outlines)
    assert.is_truthy(svg:find("<title>1: Ø38 &lt;H12&gt; (95 %)</title>", 1, true))
    assert.is_truthy(svg:find("<title>2: 16</title>", 1, true))
    assert.is_nil(svg:find("on another sheet", 1, true))
  end)

  it("escapes what the drawing says", function()
    local svg = assert(overlay.svg(image, drawing {}))
    assert.is_truthy(svg:find("<title>A &lt;b&gt; &amp; c</title>", 1, true))
  end)

  it("colours by confidence, and grey where there is none", function()
    local svg = assert(overlay.svg(image, drawing(callouts)))
    assert.is_truthy(svg:find('stroke="#0a7d32"', 1, true))
    assert.is_truthy(svg:find('stroke="#5a5a5a"', 1, true))
  end)

  it("shows the page that is asked for", function()
    local two = drawing(callouts)
    two.sheets[2] = { page = 2, width = 100, height = 50 }
    local svg = assert(overlay.svg(image, two, { page = 2 }))
    assert.is_truthy(svg:find("on another sheet", 1, true))
    assert.is_truthy(svg:find('viewBox="0 0 100 50"', 1, true))
  end)

  it("says why a reading without boxes has none", function()
    local svg, err = overlay.svg(image, { callouts = {} })
    assert.is_nil(svg)
    assert.is_truthy(err.message:find("no boxes", 1, true))
  end)
end)
