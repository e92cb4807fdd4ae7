-- SPDX-License-Identifier: MIT
local sandbox = require "vision.policy.sandbox"

local MEMORY, STEPS = 1024 * 1024, 100000
local PATH = "/a/folder/script.lua"

describe("policy sandbox", function()
  local function refused(value, err, words)
    assert.is_nil(value)
    assert.equal("script", err.reason)
    assert.truthy(err.message:find(words, 1, true), err.message)
  end

  it("gives what a script returns and calls its functions", function()
    local box = assert(sandbox.open(PATH, "return {\n a = 1, f = function(x, y) return x + y end }",
      MEMORY))
    assert.same({ a = 1 }, box.value)
    assert.same({ f = 2 }, box.functions)
    assert.equal(5, box:call("f", STEPS, 2, 3))
    assert.equal(PATH .. ":2", box:place "f")
  end)

  it("says path, line and reason", function()
    local value, err = sandbox.open(PATH, "return {\n a b }", MEMORY)
    refused(value, err, PATH .. ":2: ")
    value, err = sandbox.open(PATH, "return 1", MEMORY)
    refused(value, err, PATH .. ": it must return a table")
    local box = sandbox.open(PATH, "return {\n f = function(x)\n return x.y.z end }", MEMORY)
    value, err = box:call("f", STEPS, {})
    refused(value, err, PATH .. ":3: attempt to index")
    box = sandbox.open(PATH, "return {\n f = function() return ('x'):rep({}) end }", MEMORY)
    value, err = box:call("f", STEPS)
    refused(value, err, PATH .. ":2: bad argument")
  end)

  it("begins anew after a script was stopped", function()
    local box = sandbox.open(PATH, [[
      local n = 0
      return {
        f = function(endless)
          n = n + 1
          while endless do end
          return n
        end }]], MEMORY)
    assert.equal(1, box:call("f", STEPS))
    assert.equal(2, box:call("f", STEPS))
    local value, err = box:call("f", STEPS, true)
    refused(value, err, PATH .. ":5: it does not come to an end")
    assert.equal(1, box:call("f", STEPS))
  end)

  it("says which argument is no plain value: that is the caller's fault", function()
    local box = sandbox.open(PATH, "return { f = function() end }", MEMORY)
    local value, err = box:call("f", STEPS, 1, { x = print })
    assert.is_nil(value)
    assert.same({ "input", "#2 x: a function is no plain value" }, { err.reason, err.message })
  end)

  it("calls on the thread pool, each time anew", function()
    local box = sandbox.open(PATH, "local n = 0\nreturn { f = function(x)\n n = n + 1\n"
      .. "while x do end return n end }", MEMORY)
    assert.equal(1, box:call_apart("f", STEPS))
    assert.equal(1, box:call_apart("f", STEPS))
    local value, err = box:call_apart("f", STEPS, true)
    refused(value, err, PATH .. ":4: it does not come to an end")
    value, err = box:call_apart("f", STEPS, print)
    assert.is_nil(value)
    assert.equal("input", err.reason)
    assert.equal(1, box:call("f", STEPS))
  end)

  it("takes data without functions", function()
    assert.same({ a = { 1 } }, sandbox.data(PATH, "return { a = { 1 } }", MEMORY))
    local value, err = sandbox.data(PATH, "return {\n f = function() end }", MEMORY)
    refused(value, err, PATH .. ":2: 'f' is a function, but this script is data")
  end)
end)
