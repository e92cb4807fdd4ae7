-- SPDX-License-Identifier: MIT
-- Whole pages, from words that were recorded once from the sheets in examples/drawings.
local eval = require "vision.reading.eval"
local json = require "vision.base.json"
local page = require "vision.reading.page"

local function load(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return assert(json.decode(text))
end

local function recorded(name)
  return load("spec/reading/fixtures/" .. name .. ".json"),
    load("examples/drawings/" .. name .. ".json")
end

local function texts(list)
  local found = {}
  for _, callout in ipairs(list) do
    found[callout.text] = callout
  end
  return found
end

describe("a page", function()
  it("is read whole from a text layer with the picture as its witness", function()
    for _, name in ipairs { "flange", "shaft", "bracket" } do
      local words, label = recorded(name)
      local figures = eval.figures(eval.score(label, page.read(words.layer, words.seen, 1)))
      assert.equal(1, figures.number_f1, name)
      assert.equal(1, figures.callouts, name)
      assert.equal(1, figures.diameters, name)
      assert.equal(1, figures.title_block, name)
      assert.equal(0, figures.invented, name)
    end
  end)

  it("is read in the main from its picture", function()
    local total = {}
    for _, name in ipairs { "flange", "shaft", "bracket" } do
      local words, label = recorded(name)
      eval.add(total, eval.score(label, page.read(nil, words.picture, 1)))
    end
    local figures = eval.figures(total)
    assert.is_true(figures.number_f1 >= 0.85)
    assert.is_true(figures.callouts >= 0.7)
    assert.is_true(figures.invented <= 0.05)
  end)

  it("gives typed values with box, page, confidence and source", function()
    local words = recorded "flange"
    local read = page.read(words.layer, words.seen, 7)
    local hub = texts(read.callouts)["Ø64 0/-0,1"]
    assert.equal("diameter", hub.type)
    assert.equal(64, hub.nominal)
    assert.equal(0, hub.upper)
    assert.equal(-0.1, hub.lower)
    assert.equal("mm", hub.unit)
    assert.equal(7, hub.page)
    assert.same({ "text_layer" }, hub.sources)
    assert.equal(4, #hub.box)
    assert.is_true(hub.confidence > 0.9 and hub.confidence <= 1)
    local frame = texts(read.callouts)["⌖|Ø0,2|A|B"]
    assert.same({ "text_layer", "ocr" }, frame.sources)
    assert.equal("position", frame.characteristic)
    assert.equal("B", read.datums[1].letter)
    assert.equal(7, read.datums[1].page)
  end)

  it("believes a second look where it reads more", function()
    local function seen(text, x, width)
      return { text = text, box = { x, 300, width, 28 }, confidence = 0.95, rotation = 0,
        source = "lettering", length = width, height = 28, line = x }
    end
    local read = page.read(nil, { width = 1000, height = 700, words = {},
      more = { { seen("M8", 300, 50), seen("6H", 400, 45) } },
      again = { seen("M8", 300, 50), seen("-", 362, 20), seen("6H", 400, 45) } }, 1)
    assert.equal(1, #read.callouts)
    assert.equal("M8 - 6H", read.callouts[1].text)
  end)

  it("lists call-outs from top to bottom", function()
    local words = recorded "shaft"
    local last = 0
    for _, callout in ipairs(page.read(words.layer, words.seen, 1).callouts) do
      assert.is_true(callout.box[2] >= last)
      last = callout.box[2]
    end
  end)

  it("reads notes and leaves zones and title block out of the call-outs", function()
    local words = recorded "bracket"
    local read = page.read(words.layer, words.seen, 1)
    assert.is_true(table.concat(read.notes, "\n"):find("Pulverlackeras svart", 1, true) ~= nil)
    for _, callout in ipairs(read.callouts) do
      assert.is_true(callout.box[2] < 1250, callout.text)
      assert.is_true(callout.box[2] > 60, callout.text)
    end
  end)

  it("is empty where there are no words", function()
    local read = page.read(nil, { width = 100, height = 100, words = {} }, 1)
    assert.same({}, read.callouts)
    assert.same({}, read.title_block)
    assert.same({}, read.notes)
  end)
end)
