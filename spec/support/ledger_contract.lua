-- SPDX-License-Identifier: MIT
-- What holds of every store of budgets. `open` makes one that is empty; `again` opens the same one
-- a second time, as another process would (nil: it has none).

local assert = require "luassert"
local task = require "vision.base.task"

local contract = {}

local function line(fields)
  local one = { budget = "all", kind = "day", period = "2026-11-26", limit = 1000, alert_at = 800,
    hard = true }
  for name, value in pairs(fields or {}) do one[name] = value end
  return one
end

local function use(fields)
  local one = { date = "2026-11-26", provider = "openai", model = "m", failed = 0, unpriced = 0,
    estimated = 0, input_tokens = 10, output_tokens = 2 }
  for name, value in pairs(fields or {}) do one[name] = value end
  return one
end

local function bound(books, ...)
  local lines = { ... }
  books:bind(lines)
  return lines
end

local function standing(books, lines)
  local found = {}
  for i, one in ipairs(assert(books:standing(lines))) do found[i] = { one.spent, one.reserved } end
  return found
end

local function by_key(rows)
  local found = {}
  for _, row in ipairs(rows) do
    found[("%s %s %s %s"):format(row.date, row.provider, row.model, row.tag)] = { row.requests,
      row.failed, row.unpriced, row.estimated, row.micro_usd, row.input_tokens, row.output_tokens }
  end
  return found
end

