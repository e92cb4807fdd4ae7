-- SPDX-License-Identifier: MIT

local core = require "vision.core"
local pdf = require "spec.support.pdf"
local pictures = require "spec.support.pictures"
local reader = require "vision.reading.reader"
local task = require "vision.base.task"

local function image_of(bytes)
  local image, err = core.image_from_bytes(bytes)
  return assert(image, err and err.message)
end

local function fixture(name)
  local file = assert(io.open("spec/fixtures/" .. name, "rb"))
  local bytes = file:read "*a"
  file:close()
  return image_of(bytes)
end

local sheet = {
  { text = "Flange", x = 60, y = 150, size = 20 },
  { text = "<25,5> & more", x = 60, y = 120 },
  { text = "ABOVE 120", x = 40, y = 60, size = 14, angle = 90 },
}

local function page_image(page)
  page = page or {}
  return image_of(pdf.write { { width = page.width or 300, height = page.height or 200,
    texts = page.texts or sheet, rotate = page.rotate, crop = page.crop } })
end

local function texts_of(page)
  local texts = {}
  for index, word in ipairs(page.words) do texts[index] = word.text end
  return table.concat(texts, " ")
end

local function word_of(page, text)
  for _, word in ipairs(page.words) do
    if word.text == text then return word end
  end
  error("no word " .. text .. " in: " .. texts_of(page))
end

local function assert_near(expected, actual, tolerance, what)
  assert.is_true(math.abs(expected - actual) <= tolerance,
    ("%s: %g expected, got %g"):format(what, expected, actual))
end

local function assert_box(expected, box, tolerance)
  for index, name in ipairs { "x", "y", "width", "height" } do
    assert_near(expected[index], box[index], tolerance, name)
  end
end

local function assert_same_place(expected, box)
  assert_near(expected[1] + expected[3] / 2, box[1] + box[3] / 2, 6, "middle, across")
  assert_near(expected[2] + expected[4] / 2, box[2] + box[4] / 2, 6, "middle, down")
end

local function white() return 255, 255, 255 end

-- A part of a picture is of one shade of grey, to the last pixel.
local function assert_shade(value, image, x, y, width, height)
  local cut = { { "open" }, { "crop", x = x, y = y, width = width, height = height }, { "gray" },
    { "encode" } }
  local flat = image_of(pictures.png(width, height, function() return value end))
  local _, part = reader.run(image, cut)
  local _, wanted = reader.run(flat, { { "open" }, { "encode" } })
  assert.equal(wanted[1]:sha256(), part[1]:sha256())
end

local function assert_refused(reason, pattern, result, err)
  assert.is_nil(result)
  assert.equal(reason, err.reason, err.message)
  assert.matches(pattern, err.message)
end

