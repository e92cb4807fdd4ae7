-- SPDX-License-Identifier: MIT
-- What every shelf of the service does (lua/vision/server/shelf.lua).

local assert = require "luassert"
local clock = require "vision.base.clock"

local contract = {}

--- Declares the specs.
---@param it function of busted
---@param open fun(): vision.server.Shelf an empty one
function contract.describe(it, open)
  it("keeps the last text of a key", function()
    local shelf = assert(open())
    assert.is_false(shelf:get "a")
    assert(shelf:put("a", "one", 60))
    assert(shelf:put("a", "two\n ünder", 60))
    assert(shelf:put("b", "other", 60))
    local long = ("k"):rep(5000)
    assert.is_false(shelf:get(long))
    assert(shelf:put(long, "x", 60))
    assert.equal("x", shelf:get(long))
    assert.same({ "two\n ünder", "other" }, { shelf:get "a", shelf:get "b" })
    shelf:close()
  end)

  it("adds a text where there is none, and drops one", function()
    local shelf = assert(open())
    assert.is_true(shelf:add("a", "one", 60))
    assert.equal("one", shelf:add("a", "two", 60))
    assert.equal("one", shelf:get "a")
    assert(shelf:drop "a")
    assert(shelf:drop "nothing")
    assert.is_false(shelf:get "a")
    assert.is_true(shelf:add("a", "three", 0.05))
    local began = clock.wall()
    repeat until clock.wall() - began > 0.06
    assert.is_true(shelf:add("a", "four", 60))
    assert.equal("four", shelf:get "a")
    shelf:close()
  end)

  it("keeps lists in their order, of each as many as wished", function()
    local shelf = assert(open())
    for i = 1, 7 do
      assert(shelf:append("all", tostring(i), 60))
      assert(shelf:append("few", tostring(i), 60, 3))
    end
    assert.same({ "2", "3", "4" }, shelf:list("all", 2, 3))
    assert.same({ "7" }, shelf:list("all", 7, 10))
    assert.same({}, shelf:list("all", 8, 10))
    assert.same({}, shelf:list("none", 1, 10))
    assert.same({ "7", "6" }, shelf:newest("all", 2))
    assert.same({ "7", "6", "5" }, shelf:newest("few", 10))
    shelf:close()
  end)

  it("writes several at once, where a key has a certain text", function()
    local shelf = assert(open())
    local writes = { { "put", "lease", "mine 2", 60 }, { "put", "state", "1", 60 },
      { "append", "list", "a", 60 }, { "append", "list", "b", 60, 1 }, { "drop", "old" } }
    assert(shelf:put("old", "x", 60))
    assert.is_false(shelf:write_if("lease", "mine", writes))
    assert(shelf:put("lease", "another's", 60))
    assert.is_false(shelf:write_if("lease", "mine", writes))
    assert.same({ "another's", false, "x" },
      { shelf:get "lease", shelf:get "state", shelf:get "old" })
    assert.same({}, shelf:list("list", 1, 10))
    assert(shelf:put("lease", "mine", 60))
    assert.is_true(shelf:write_if("lease", "mine", writes))
    assert.same({ "mine 2", "1", false }, { shelf:get "lease", shelf:get "state", shelf:get "old" })
    assert.same({ "b" }, shelf:list("list", 1, 10))
    assert.is_false(shelf:write_if("lease", "mine", writes))
    assert(shelf:put("lease", "mine", 0.05))
    local began = clock.wall()
    repeat until clock.wall() - began > 0.06
    assert.is_false(shelf:write_if("lease", "mine", writes))
    assert.same({ "b" }, shelf:list("list", 1, 10))
    shelf:close()
  end)

  it("forgets when it is time", function()
    local shelf = assert(open())
    assert(shelf:put("short", "x", 0.05))
    assert(shelf:put("long", "y", 60))
    assert(shelf:append("list", "x", 0.05))
    local began = clock.wall()
    repeat until clock.wall() - began > 0.06
    assert.is_false(shelf:get "short")
    assert.same({}, shelf:list("list", 1, 10))
    assert.equal("y", shelf:get "long")
    shelf:close()
  end)
end

return contract
