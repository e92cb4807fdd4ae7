-- SPDX-License-Identifier: MIT
local clock = require "vision.base.clock"
local core = require "vision.core"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

describe("clock", function()
  after_each(function() clock.install() end)

  it("is the machine's", function()
    local first = clock.mono()
    assert.is_true(first <= core.mono() and core.mono() <= clock.mono())
    assert.is_true(math.abs(clock.wall() - core.wall()) < 60)
    for _ = 1, 100 do
      local number = clock.random()
      assert.is_true(number >= 0 and number < 1)
    end
    assert.not_equal(clock.random(), clock.random())
  end)

  it("can be another's, in whole or in part", function()
    clock.install { mono = function() return 7 end }
    assert.same({ 7, 7 }, { clock.mono(), clock.turn() })
    assert.is_true(clock.wall() > 1e9)
    clock.install { mono = function() return 7 end, turn = function() return 8 end }
    assert.equal(8, clock.turn())
    clock.install()
    assert.not_equal(7, clock.mono())
  end)
end)

describe("a virtual world", function()
  it("lets an hour pass at once", function()
    local world = virtual.new { now = 50 }
    local began, ended = world:run(function()
      local before = clock.mono()
      assert(task.sleep(3600))
      return before, clock.mono()
    end)
    assert.equal(50, began)
    assert.equal(3650, ended)
    assert.equal(0, world.pending)
  end)

  it("wakes in the order of time, then of age", function()
    local woken = {}
    virtual.new():run(function()
      local jobs = {}
      for i, seconds in ipairs { 5, 1, 3, 1, 4 } do
        jobs[i] = function()
          task.sleep(seconds)
          woken[#woken + 1] = i
        end
      end
      task.gather(jobs)
    end)
    assert.same({ 2, 4, 3, 5, 1 }, woken)
  end)

  it("holds deadlines and forgets cancelled timers", function()
    local world = virtual.new()
    local err, took = world:run(function()
      local started = clock.mono()
      local _, failed = task.timeout(2, task.sleep, 100)
      return failed, clock.mono() - started
    end)
    assert.equal("timeout", err.reason)
    assert.equal(2, took)
    assert.equal(0, world.pending)
  end)

  it("has the same chance again for the same seed", function()
    local function three(seed)
      local world = virtual.new { seed = seed }
      return { world.random(), world.random(), world.random() }
    end
    assert.same(three(4), three(4))
    assert.not_same(three(4), three(5))
  end)

  it("throws what a function threw", function()
    assert.has_error(function()
      virtual.new():run(function() error "boom" end)
    end)
    assert.not_equal(1000, clock.mono())
  end)
end)
