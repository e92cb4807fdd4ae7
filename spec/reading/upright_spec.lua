-- SPDX-License-Identifier: MIT
local upright = require "vision.reading.upright"

describe("a page that does not lie straight", function()
  local open = { "open", page = 1 }

  it("is made upright by the step behind `open`, unless it is known to be straight", function()
    assert.same({ open, { "upright" } }, upright.steps(open))
    assert.same({ open, { "upright", turn = 90 } }, upright.steps(open, { turn = 90 }))
    assert.same({ open }, upright.steps(open, { turn = 0, straight = true }))
  end)

  it("is straight when nothing had to be done", function()
    local opened = { step = "open", width = 30, height = 20, dpi = 200 }
    local made = { step = "upright", width = 30, height = 20, turn = 0 }
    local seen, sheet = upright.of { opened, made }
    assert.is_true(seen.straight)
    assert.same({ width = 30, height = 20, dpi = 200 }, sheet)
    seen = upright.of { opened, { step = "upright", width = 30, height = 20, inverted = true } }
    assert.is_false(seen.straight)
  end)

  it("has no resolution of its own in a photograph", function()
    local seen, sheet = upright.of { { width = 30, height = 20, dpi = 300 },
      { step = "upright", width = 25, height = 15, photographed = true, to_page = {} } }
    assert.is_nil(sheet.dpi)
    assert.same({ 30, 20, 300 }, { seen.width, seen.height, seen.dpi })
  end)

  it("gets back what was read on the sheet, for every quarter turn", function()
    -- On a page of 100 x 60, a box in the page's upper left corner.
    local on_sheet = { [0] = { 10, 5, 20, 8 }, [90] = { 47, 10, 8, 20 }, [180] = { 70, 47, 20, 8 },
      [270] = { 5, 70, 8, 20 } }
    for turn, box in pairs(on_sheet) do
      local seen = upright.quarters(100, 60, turn)
      local item = { box = box, rotation = 0 }
      upright.onto_page(seen, { item })
      assert.same({ 10, 5, 20, 8 }, item.box)
      assert.equal(turn, item.rotation)
      assert.is_nil(item.outline)
    end
  end)

  it("gives the corners where boxes are no longer upright", function()
    local angle = math.rad(3)
    local c, s = math.cos(angle), math.sin(angle)
    local item = { box = { 0, 0, 100, 10 } }
    upright.onto_page({ turn = 0, skew = 3, to_page = { c, -s, 50, s, c, 20, 0, 0, 1 } }, { item })
    assert.same({ { 50, 20 }, { 150, 25 }, { 149, 35 }, { 49, 30 } }, item.outline)
    assert.same({ 49, 20, 100, 15 }, item.box)
  end)

  it("keeps the corners of lettering at an angle", function()
    local item = { box = { 10, 10, 20, 20 }, outline = { { 10.2, 20 }, { 20, 10 }, { 30, 20 },
      { 20, 30 } } }
    upright.onto_page({ turn = 0 }, { item })
    assert.same({ { 10, 20 }, { 20, 10 }, { 30, 20 }, { 20, 30 } }, item.outline)
    upright.onto_page(upright.quarters(100, 60, 180), { item })
    assert.same({ { 90, 40 }, { 80, 50 }, { 70, 40 }, { 80, 30 } }, item.outline)
  end)

  it("takes the words of a text layer to the sheet and back", function()
    local layer = { words = { { text = "Flange", box = { 10, 5, 20, 8 }, rotation = 180 } } }
    local seen, size = upright.quarters(100, 60, 180)
    upright.onto_sheet(seen, layer, size)
    local box = layer.words[1].box
    assert.same({ 70, 47, 20, 8 }, box)
    assert.equal(0, layer.words[1].rotation)
    upright.onto_page(seen, layer.words)
    assert.same({ 10, 5, 20, 8 }, layer.words[1].box)
  end)

  it("maps a perspective there and back", function()
    local to_page = { 1.1, 0.05, 12, -0.03, 0.9, 30, 0.0001, 0.00005, 1 }
    local seen = { turn = 0, photographed = true, to_page = to_page }
    local item = { box = { 400, 300, 1, 1 } }
    upright.onto_page(seen, { item })
    local w = 0.0001 * 400 + 0.00005 * 300 + 1
    assert.equal(math.floor((1.1 * 400 + 0.05 * 300 + 12) / w + 0.5), item.outline[1][1])
    local layer = { words = { { box = { item.outline[1][1], item.outline[1][2], 0, 0 },
      rotation = 0 } } }
    upright.onto_sheet(seen, layer, { width = 1, height = 1 })
    assert.is_true(math.abs(layer.words[1].box[1] - 400) < 1)
    assert.is_true(math.abs(layer.words[1].box[2] - 300) < 1)
  end)

  describe("by its text layer", function()
    local function line(number, rotation, ...)
      local words = {}
      for _, text in ipairs { ... } do
        words[#words + 1] = { text = text, line = number, rotation = rotation }
      end
      return words
    end

    local function all(...)
      local words = {}
      for _, list in ipairs { ... } do
        for _, word in ipairs(list) do
          words[#words + 1] = word
        end
      end
      return words
    end

    it("stands as most of its lines do", function()
      assert.equal(180, upright.turn_of(all(line(1, 180, "Break", "all", "edges"),
        line(2, 180, "Remove", "burrs"), line(3, 90, "12", "H7"))))
      assert.equal(0, upright.turn_of(line(1, 0, "Break", "all", "edges")))
    end)

    it("is asked in the picture where the layer does not say", function()
      assert.is_nil(upright.turn_of {})
      assert.is_nil(upright.turn_of(line(1, 90, "Flange-with-a-long-name")))
      assert.is_nil(upright.turn_of(all(line(1, 0, "Break", "edges"),
        line(2, 90, "Break", "edges"))))
    end)
  end)
end)
