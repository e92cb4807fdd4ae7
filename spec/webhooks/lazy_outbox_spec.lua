-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local LazyOutbox = require "vision.webhooks.lazy_outbox"
local outboxes = require "vision.webhooks.outbox"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

describe("an outbox that is opened when it is needed", function()
  local open, opened, answer

  before_each(function()
    open, opened = outboxes.open, 0
    answer = { register = function() return true end,
      close = function(self) self.closed = true end }
    outboxes.open = function() -- takes a second
      opened = opened + 1
      task.sleep(1)
      if answer.reason then return nil, answer end
      return answer
    end
  end)

  after_each(function() outboxes.open = open end)

  it("is opened once for all who ask", virtual.timed(function()
    local lazy = LazyOutbox.new("x.db", {})
    local function get() return lazy:get() end
    for _, result in ipairs(task.gather { get, get, get }) do assert.equal(answer, result[1]) end
    assert.equal(answer, lazy:get())
    assert.equal(1, opened)
    lazy:close()
    assert.is_true(answer.closed)
  end))

  it("is opened even where the one who asked was cancelled", virtual.timed(function()
    local lazy = LazyOutbox.new("x.db", {})
    local first = task.spawn(function() return lazy:get() end)
    task.sleep(0.5)
    first:cancel()
    local _, err = first:join()
    assert.equal("cancelled", err.reason)
    assert.equal(answer, lazy:get())
    assert.equal(1, opened)
  end))

  it("is left for a while where it cannot be opened", virtual.timed(function()
    local good = answer
    answer = errors.new("unreadable", "no such disk")
    local lazy = LazyOutbox.new("x.db", {})
    for _ = 1, 3 do assert.equal("no such disk", select(2, lazy:get()).message) end
    assert.equal(1, opened)
    task.sleep(5)
    answer = good
    assert.equal(good, lazy:get())
    assert.equal(2, opened)
  end))

  it("is closed again where it does not take its receivers", virtual.timed(function()
    answer.register = function() return nil, errors.new("internal", "locked") end
    local _, err = LazyOutbox.new("x.db", {}):get()
    assert.equal("locked", err.message)
    assert.is_true(answer.closed)
  end))

  it("knows whether it lasts", function()
    assert.is_true(LazyOutbox.new("memory:", {}):is_memory())
    assert.is_false(LazyOutbox.new("x.db", {}):is_memory())
  end)
end)
