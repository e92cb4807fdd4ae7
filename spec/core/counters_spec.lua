-- SPDX-License-Identifier: MIT
local core = require "vision.core"

describe("core.counters", function()
  it("adds to figures, and knows how many calls are under way", function()
    local c = core.counters(3)
    assert.same({ { 0, 0, 0 }, 0 }, { c:values() })
    c:add(1, 5, 3, 2 ^ 40)
    c:add(1, 1, 1, 1)
    assert.is_true(c:enter() and c:enter())
    assert.same({ { 7, 0, 2 ^ 40 }, 2 }, { c:values() })
    c:leave(2, 4)
    c:leave()
    assert.same({ { 7, 4, 2 ^ 40 }, 0 }, { c:values() })
    c:enter()
    c:reset()
    assert.same({ { 0, 0, 0 }, 1 }, { c:values() })
  end)

  it("adds nothing where something is wrong", function()
    local c = core.counters(2)
    c:enter()
    for _, pairs_ in ipairs { { 0, 1 }, { 3, 1 }, { 1.5, 1 }, { 1, -1 }, { 1, 2 ^ 60 }, { 1 },
      { "x", 1 }, { 0 / 0, 1 }, { 1, 0 / 0 } } do
      assert.has_error(function() c:add(1, 1, pairs_[1], pairs_[2]) end)
      assert.has_error(function() c:leave(1, 1, pairs_[1], pairs_[2]) end)
    end
    assert.same({ { 0, 0 }, 1 }, { c:values() })
    for _, count in ipairs { 0, 129, 0 / 0 } do
      assert.has_error(function() core.counters(count) end)
    end
  end)
end)
