-- SPDX-License-Identifier: MIT
local folder = require "spec.support.folder"
local load = require "vision.policy.load"

describe("load", function()
  local function loaded(text)
    local value, err
    folder.with(function(path)
      folder.write(path .. "/a.lua", text)
      value, err = load.file(path .. "/a.lua")
    end)
    return value, err
  end

  local function refused(text, words)
    local value, err = loaded(text)
    assert.is_nil(value)
    assert.equal("script", err.reason)
    assert.truthy(err.message:find(words, 1, true), err.message)
    assert.is_nil(err.message:find "\n")
  end

  it("gives what the script returns", function()
    assert.same({ a = "X" }, loaded "return { a = string.upper 'x' }")
  end)

  it("says file, line and reason of a fault", function()
    refused("return {\n  a = 1\n  b = 2\n}", "a.lua:3: ")
    refused("local x\nreturn { a = x.y }", "a.lua:2: ")
    refused("error 'no'", "a.lua:1: no")
    refused("error {}", "table")
    refused("return 5", "must return a table")
    refused("", "it is empty")
    refused("local n = 0\nwhile true do n = n + 1 end", "a.lua:2: it does not come to an end")
    refused((" "):rep(1024 * 1024 + 1), "larger than")
  end)

  it("refuses bytecode", function()
    local chunk = assert(loadstring or rawget(_G, "load"))("return {}") -- luacheck: std max
    refused(string.dump(chunk), "")
  end)

  it("leaves nothing in reach that reads, writes or loads", function()
    for _, name in ipairs { "io", "os", "require", "load", "dofile", "package", "debug", "_G" } do
      assert.is_nil(loaded("return { " .. name .. " }")[1])
    end
    refused("return { ('x').y.z }", "a.lua:1: ")
    local shared = loaded "string.upper = nil return { string.upper }"
    assert.is_nil(shared[1])
    assert.is_function(string.upper)
  end)

  it("says which file is missing", function()
    local value, err = load.file "/nonexistent/a.lua"
    assert.is_nil(value)
    assert.truthy(err.message:find("/nonexistent/a.lua", 1, true))
  end)
end)
