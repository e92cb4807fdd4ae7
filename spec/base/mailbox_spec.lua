-- SPDX-License-Identifier: MIT
local mailbox = require "vision.base.mailbox"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

describe("vision.base.mailbox", function()
  it("gives what was put, in order, and waits for more", function()
    virtual.new():run(function()
      local box = mailbox.new()
      box:put "a"
      box:put "b"
      task.spawn(function()
        task.sleep(5)
        box:put "c"
      end)
      assert.equal("a", box:take())
      assert.equal("b", box:take())
      assert.equal("c", box:take())
    end)
  end)

  it("may be waited at outside of tasks", function()
    local box = mailbox.new()
    task.spawn(function() box:put(1) end)
    assert.equal(1, box:take())
    assert.has_error(function() box:take() end) -- nobody could put anything
  end)

  it("is left by who is cancelled, and serves the next one", function()
    virtual.new():run(function()
      local box = mailbox.new()
      local waiter = task.spawn(function() return box:take() end)
      task.sleep(1)
      waiter:cancel()
      local value, err = waiter:join()
      assert.is_nil(value)
      assert.equal("cancelled", err.reason)
      box:put "late"
      assert.equal("late", box:take())
    end)
  end)

  it("has one reader", function()
    virtual.new():run(function()
      local box = mailbox.new()
      task.spawn(function() box:take() end)
      task.sleep(1)
      local _, err = task.spawn(function() box:take() end):join()
      assert.matches("two wait at one mailbox", err.message)
      box:put(1)
    end)
  end)
end)
