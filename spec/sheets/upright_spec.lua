-- SPDX-License-Identifier: MIT
-- The steps `upright` and `ink` of the reader, on sheets that are turned, tilted, inverted, badly
-- lit and photographed here.
local images = require "spec.support.images"
local pictures = require "spec.support.pictures"
local reader = require "vision.reading.reader"

-- The sheet, changed by steps of the reader itself.
local function changed(path, ...)
  local _, made = assert(reader.run(images.file(path), { { "open", dpi = 120 }, ... }))
  return made[1]
end

local function upright_of(image, turn)
  local results = assert(reader.run(image, { { "open" }, { "upright", turn = turn } }))
  return results[2]
end

local function map(m, x, y)
  local w = m[7] * x + m[8] * y + m[9]
  return (m[1] * x + m[2] * y + m[3]) / w, (m[4] * x + m[5] * y + m[6]) / w
end

local FLANGE, BRACKET = "examples/drawings/flange.png", "examples/drawings/bracket.png"

describe("the step upright", function()
  it("leaves a good sheet alone", function()
    for _, name in ipairs { "flange", "bracket", "shaft" } do
      local made = upright_of(images.file("examples/drawings/" .. name .. ".png"))
      assert.same({ step = "upright", turn = 0, width = 2339, height = 1654 }, made)
    end
  end)

  it("turns a page as most of its lettering stands", function()
    for _, angle in ipairs { 90, 180, 270 } do
      local made = upright_of(changed(BRACKET, { "rotate", angle = angle }, { "encode" }))
      assert.equal(360 - angle, made.turn)
      assert.same({ 2339, 1654 }, { made.width, made.height })
    end
  end)

  it("takes the caller's word for the direction", function()
    assert.equal(0, upright_of(changed(FLANGE, { "rotate", angle = 180 }, { "encode" }), 0).turn)
    local result, err = reader.run(images.file(FLANGE), { { "open" }, { "upright", turn = 45 } })
    assert.is_nil(result)
    assert.equal("invalid_option", err.reason)
  end)

  it("straightens a scan, and says where its pixels came from", function()
    local made = upright_of(changed(FLANGE, { "rotate", angle = 3 }, { "encode" }))
    assert.is_true(math.abs(made.skew - 3) < 0.15)
    -- The middle stays the middle.
    local x, y = map(made.to_page, made.width / 2, made.height / 2)
    local tilted = upright_of(changed(FLANGE, { "encode" }))
    local angle = math.rad(3)
    assert.is_true(math.abs(x - (tilted.width * math.cos(angle)
      + tilted.height * math.sin(angle)) / 2) < 12)
    assert.is_true(math.abs(y - (tilted.width * math.sin(angle)
      + tilted.height * math.cos(angle)) / 2) < 12)
  end)

  it("makes white on black dark on light", function()
    local dark = images.of(pictures.png(400, 300, function(x, y)
      return x % 40 < 2 and y > 20 and 255 or 10
    end))
    local results, made = assert(reader.run(dark, { { "open" }, { "upright", turn = 0 },
      { "crop", x = 5, y = 5, width = 10, height = 10 }, { "encode" } }))
    assert.is_true(results[2].inverted)
    local light = assert(reader.run(made[1], { { "open" }, { "upright", turn = 0 } }))
    assert.is_nil(light[2].inverted)
  end)

  it("finds the sheet in a photograph", function()
    local image = images.file "spec/fixtures/photograph.jpg"
    local made = upright_of(image)
    assert.is_true(made.photographed)
    assert.equal(270, made.turn)
    -- A4, seen from above.
    assert.is_true(math.abs(made.width / made.height - math.sqrt(2)) < 0.05)
    -- The sheet's upper left corner lies near the photograph's upper right one.
    local x, y = map(made.to_page, 0, 0)
    assert.is_true(math.abs(x - 1256) < 15 and math.abs(y - 228) < 15, ("%g, %g"):format(x, y))
  end)

  it("gives boxes and the base on the upright sheet from then on", function()
    local image = changed(FLANGE, { "rotate", angle = 180 }, { "encode" })
    local results = assert(reader.run(image, { { "open" }, { "upright" }, { "rotate", angle = 90 },
      { "base" }, { "words", psm = 12, languages = "eng", dpi = 200 } }))
    for _, word in ipairs(results[5].words) do
      if word.text == "VD-1001-02" then
        assert.is_true(word.box[1] > 1800 and word.box[2] > 1400)
        assert.equal(0, word.rotation)
        return
      end
    end
    error "the drawing number was not read"
  end)

  it("survives pictures without anything on them", function()
    for _, size in ipairs { { 1, 1 }, { 3, 900 }, { 2000, 1 }, { 640, 480 } } do
      for _, shade in ipairs { 0, 128, 255 } do
        local flat = images.of(pictures.png(size[1], size[2],
          function() return shade end))
        local made = upright_of(flat)
        assert.same({ 0, size[1], size[2] }, { made.turn, made.width, made.height })
      end
    end
  end)
end)

describe("the step ink", function()
  it("maps where a picture is blank, on black as on white", function()
    for _, ground in ipairs { 255, 0 } do
      local image = images.of(pictures.png(80, 48, function(x, y)
        return x < 16 and y < 16 and 255 - ground or ground
      end))
      local map_of = assert(reader.run(image, { { "open" }, { "ink", cell = 16 } }))[2]
      assert.same({ 5, 3, "9" .. ("0"):rep(14) }, { map_of.columns, map_of.rows, map_of.cells })
    end
  end)

  it("refuses a map that is too fine", function()
    local image = images.of(pictures.png(150, 150, function() return 255 end))
    local result, err = reader.run(image, { { "open" }, { "scale", factor = 16 },
      { "ink", cell = 4 } })
    assert.is_nil(result)
    assert.equal("too_large", err.reason)
  end)
end)
