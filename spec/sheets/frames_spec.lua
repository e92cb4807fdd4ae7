-- SPDX-License-Identifier: MIT
-- Boxed lettering found in pictures by vision-reader. spec/fixtures/frames.svg is the source of the
-- sheet that is read here; the others are drawn below.
local core = require "vision.core"
local frames = require "vision.reading.frames"
local pictures = require "spec.support.pictures"
local reader = require "vision.reading.reader"

local function image_of(bytes)
  return assert(core.image_from_bytes(bytes))
end

local function sheet()
  local file = assert(io.open("spec/fixtures/frames.png", "rb"))
  local image = image_of(file:read "*a")
  file:close()
  return image
end

local function find(image, ...)
  local results = assert(reader.run(image, { { "open", gray = true }, ... }))
  return results[#results].frames
end

local function read(found)
  local texts, exact = {}, {}
  local segments, datums = frames.apply({}, found)
  for _, segment in ipairs(segments) do
    table.insert(segment.basic and exact or texts, segment.text)
  end
  local letters = {}
  for index, datum in ipairs(datums) do
    letters[index] = datum.letter
  end
  table.sort(texts)
  table.sort(exact)
  table.sort(letters)
  return texts, exact, letters
end

local ON_SHEET = {
  "⏤|0.02", "⏥|0,1", "○|0.05", "⌭|0.3", "⌒|0.02", "⌓|0,1|B", "//|0.05|A|B", "⟂|Ø0.2|CⓂ",
  "∠|0.02|A", "⌖|Ø0,1Ⓜ|B", "◎|Ø0.05|A-B", "⌯|0.3Ⓛ|D|E|F", "↗|0.02|A", "⌰|0,1|B",
  "⌖|Ø0.5CZ|A|B", "//|0.25|B", "⌖|Ø0.4|A|B", "⌖|Ø0.1|A", "⟂|0.08|C", "∠|0.06|D",
}
table.sort(ON_SHEET)

local function frame_at(found, text)
  for _, one in ipairs(found) do
    if one.rows[1].cells[1].text == text then
      return one
    end
  end
  error("no box with " .. text)
end

describe("boxed lettering", function()
  local image = sheet()

  it("is read: every characteristic, stacked and turned, and nothing else", function()
    local texts, exact, letters = read(find(image, { "frames" }))
    assert.same(ON_SHEET, texts)
    assert.same({ "12,50", "45.25" }, exact)
    assert.same({ "A", "B", "C" }, letters)
  end)

  it("is read when the sheet is skewed, or in larger and smaller pixels", function()
    for _, step in ipairs { { "rotate", angle = 1.5 }, { "rotate", angle = -1.5 },
      { "scale", factor = 1.6 }, { "scale", factor = 0.6 } } do
      assert.same(ON_SHEET, (read(find(image, step, { "frames" }))), step.angle or step.factor)
    end
  end)

  it("keeps its place on the page whatever was done to the picture", function()
    local box = frame_at(find(image, { "frames" }), "A").box
    assert.same({ 722, 482, 36, 36 }, box)
    local scaled = frame_at(find(image, { "scale", factor = 2 }, { "frames" }), "A").box
    for index = 1, 4 do
      assert.is_true(math.abs(box[index] - scaled[index]) <= 3)
    end
  end)

  it("that is turned says which way", function()
    local found = find(image, { "frames" })
    local rotations = {}
    for _, one in ipairs(found) do
      rotations[one.rows[1].cells[1].text .. one.rows[1].cells[#one.rows[1].cells].text] =
        one.rotation
    end
    assert.equal(90, rotations["⟂C"])
    assert.equal(270, rotations["∠D"])
    assert.equal(0, rotations["∠A"])
  end)
end)

describe("pictures without boxed lettering", function()
  local SIDE = 500

  for name, is_ink in pairs {
    ["a chequerboard of single pixels"] = function(x, y) return (x + y) % 2 == 0 end,
    ["a chequerboard of large fields"] = function(x, y)
      return (math.floor(x / 20) + math.floor(y / 20)) % 2 == 0
    end,
    ["a dense grid"] = function(x, y) return x % 12 == 0 or y % 12 == 0 end,
    ["a wide grid"] = function(x, y) return x % 50 < 2 or y % 50 < 2 end,
    ["hatching"] = function(x, y) return (x + y) % 12 < 2 end,
    ["boxes within boxes"] = function(x, y)
      return math.min(x, y, SIDE - 1 - x, SIDE - 1 - y) % 8 == 0
    end,
    ["blank paper"] = function() return false end,
    ["nothing but ink"] = function() return true end,
  } do
    it("give none: " .. name, function()
      local image = image_of(pictures.png(SIDE, SIDE, function(x, y)
        return is_ink(x, y) and 0 or 255
      end))
      local texts, exact, letters = read(find(image, { "frames" }))
      assert.same({ {}, {}, {} }, { texts, exact, letters })
    end)
  end

  it("may be of one pixel", function()
    assert.same({}, find(image_of(pictures.png(1, 1, function() return 0 end)), { "frames" }))
  end)
end)
