-- SPDX-License-Identifier: MIT
local gate = require "vision.base.gate"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local world

-- Runs in a world of its own time.
local function timed(body)
  return function()
    world = virtual.new()
    world:run(body)
    assert.equal(0, world.pending)
  end
end

describe("gate", function()
  it("lets all pass once it is open", timed(function()
    local shut = gate.new()
    local passed = {}
    for i = 1, 3 do
      task.spawn(function()
        assert(shut:wait())
        passed[#passed + 1] = i
      end)
    end
    task.sleep(1)
    assert.same({}, passed)
    shut:open()
    shut:open()
    task.sleep(0)
    assert.same({ 1, 2, 3 }, passed)
    assert.is_true(shut:wait())
  end))

  it("may be opened before anybody has waited", timed(function()
    local shut = gate.new()
    shut:open()
    assert.is_true(shut:wait())
  end))

  it("does not hold one that is stopped", timed(function()
    local shut = gate.new()
    local waiter = task.spawn(function() return shut:wait() end)
    task.sleep(1)
    waiter:cancel()
    local ok, err = waiter:join()
    assert.is_nil(ok)
    assert.equal("cancelled", err.reason)
    shut:open()
    assert.is_true(shut:wait())
  end))

  it("is waited for outside of tasks, too", function()
    world = virtual.new()
    world:install()
    local shut = gate.new()
    task.spawn(function()
      task.sleep(2)
      shut:open()
    end)
    local ok = shut:wait()
    world.uninstall()
    assert.is_true(ok)
    assert.equal(1002, world.now)
  end)
end)