describe("reader", function()
  it("says that it can read, and in which languages", function()
    local about = assert(reader.available())
    assert.matches("^%d+%.%d+", about.tesseract)
    assert.is_true(#about.languages > 0)
    assert.not_equal("none", about.sandbox)
  end)

  it("opens a coloured picture in grey, where that is asked for", function()
    local red = image_of(pictures.png(30, 20, function() return 255, 0, 0 end))
    for colour_type, gray in pairs { [0] = true, [2] = false } do
      local _, made = assert(reader.run(red, { { "open", gray = gray }, { "encode" } }))
      assert.equal(colour_type, made[1]:bytes():byte(26)) -- of its PNG header: 0 grey, 2 colour
    end
  end)

  describe("info", function()
    it("gives pixels of a picture", function()
      local info = assert(reader.info(image_of(pictures.png(30, 20, white))))
      assert.same({ "png", 1, 30, 20, false },
        { info.type, info.pages, info.width, info.height, info.encrypted })
    end)

    it("gives pages and points of a PDF, as the page is seen", function()
      local info = assert(reader.info(page_image { rotate = 90, crop = { 40, 40, 260, 180 } }))
      assert.same({ "pdf", 1, 140, 220 },
        { info.type, info.pages, info.width_points, info.height_points })
    end)

    it("counts 500 pages and reads the last", function()
      local pages = {}
      for number = 1, 500 do
        pages[number] = { width = 300, height = 200,
          texts = { { text = "Page " .. number, x = 20, y = 20 } } }
      end
      local image = image_of(pdf.write(pages))
      assert.equal(500, reader.info(image).pages)
      assert.equal("Page 500", texts_of(reader.text_layer(image, { page = 500 })))
      assert_refused("invalid_option", "500 pages", reader.text_layer(image, { page = 501 }))
    end)
  end)

  describe("text layer", function()
    it("gives words with boxes in pixels, entities decoded", function()
      local page = assert(reader.text_layer(page_image(), { dpi = 144 }))
      assert.same({ 600, 400, 144, 1 }, { page.width, page.height, page.dpi, page.page })
      assert_box({ 120, 70, 118, 38 }, word_of(page, "Flange").box, 12)
      assert.equal(0, word_of(page, "<25,5>").rotation)
      assert.equal(word_of(page, "<25,5>").line, word_of(page, "more").line)
      assert.are_not.equal(word_of(page, "Flange").line, word_of(page, "more").line)
      assert.equal("&", word_of(page, "&").text)
    end)

    it("knows a line that runs upwards", function()
      local page = assert(reader.text_layer(page_image()))
      assert.equal(90, word_of(page, "ABOVE").rotation)
      assert.equal(90, word_of(page, "120").rotation)
    end)

    it("has the coordinates of the page as it is seen", function()
      local page = assert(reader.text_layer(page_image { rotate = 90, crop = { 40, 40, 260, 180 } },
        { dpi = 72 }))
      assert.same({ 140, 220 }, { page.width, page.height })
      local x, y, width, height = (table.unpack or unpack)(word_of(page, "Flange").box)
      assert.is_true(x >= 0 and y >= 0 and x + width <= 140 and y + height <= 220)
    end)

    it("is empty for a picture", function()
      local page = assert(reader.text_layer(image_of(pictures.png(30, 20, white))))
      assert.same({ 30, 20, 0 }, { page.width, page.height, #page.words })
    end)
  end)

  describe("words", function()
    it("reads a page and says where and how surely", function()
      local page = assert(reader.words(page_image(), { psm = 11, dpi = 300 }))
      local word = word_of(page, "Flange")
      assert_box({ 250, 137, 250, 85 }, word.box, 40)
      assert.is_true(word.confidence > 0.5 and word.confidence <= 1)
      assert.equal(0, word.rotation)
      assert.same({ 1250, 834, 300 }, { page.width, page.height, page.dpi })
    end)

    it("maps words of a turned, cut and scaled picture back to the page", function()
      local results = assert(reader.run(page_image(), {
        { "open", dpi = 300 }, { "crop", x = 100, y = 100, width = 900, height = 700 },
        { "rotate", angle = 90 }, { "scale", factor = 0.8 }, { "words", psm = 11 },
        { "base" }, { "rotate", angle = 90 }, { "words", psm = 11 },
      }))
      local word = word_of(results[5], "ABOVE")
      assert.equal(90, word.rotation)
      assert_same_place(word_of(results[8], "ABOVE").box, word.box)
    end)

    it("maps words of a slightly turned picture back", function()
      local image = page_image()
      local straight = word_of(reader.words(image, { dpi = 300, psm = 11 }), "Flange")
      local results = assert(reader.run(image, {
        { "open", dpi = 300 }, { "rotate", angle = -3.5 }, { "words", psm = 11 },
      }))
      local word = word_of(results[3], "Flange")
      assert.equal(356.5, word.rotation)
      assert_same_place(straight.box, word.box)
    end)

    it("serves several passes with one sending", function()
      local results = assert(reader.run(page_image(), {
        { "open", dpi = 300 }, { "unline" }, { "words", psm = 11 },
        { "base" }, { "rotate", angle = 90 }, { "words", psm = 11 },
      }))
      assert.equal(0, word_of(results[3], "Flange").rotation)
      assert.equal(90, word_of(results[6], "ABOVE").rotation)
    end)

    it("finds none on an empty sheet and on a picture of one pixel", function()
      assert.same({}, reader.words(page_image { texts = {} }).words)
      local page = assert(reader.words(image_of(pictures.png(1, 1, white))))
      assert.same({ 1, 1, 0 }, { page.width, page.height, #page.words })
    end)

    it("names the package of a language that is not there", function()
      assert_refused("missing_library", "tesseract%-ocr%-xyz",
        reader.words(page_image(), { languages = "xyz" }))
      assert_refused("invalid_option", "languages",
        reader.words(page_image(), { languages = "../eng" }))
    end)
  end)

  describe("picture", function()
    it("turns, cuts and fits a page", function()
      local picture, info = reader.picture(page_image(), { dpi = 144, rotate = 90,
        crop = { 10, 20, 300, 400 }, width = 150, format = "jpeg", quality = 60 })
      assert(picture, info.message)
      assert.same({ "jpeg", 150, 200 }, { picture:type(), picture:width(), picture:height() })
      assert.same({ 150, 200, picture:size(), 144 },
        { info.width, info.height, info.bytes, info.dpi })
    end)

    it("never makes a picture larger", function()
      local picture = assert(reader.picture(image_of(pictures.png(30, 20, white)), { width = 900 }))
      assert.equal(30, picture:width())
    end)

    it("keeps grey grey and colour colour", function()
      local grey = assert(reader.picture(image_of(pictures.png(8, 8, function() return 120 end))))
      assert.equal(0, grey:bytes():byte(26))
      local red = assert(reader.picture(image_of(pictures.png(8, 8, function()
        return 255, 0, 0
      end))))
      assert.equal(2, red:bytes():byte(26))
    end)

    it("lays transparency on white", function()
      -- Black ink on nothing: the middle is ink, all else transparent black.
      local function ink(x, y)
        local inside = x >= 12 and x < 36 and y >= 4 and y < 12
        return 0, 0, 0, inside and 255 or 0
      end
      local colour = image_of(pictures.png(48, 16, ink))
      local grey = image_of(pictures.png(48, 16, function(x, y)
        return 0, select(4, ink(x, y))
      end))
      local rows = {}
      for y = 0, 15 do
        rows[y + 1] = "\0"
        for x = 0, 47 do
          rows[y + 1] = rows[y + 1] .. (select(4, ink(x, y)) == 255 and "\1" or "\0")
        end
      end
      local palette = image_of(pictures.png_of(48, 16, 3, table.concat(rows),
        pictures.chunk("PLTE", ("\0"):rep(6)) .. pictures.chunk("tRNS", "\0\255")))
      for _, image in ipairs { colour, grey, palette } do
        assert_shade(255, image, 0, 0, 12, 16)
        assert_shade(0, image, 12, 4, 24, 8)
      end
    end)

    it("lays what is of the one transparent colour on white", function()
      local function keyed(colour, samples, key)
        local rows = {}
        for y = 0, 15 do
          rows[y + 1] = "\0"
          for x = 0, 47 do
            local ink = x >= 12 and x < 36 and y >= 4 and y < 12
            rows[y + 1] = rows[y + 1] .. string.char(ink and 0 or 10):rep(samples)
          end
        end
        return image_of(pictures.png_of(48, 16, colour, table.concat(rows),
          pictures.chunk("tRNS", key)))
      end
      for _, image in ipairs { keyed(2, 3, ("\0\10"):rep(3)), keyed(0, 1, "\0\10") } do
        assert_shade(255, image, 0, 0, 12, 16)
        assert_shade(0, image, 12, 4, 24, 8)
      end
      assert_shade(10, keyed(0, 1, "\0\11"), 0, 0, 12, 16)
    end)

    it("turns as EXIF says, all eight ways", function()
      -- Where in the stored picture the corner lies that is seen top left: right, bottom.
      local stored = { { false, false }, { true, false }, { true, true }, { false, true },
        { false, false }, { false, true }, { true, true }, { true, false } }
      for orientation = 1, 8 do
        local right, bottom = stored[orientation][1], stored[orientation][2]
        local dark = image_of(pictures.png(32, 16, function(x, y)
          return (x >= 16) == right and (y >= 8) == bottom and 0 or 255
        end))
        local jpeg = assert(reader.picture(dark, { format = "jpeg", quality = 95 }))
        local turned = image_of(pictures.oriented(jpeg:bytes(), orientation))
        local width, height = 32, 16
        if orientation > 4 then width, height = height, width end
        local info = assert(reader.info(turned))
        assert.same({ width, height }, { info.width, info.height })
        assert_shade(0, turned, 0, 0, width / 2, height / 2)
        assert_shade(255, turned, width / 2, 0, width / 2, height)
        assert_shade(255, turned, 0, height / 2, width, height / 2)
      end
    end)

    it("opens each page of a TIFF, turned as it says", function()
      local left_dark = (("\0"):rep(16) .. ("\255"):rep(16)):rep(16)
      local image = image_of(pictures.tiff {
        { width = 32, height = 16, data = left_dark },
        { width = 32, height = 16, data = left_dark, orientation = 6 },
        { width = 8, height = 24, data = ("\200"):rep(192) },
      })
      assert.equal(3, reader.info(image).pages)
      local sizes = {}
      for page = 1, 3 do
        local picture = assert(reader.picture(image, { page = page }))
        sizes[page] = picture:width() .. "x" .. picture:height()
        if page == 1 then assert_shade(0, picture, 0, 0, 16, 16) end
        -- Its left is up when it is turned clockwise.
        if page == 2 then assert_shade(0, picture, 0, 0, 16, 16) end
      end
      assert.same({ "32x16", "16x32", "8x24" }, sizes)
      local info = assert(reader.info(image, { page = 3 }))
      assert.same({ 8, 24 }, { info.width, info.height })
      assert_refused("invalid_option", "page 4: the file has 3 pages",
        reader.picture(image, { page = 4 }))
    end)

    it("cuts tiles that overlap and cover all", function()
      local image = image_of(pictures.png(300, 140, white))
      local results, made = reader.run(image, {
        { "open" }, { "tiles", width = 128, height = 150, overlap = 0.1 } })
      assert(results, made.message)
      local tiles = results[2].tiles
      assert.equal(3, #tiles)
      assert.equal(3, #made)
      assert.same({ 0, 0, 128, 140 }, tiles[1].box)
      assert.equal(300, tiles[3].box[1] + tiles[3].box[3])
      for index = 2, #tiles do
        local overlap = tiles[index - 1].box[1] + 128 - tiles[index].box[1]
        assert.is_true(overlap >= 12)
      end
    end)
  end)

  describe("bad input", function()
    local function open(image, pool)
      return reader.run(image, { { "open" } }, { pool = pool })
    end

    it("refuses an encrypted PDF, but not one that only its author may change", function()
      assert_refused("encrypted", "password", reader.info(fixture "encrypted.pdf"))
      assert.is_true(reader.info(fixture "owner_password.pdf").encrypted)
      assert.matches("Hello", texts_of(reader.text_layer(fixture "owner_password.pdf")))
    end)

    it("refuses a damaged PDF with what poppler says", function()
      local bytes = pdf.write { { width = 300, height = 200, texts = sheet } }
      assert_refused("invalid_image", "damaged: %S", open(image_of(bytes:sub(1, 300))))
      assert_refused("invalid_image", "damaged: %S", open(image_of "%PDF-1.4 and nothing more"))
    end)

    it("refuses pixels above the limit before it decodes them", function()
      local huge = image_of(pictures.png_of(60000, 60000, 0, "no such data"))
      assert_refused("too_large", "60000x60000.*300 million", open(huge))
      -- Few enough pixels, but of 64 bits each: 10 GB behind a megabyte.
      local deep = pictures.png_of(17300, 17300, 6, "no such data")
      deep = deep:sub(1, 24) .. "\16" .. deep:sub(26)
      assert_refused("too_large", "17300x17300 pixels of 64 bits", open(image_of(deep)))
      local animation = "GIF89a" .. ("\255\255"):rep(2) .. "\0\0\0,"
        .. ("\0"):rep(4) .. ("\255\255"):rep(2) .. "\0\2\1\0\0;"
      assert_refused("too_large", "65535x65535", open(image_of(animation)))
    end)

    it("refuses data that is not what its header says", function()
      assert_refused("invalid_image", "decoding",
        open(image_of(pictures.png_of(50, 50, 0, "too few rows"))))
      local png = pictures.png(50, 50, white)
      local damaged = png:sub(1, 60) .. ("x"):rep(40) .. png:sub(101)
      assert_refused("invalid_image", "decoding", open(image_of(damaged)))
    end)

    it("lowers the resolution of a huge PDF page and says so", function()
      local results = assert(reader.run(page_image { width = 14400, height = 14400, texts = {} },
        { { "open", dpi = 200, gray = true } }, { pool = assert(reader.new_pool {
          pixels = 16000000, workers = 1 }) }))
      assert.same({ 20, 200, 4000 },
        { results[1].dpi, results[1].wanted_dpi, results[1].width })
    end)

    it("refuses steps that do not exist, with what does", function()
      local image = page_image()
      assert_refused("invalid_option", "no such step: 'opne'", reader.run(image, { { "opne" } }))
      assert_refused("invalid_option", "it takes: page dpi gray",
        reader.run(image, { { "open", pages = 1 } }))
      assert_refused("invalid_option", "from 1 to", reader.run(image, { { "open", page = 0 } }))
      assert_refused("invalid_option", "needs an open", reader.run(image, { { "words" } }))
      assert.has_error(function() reader.run(image, { { "open", page = "1\nwords" } }) end)
    end)

    it("keeps the limit of what it answers", function()
      local pool = assert(reader.new_pool { output = 64, workers = 1 })
      assert_refused("too_large", "64 bytes",
        reader.run(image_of(pictures.png(90, 90, white)), { { "open" }, { "encode" } },
          { pool = pool }))
    end)
  end)

  it("is missing with advice where the program is not", function()
    local path = package.cpath
    package.cpath = "/nowhere/?.so"
    local pool, err = reader.new_pool()
    package.cpath = path
    assert_refused("missing_library", "apt%-get install .*tesseract%-ocr%-eng", pool, err)
  end)

  it("works in tasks and outside of them", function()
    local image = page_image()
    local t = task.spawn(function() return texts_of(reader.text_layer(image)) end)
    assert.equal(texts_of(reader.text_layer(image)), t:join())
  end)
end)
