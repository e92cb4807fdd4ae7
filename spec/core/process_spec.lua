-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local ended = require("spec.support.processes").ended

describe("the name of a process", function()
  it("tells whether it has ended, with whatever stands behind it", function()
    local own = core.process_name()
    assert.equal(own, core.process_name())
    assert.is_false(core.process_has_ended(own))
    assert.is_false(core.process_has_ended(own .. ":more"))
    assert.is_true(core.process_has_ended(ended()))
    assert.is_true(core.process_has_ended(ended() .. ":more"))
  end)

  it("is of one process alone: a later one of its number is another", function()
    assert.is_true(core.process_has_ended((core.process_name():gsub("%d+$", "1"))))
  end)

  it("of another machine, or another start of it, tells nothing", function()
    local name = ended()
    for _, other in ipairs { "", "x", (name:gsub(":%d+:", ":1:", 1)),
      ("0"):rep(36) .. name:sub(37), name:sub(2), ("9"):rep(500) } do
      assert.is_false(core.process_has_ended(other), other)
    end
  end)
end)
