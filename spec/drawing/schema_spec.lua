-- SPDX-License-Identifier: MIT
local description = require "vision.drawing.description"
local json = require "vision.base.json"
local schema = require "vision.drawing.schema"

describe("the schema a model is asked to answer in", function()
  -- Calls `visit` with every schema inside and its depth in objects and lists.
  local function walk(node, visit, depth)
    depth = depth or 1
    visit(node, depth)
    for _, property in pairs(node.properties or {}) do
      walk(property, visit, depth + (property.properties and 1 or 0))
    end
    if node.items then
      walk(node.items, visit, depth + 1)
    end
  end

  it("passes what every provider demands at once", function()
    local allowed = { type = true, properties = true, required = true, items = true, enum = true,
      additionalProperties = true, description = true }
    local nullable = 0
    walk(schema.answer(), function(node, depth)
      assert.is_true(depth <= 5)
      for key in pairs(node) do
        assert.is_true(allowed[key], key)
      end
      nullable = nullable + (type(node.type) == "table" and 1 or 0)
      if node.type == "object" then
        assert.is_false(node.additionalProperties)
        local names = {}
        for _, name in ipairs(node.required) do
          names[name] = true
        end
        for name in pairs(node.properties) do
          assert.is_true(names[name], name)
          names[name] = nil
        end
        assert.is_nil(next(names))
      end
    end)
    assert.is_true(nullable <= 16)
  end)

  it("is what the example in the prompt follows", function()
    local text = schema.instruction():match "\n({.*})$"
    local example = assert(json.decode(text))
    local reading = description.from_text(text, { provider = "example" })
    assert.is_true(reading.parsed)
    assert.equal(example.drawing.callouts[1].text, reading.drawing.callouts[1].text)
    for _, name in ipairs(schema.answer().required) do
      assert.is_not_nil(example[name], name)
    end
  end)
end)

describe("schema/reading-1.schema.json", function()
  it("is what the program gives out", function()
    local file = assert(io.open("schema/reading-1.schema.json", "rb"))
    local text = file:read "*a"
    file:close()
    local wanted = json.encode(schema.reading(), { pretty = true }) .. "\n"
    assert(text == wanted, "the file and lua/vision/drawing/schema.lua differ: write the file "
      .. "anew with tools/write_schema.lua")
  end)

  it("names every field of a reading", function()
    local properties = schema.reading().properties
    local reading = description.from_text('{"summary":"a"}', { provider = "p", model = "m" })
    for field in pairs(reading) do
      assert.is_not_nil(properties[field], field)
    end
  end)
end)
