-- SPDX-License-Identifier: MIT
local clock = require "vision.base.clock"
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
