-- SPDX-License-Identifier: MIT
local labels = require "vision.reading.labels"

local function folder_with(files)
  local folder = os.tmpname()
  os.remove(folder)
  os.execute("mkdir '" .. folder .. "'")
  for name, text in pairs(files) do
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(text)
    file:close()
  end
  finally(function() os.execute("rm -r '" .. folder .. "'") end)
  return folder
end

describe("a folder of labels", function()
  it("gives the mechanical drawings by name, with the drawing's path", function()
    local list = assert(labels.read "examples/drawings")
    assert.equal(3, #list)
    assert.equal("bracket", list[1].name)
    assert.equal("examples/drawings/bracket.pdf", list[1].file)
    assert.equal("30-1187", list[1].label.title_block.drawing_number)
  end)

  it("leaves out what is not scored", function()
    local folder = folder_with {
      ["a.json"] = '{"file": "a.png", "kind": "circuit"}',
      ["b.json"] = '{"file": "b.png", "kind": "mechanical"}',
      ["notes.txt"] = "no labels",
    }
    local list = assert(labels.read(folder))
    assert.equal(1, #list)
    assert.equal("b", list[1].name)
  end)

  it("says what is wrong", function()
    local list, err = labels.read "no/such folder's"
    assert.is_nil(list)
    assert.equal("not_found", err.reason)
    assert.matches("no/such folder's", err.message, 1, true)
    list, err = labels.read(folder_with {})
    assert.is_nil(list)
    assert.matches("no labels of mechanical drawings", err.message)
    list, err = labels.read(folder_with { ["a.json"] = "[1, 2" })
    assert.is_nil(list)
    assert.equal("invalid_json", err.reason)
    assert.is_truthy(err.message:find("a.json", 1, true))
  end)
end)
