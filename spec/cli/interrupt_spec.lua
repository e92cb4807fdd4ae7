-- SPDX-License-Identifier: MIT
-- A real Ctrl-C is in spec/integration/cli_spec.lua.

local interrupt = require "vision.cli.interrupt"
local task = require "vision.base.task"

describe("work that Ctrl-C may end", function()
  it("runs in a task and gives what it returns", function()
    local interrupted, in_task, number = interrupt.run(function()
      task.sleep(0)
      return task.current() ~= nil, 7
    end)
    assert.same({ false, true, 7 }, { interrupted, in_task, number })
  end)

  it("throws what it throws, and can be run again", function()
    local ok, message = pcall(interrupt.run, function() error "broken" end)
    assert.is_false(ok)
    assert.truthy(message:find "broken")
    assert.equal(1, select(2, interrupt.run(function() return 1 end)))
  end)

  it("hands the signal back to the system", function()
    assert.has_no.errors(interrupt.by_default)
    assert.has_no.errors(interrupt.by_default)
  end)
end)
