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
    for _ = 1, 2 do
      local _, err = pcall(box.take, box)
      assert.matches("nothing under way can bring", err)
    end
    task.spawn(function() box:put(2) end)
    assert.equal(2, task.spawn(box.take, box):join())
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

  it("leaves nothing behind of a wait that was left", function()
    virtual.new():run(function()
      local box, left = mailbox.new(), setmetatable({}, { __mode = "v" })
      left[1] = box
      local waiter = task.spawn(function(at) at:take() end, box)
      task.sleep(1)
      waiter:cancel()
      waiter:join()
      task.sleep(1)
      waiter, box = nil, nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      assert.is_nil(left[1])
    end)
  end)

  it("has one reader", function()
    virtual.new():run(function()
      local box = mailbox.new()
      task.spawn(function() box:take() end)
      task.sleep(1)
      local _, err = task.spawn(function() box:take() end):join()
      assert.matches("two waits for one operation", err.message)
      box:put(1)
    end)
  end)
end)
