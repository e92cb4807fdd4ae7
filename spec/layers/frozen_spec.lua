-- SPDX-License-Identifier: MIT
local description = require "vision.drawing.description"
local frozen = require "vision.layers.frozen"
local json = require "vision.base.json"

describe("a frozen reading", function()
  it("comes back as it was, each time a fresh one", function()
    local reading = description.new {
      summary = "Ø 20", details = { "a", "b" }, confidence = 0.92,
      drawing = { callouts = {}, notes = { "n" },
        sheets = { { items = json.array {}, box = {} } } },
      usage = { input_tokens = 812 },
    }
    local text = assert(frozen.freeze(reading))
    local one, other = assert(frozen.thaw(text)), assert(frozen.thaw(text))
    assert.same(reading, one)
    one.details[1], one.drawing.sheets[1].items[1] = "changed", "changed"
    assert.same(reading, other)
    assert.equal(json.encode(reading), json.encode(other)) -- also which empty tables are lists
    assert.matches('"box":{},"items":[]', json.encode(other), 1, true)
  end)

  it("needs no places where no list is empty", function()
    local text = assert(frozen.freeze { summary = "s", details = { "a" } })
    assert.same({ summary = "s", details = { "a" } }, frozen.thaw(text))
  end)

  it("refuses what a text cannot say", function()
    local cycle = {}
    cycle.cycle = cycle
    for _, value in ipairs { print, 0 / 0, cycle } do
      local text, why = frozen.freeze { value = value }
      assert.is_nil(text)
      assert.is_string(why)
    end
  end)

  it("says when a text is damaged", function()
    for _, text in ipairs { "", "[[", "[]\n", '[]\n{"summary"', '{"summary":', "[]" } do
      local reading, err = frozen.thaw(text)
      assert.is_nil(reading, text)
      assert.equal("invalid_json", err.reason)
    end
  end)
end)
