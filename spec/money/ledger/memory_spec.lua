-- SPDX-License-Identifier: MIT
local contract = require "spec.support.ledger_contract"
local memory = require "vision.money.ledger.memory"
local task = require "vision.base.task"
local use_rows = require "vision.money.use_rows"
local virtual = require "spec.support.virtual"

local LINE = { budget = "all", kind = "day", period = "d", limit = 1000, alert_at = 800,
  hard = true }

local function use(tag)
  return { date = "2026-11-26", provider = "p", model = "m", failed = 0, unpriced = 0,
    estimated = 0, input_tokens = 0, output_tokens = 0, tags = { tag } }
end

describe("budgets in memory", function()
  contract.describe(it, memory.open, virtual.timed)

  it("give a reservation back that nobody settled, and book it when it is late",
    virtual.timed(function()
      local books, lines = memory.open(), { LINE }
      books:bind(lines)
      local late = assert(books:reserve(lines, 700, 10))
      task.sleep(5)
      local kept = assert(books:reserve(lines, 300, 10))
      assert.is_nil((books:reserve(lines, 1, 10)))
      task.sleep(5)
      local third = assert(books:reserve(lines, 700, 10))
      assert(books:close_out(late, lines, 400, use()))
      assert.same({ { spent = 400, reserved = 1000 } }, books:standing(lines))
      assert(books:close_out(kept, lines, 0, use()))
      assert(books:close_out(third, lines, 0, use()))
      assert.same({ { spent = 400, reserved = 0 } }, books:standing(lines))
    end))

  it("hold no more of those that are settled", function()
    local books, lines = memory.open(), { LINE }
    books:bind(lines)
    local first = assert(books:reserve(lines, 1, 900)) -- stays open
    collectgarbage()
    local before = collectgarbage "count"
    for _ = 1, 20000 do
      books:close_out(assert(books:reserve(lines, 1, 900)), lines, 0, use())
    end
    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 64)
    assert(books:close_out(first, lines, 0, use()))
  end)

  it("count only so many tags apart", function()
    local most = use_rows.MAX
    use_rows.MAX = 4
    local books = memory.open()
    for i = 1, 10 do books:close_out(nil, {}, 1, use("tag " .. i)) end
    local sums = {}
    for _, row in ipairs(books:uses("2026-11-26", "2026-11-26")) do
      sums[row.tag] = row.micro_usd
    end
    use_rows.MAX = most
    assert.same({ [""] = 10, ["tag 1"] = 1, ["tag 2"] = 1, ["tag 3"] = 1,
      [use_rows.OTHER] = 7 }, sums)
  end)
end)