--- Specs of a store.
---@param it function of the spec
---@param open fun(): vision.Ledger  an empty one
---@param within? fun(body: fun()): fun()  wraps each spec
---@param again? fun(): vision.Ledger
function contract.describe(it, open, within, again)
  local function holds(what, body)
    it(what, (within or function(inner) return inner end)(function()
      local books = assert(open())
      body(books)
      books:close()
    end))
  end

  holds("reserves, books and gives back", function(books)
    local lines = bound(books, line(), line { kind = "month", period = "2026-11", limit = 5000 })
    local held = assert(books:reserve(lines, 400, 60))
    assert.same({ { 0, 400 }, { 0, 400 } }, standing(books, lines))
    assert.same({}, assert(books:close_out(held, lines, 250, use())))
    assert.same({ { 250, 0 }, { 250, 0 } }, standing(books, lines))
    held = assert(books:reserve(lines, 400, 60))
    assert(books:close_out(held, lines, 0, use { failed = 1 }))
    assert.same({ { 250, 0 }, { 250, 0 } }, standing(books, lines))
  end)

  holds("refuses what would pass a limit, at each place in the list, and leaves nothing",
    function(books)
      for at = 1, 3 do
        local lines = {}
        for i = 1, 3 do
          lines[i] = line { budget = ("%d of %d"):format(i, at), limit = i == at and 99 or 1000 }
        end
        books:bind(lines)
        local held, err = books:reserve(lines, 100, 60)
        assert.is_nil(held)
        assert.equal("budget_exceeded", err.reason)
        assert.equal(("%d of %d"):format(at, at), err.alert.budget)
        assert.same({ { 0, 0 }, { 0, 0 }, { 0, 0 } }, standing(books, lines))
      end
    end)

  holds("spends a limit to the last micro-dollar and no further", function(books)
    local lines = bound(books, line())
    local held = assert(books:reserve(lines, 1000, 60))
    assert.is_nil((books:reserve(lines, 1, 60)))
    assert(books:close_out(held, lines, 999, use()))
    assert.is_nil((books:reserve(lines, 2, 60)))
    held = assert(books:reserve(lines, 1, 60))
    assert(books:close_out(held, lines, 1, use()))
    local _, err = books:reserve(lines, 1, 60)
    assert.matches("of the budget 'all' of $0.001 a day $0.001 is spent", err.message, 1, true)
  end)

  holds("lets a soft limit be passed, and books what was more than reserved", function(books)
    local lines = bound(books, line { hard = false })
    local held = assert(books:reserve(lines, 5000, 60))
    assert(books:close_out(held, lines, 7000, use()))
    assert.same({ { 7000, 0 } }, standing(books, lines))
  end)

  holds("keeps the books of a call whose price is not known", function(books)
    local lines = bound(books, line { hard = false })
    local held = assert(books:reserve(lines, 0, 60))
    assert(books:close_out(held, lines, 7, use()))
    assert(books:reserve(lines, 0, 0.001)) -- never closed out
    task.sleep(0.01)
    held = assert(books:reserve(lines, 5, 60))
    assert.same({ { 7, 5 } }, standing(books, lines))
    assert(books:close_out(held, lines, 5, use()))
    assert.same({ { 12, 0 } }, standing(books, lines))
  end)

  holds("raises an alert once, on the way past a mark", function(books)
    local lines = bound(books, line { hard = false })
    local kinds = {}
    for i, amount in ipairs { 799, 1, 100, 99, 1, 500 } do
      local raised = assert(books:close_out(nil, lines, amount, use()))
      kinds[i] = raised[1] and raised[1].kind or "-"
    end
    assert.same({ "-", "threshold", "-", "-", "limit", "-" }, kinds)
  end)

  holds("books a call once, however often it is told", function(books)
    if not again then return end -- in this process nobody can miss an answer
    local lines = bound(books, line())
    local held = assert(books:reserve(lines, 400, 60))
    for _ = 1, 3 do assert(books:close_out(held, lines, 300, use())) end
    assert.same({ { 300, 0 } }, standing(books, lines))
    assert.equal(300, assert(books:uses("2026-11-26", "2026-11-26"))[1].micro_usd)
  end)

  holds("keeps periods and budgets apart", function(books)
    local today = bound(books, line(), line { budget = "b" })
    local tomorrow = bound(books, line { period = "2026-11-27" }, line { budget = "b" })
    assert(books:close_out(nil, today, 600, use()))
    assert(books:close_out(nil, tomorrow, 300, use()))
    assert.same({ { 600, 0 }, { 900, 0 } }, standing(books, today))
    assert.same({ { 300, 0 }, { 900, 0 } }, standing(books, tomorrow))
  end)

  holds("counts what was used by day, provider, model and tag", function(books)
    assert(books:close_out(nil, {}, 5, use()))
    assert(books:close_out(nil, {}, 7, use { tags = { "a", "it's \"b\", ü" }, failed = 1 }))
    assert(books:close_out(nil, {}, 0, use { provider = "local", model = "", unpriced = 1 }))
    assert(books:close_out(nil, {}, 9, use { date = "2026-11-30", estimated = 1 }))
    assert.same({
      ["2026-11-26 openai m "] = { 2, 1, 0, 0, 12, 20, 4 },
      ["2026-11-26 openai m a"] = { 1, 1, 0, 0, 7, 10, 2 },
      ["2026-11-26 openai m it's \"b\", ü"] = { 1, 1, 0, 0, 7, 10, 2 },
      ["2026-11-26 local  "] = { 1, 0, 1, 0, 0, 10, 2 },
    }, by_key(assert(books:uses("2026-11-01", "2026-11-29"))))
    assert.same({ ["2026-11-30 openai m "] = { 1, 0, 0, 1, 9, 10, 2 } },
      by_key(assert(books:uses("2026-11-30", "2026-11-30"))))
  end)

  holds("keeps names and tags of any kind apart", function(books)
    local long, wide = ("x"):rep(300), ("ü"):rep(5000)
    local tags = { "a,b", "it's", 'say "so"', "line\nbreak", long .. "1", long .. "2", wide .. "1",
      wide .. "2", "\255\254", "nul\0byte", "; DROP TABLE budget_use; --", "\30" }
    assert(books:close_out(nil, {}, 5, use { tags = tags, model = wide, provider = "p\n" }))
    assert(books:close_out(nil, {}, 5, use { tags = tags, model = wide, provider = "p\n" }))
    local rows = assert(books:uses("2026-11-26", "2026-11-26"))
    assert.equal(1 + #tags, #rows)
    for _, row in ipairs(rows) do assert.same({ 2, 10 }, { row.requests, row.micro_usd }) end
  end)

  holds("counts large sums exactly", function(books)
    local lines = bound(books, line { limit = 1e15, alert_at = 1e15 })
    assert(books:close_out(nil, lines, 999999999999999, use()))
    assert.is_nil((books:reserve(lines, 2, 60)))
    local held = assert(books:reserve(lines, 1, 60))
    assert.same({ { 999999999999999, 1 } }, standing(books, lines))
    assert(books:close_out(held, lines, 0, use()))
  end)

  holds("lets ten of 200 at once through, where ten can be paid", function(books)
    local lines = bound(books, line { limit = 1000, alert_at = 2000 })
    local through, most, under_way, calls = 0, 0, 0, {}
    for i = 1, 200 do
      calls[i] = function()
        local held = books:reserve(lines, 100, 60)
        if not held then return end
        through, under_way = through + 1, under_way + 1
        most = math.max(most, under_way)
        task.sleep(0.01)
        under_way = under_way - 1
        assert(books:close_out(held, lines, 100, use()))
      end
    end
    assert(task.gather(calls))
    assert.same({ 10, { { 1000, 0 } } }, { through, standing(books, lines) })
    assert.is_true(most <= 10)
  end)

  if not again then return end

  holds("is the same for all who open it", function(books)
    local lines = bound(books, line())
    local held = assert(books:reserve(lines, 600, 60))
    local other = assert(again())
    local same = bound(other, line())
    assert.same({ { 0, 600 } }, standing(other, same))
    assert.is_nil((other:reserve(same, 401, 60)))
    assert(books:close_out(held, lines, 500, use()))
    assert.same({ { 500, 0 } }, standing(other, same))
    assert.equal(1, #assert(other:uses("2026-11-26", "2026-11-26")))
    other:close()
  end)
end

return contract
