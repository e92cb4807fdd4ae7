-- SPDX-License-Identifier: MIT
describe("a text layer", function()
  local words, text_layer
  local kept = {}

  setup(function()
    for _, name in ipairs { "vision.reading.reader", "vision.reading.text_layer" } do
      kept[name] = package.loaded[name] or false
      package.loaded[name] = nil
    end
    package.loaded["vision.reading.reader"] = {
      text_layer = function() return words and { words = words }, { reason = "reader_crashed" } end,
    }
    text_layer = require "vision.reading.text_layer"
  end)

  teardown(function()
    for name, module in pairs(kept) do
      package.loaded[name] = module or nil
    end
  end)

  it("is taken where it is text", function()
    words = { { text = "Ø38" }, { text = "H12" } }
    local page = assert(text_layer.read({}, 1, 200))
    assert.equal("text_layer", page.words[1].source)
  end)

  it("is none where it is empty or the codes of a font", function()
    words = {}
    assert.same({}, { text_layer.read({}, 1, 200) })
    words = { { text = "\239\191\189\239\191\189" }, { text = "\1\2\3" } }
    assert.same({}, { text_layer.read({}, 1, 200) })
  end)

  it("hands on why it cannot be read", function()
    words = nil
    local page, err = text_layer.read({}, 1, 200)
    assert.is_nil(page)
    assert.equal("reader_crashed", err.reason)
  end)
end)
