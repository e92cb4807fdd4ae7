-- SPDX-License-Identifier: MIT
local reading_shape = require "vision.drawing.reading_shape"

local function drawing(fields)
  local one = { title_block = {}, callouts = {}, notes = {}, missing = {} }
  for name, value in pairs(fields or {}) do one[name] = value end
  return { summary = "a pin", details = {}, drawing = one }
end

describe("the shape of a reading", function()
  it("is that of the schema, with whatever else stands in it", function()
    for _, reading in ipairs {
      { summary = "" }, { summary = "x", details = { "a" }, confidence = 0.5, own = print },
      drawing(), drawing { title_block = { title = "Pin" }, own = 7 },
      drawing { callouts = { { type = "diameter", text = "Ø8", nominal = 8, quantity = 2,
        box = { 1, 2, 3, 4 }, sources = { "local" } } } },
    } do
      assert.is_true(reading_shape.is_sound(reading))
    end
  end)

  it("is not that of anything else", function()
    for i, reading in ipairs {
      false, 5, "x", {}, { summary = 5 }, { summary = "x", details = 5 },
      { summary = "x", details = { 5 } }, { summary = "x", confidence = "high" },
      { summary = "x", drawing = 7 }, { summary = "x", drawing = {} },
      { summary = "x", warnings = "w" }, { summary = "x", trail = { 1 } },
      drawing { callouts = 5 }, drawing { callouts = { 5 } }, drawing { callouts = { {} } },
      drawing { callouts = { { type = "x", text = {} } } },
      drawing { callouts = { { type = "x", text = "x", box = { "a" } } } },
      drawing { title_block = { title = {} } }, drawing { sheets = { {} } },
    } do
      assert.is_false(reading_shape.is_sound(reading), "no. " .. i)
    end
    assert.is_false(reading_shape.is_sound(nil))
  end)
end)
