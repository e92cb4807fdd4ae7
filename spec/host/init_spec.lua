-- SPDX-License-Identifier: MIT
local clock = require "vision.base.clock"
local core = require "vision.core"
local log = require "vision.base.log"
local vision = require "vision"

describe("vision.host", function()
  after_each(function() vision.host.configure() end)

  it("steps what waits, and never waits itself", function()
    local work = vision.task.spawn(function()
      vision.task.sleep(0.01)
      return "done"
    end)
    local steps = 0
    while not work:done() do
      vision.host.step { budget_us = 100 }
      steps = steps + 1
    end
    assert.equal("done", work:join())
    assert.is_true(steps > 1)
  end)

  it("lets no more tasks begin than its budget has time for, and all in their order", function()
    local now, order = 100, {}
    clock.install { mono = function() return now end }
    for i = 1, 7 do
      vision.task.spawn(function()
        order[#order + 1] = i
        now = now + 0.0006
      end)
    end
    local counts = {}
    for i = 1, 4 do
      vision.host.step { budget_us = 1000 }
      counts[i] = #order
    end
    vision.host.step { budget_us = 0 } -- one goes on all the same
    assert.same({ 2, 4, 6, 7 }, counts)
    assert.same({ 1, 2, 3, 4, 5, 6, 7 }, order)
  end)

  it("counts what the loop took of the budget, too", function()
    local now, went_on = 100, 0
    clock.install { mono = function()
      now = now + 0.0006 -- each look at it
      return now
    end }
    for _ = 1, 3 do vision.task.spawn(function() went_on = went_on + 1 end) end
    vision.host.step { budget_us = 500 }
    assert.equal(1, went_on)
    vision.host.step { budget_us = 1e6 }
    assert.equal(3, went_on)
  end)

  it("holds its budget also where the host's clock stands still", function()
    vision.host.configure { clock = { mono = function() return 5 end } }
    local went_on = 0
    local work = vision.task.spawn(function()
      local began = core.mono()
      repeat went_on = went_on + 1 until core.mono() - began > 0.002
      vision.task.breathe()
      went_on = "on"
    end)
    vision.task.spawn(function() went_on = went_on + 0.5 end)
    vision.host.step { budget_us = 1000 }
    assert.is_false(work:done())
    assert.equal(0, went_on % 1) -- the second waits for the next step
    repeat vision.host.step { budget_us = 1000 } until work:done()
    assert.equal("on", went_on)
  end)

  it("gives the host's log each line, and stderr again when it is taken back", function()
    local lines = {}
    vision.host.configure {
      log = function(level, message) lines[#lines + 1] = level .. message end,
    }
    log.warn("a %s", "b")
    assert.same({ "warna b" }, lines)
  end)

  it("goes by the host's clock, and by the machine's for what it lacks", function()
    vision.host.configure { clock = { wall = function() return 5 end } }
    assert.equal(5, clock.wall())
    assert.is_true(clock.mono() > 0)
    vision.host.configure()
    assert.is_true(clock.wall() > 1e9)
  end)

  it("throws at misuse, and says what it must be", function()
    for message, call in pairs {
      ["budget_us"] = function() vision.host.step { budget_us = -1 } end,
      ["budget"] = function() vision.host.step { budget = 1 } end,
      ["log"] = function() vision.host.configure { log = "file" } end,
      ["mono"] = function() vision.host.configure { clock = { mono = 5 } } end,
      ["log_level"] = function() vision.host.configure { log_level = "loud" } end,
    } do
      local ok, err = pcall(call)
      assert.is_false(ok)
      assert.matches(message, err)
    end
  end)
end)
