-- SPDX-License-Identifier: MIT
local contract = require "spec.support.ledger_contract"
local errors = require "vision.base.error"
local log = require "vision.base.log"
local sql = require "vision.money.ledger.sql"
local sqlite = require "vision.database.sqlite"
local task = require "vision.base.task"
local tracker = require "vision.money.tracker"

local CostTracker = tracker.CostTracker

describe("budgets in SQLite", function()
  local root, path, count = nil, nil, 0

  local function open(name)
    count = count + 1
    path = root .. "/" .. (name or "ledger-" .. count)
    return sql.open("sqlite:" .. path)
  end

  setup(function()
    root = os.tmpname()
    os.remove(root)
    assert(os.execute("mkdir " .. root))
  end)
  teardown(function() os.execute("rm -rf " .. root) end)

  contract.describe(it, open, nil, function() return sql.open(path) end)

  local LINE = { budget = "all", kind = "day", period = "d", limit = 1000, alert_at = 800,
    hard = true }
  local USE = { date = "2026-11-26", provider = "p", model = "m", failed = 0, unpriced = 0,
    estimated = 0, input_tokens = 0, output_tokens = 0 }

  it("are there again after the end of a program, reservations too", function()
    local books = assert(open "kept")
    assert(books:close_out(nil, { LINE }, 300, USE))
    assert(books:reserve({ LINE }, 400, 60))
    books:close()
    books = assert(open "kept")
    assert.same({ { spent = 300, reserved = 400 } }, books:standing { LINE })
    books:close()
  end)

  it("give back what was reserved by a program that is gone, when its time is over", function()
    local books = assert(open "gone")
    assert(books:reserve({ LINE }, 700, -1)) -- its time was over before
    assert.same({ { spent = 0, reserved = 0 } }, books:standing { LINE })
    assert(books:reserve({ LINE }, 1000, 60))
    assert.is_nil((books:reserve({ LINE }, 1, 60)))
    books:close()
  end)

  it("may stand in a file with other tables", function()
    local db = assert(sqlite.open(root .. "/shared"))
    assert(db:migrate("records", { { "CREATE TABLE records (id TEXT)" } }))
    local books = assert(open "shared")
    assert(books:reserve({ LINE }, 1, 60))
    books:close()
    assert.equal(2, #assert(db:read "SELECT component FROM vision_schema"))
    db:close()
  end)

  -- The disk takes its time; the one who waits for it is cancelled meanwhile.
  local function in_cancelled_task(body)
    local call = task.spawn(body)
    local cancelling = task.spawn(function() call:cancel() end)
    cancelling:join()
    return call:join()
  end

  it("keep nothing reserved for a call that was given up while it was reserved", function()
    open "given up":close()
    local books = assert(CostTracker.new { store = path, total_limit_usd = 1 })
    for _ = 1, 20 do
      local token, err = in_cancelled_task(function()
        return books:reserve({ provider = "p" }, 1000)
      end)
      assert.is_nil(token)
      assert.equal("cancelled", err.reason)
    end
    tracker.finish(10)
    assert.same({ 0, 0 }, { books:get_budgets()[1].reserved_usd, books:get_budgets()[1].spent_usd })
    assert.equal(0, books:get_usage_summary().total_requests)
    assert(books:close())
  end)

  it("book once what a call cost that was given up as it was booked", function()
    open "booked":close()
    local books = assert(CostTracker.new { store = path, total_limit_usd = 1,
      on_alert = function() end })
    for _ = 1, 20 do
      local token = assert(books:reserve({ provider = "p" }, 1000))
      in_cancelled_task(function() books:settle(token, { micro = 700 }) end)
    end
    assert(books:close())
    books = assert(CostTracker.new { store = path, total_limit_usd = 1 })
    assert.same({ 0, 0.014 }, { books:get_budgets()[1].reserved_usd,
      books:get_budgets()[1].spent_usd })
    local sum = books:get_usage_summary()
    assert.same({ 20, 0.014 }, { sum.total_requests, sum.total_cost_usd })
    books:close()
  end)

  it("book once what a call cost that was made without a reservation", function()
    open "unreserved":close()
    local books = assert(CostTracker.new { store = path, total_limit_usd = 1, hard_limit = false })
    local db = books.ledger.db
    local real, is_done = db.write, false
    function db.write(...) -- the answer is lost, and at first the whole
      if is_done then real(...) end
      return nil, errors.new("store_unavailable", "simulated")
    end
    log.set_sink(function() end)
    local token = assert(books:reserve({ provider = "p", is_priced = true }, 1000))
    is_done = true
    books:settle(token, { micro = 700 })
    assert.is_nil((books:write_down()))
    db.write = real
    assert(books:write_down())
    log.set_sink(nil)
    local sum = books:get_usage_summary()
    assert.same({ 1, 0.0007 }, { sum.total_requests, sum.total_cost_usd })
    assert.equal(0.0007, books:get_budgets()[1].spent_usd)
    books:close()
  end)

  it("book what a call cost that ends where nobody may wait", function()
    open "callback":close()
    local books = assert(CostTracker.new { store = path, total_limit_usd = 1 })
    local token = assert(books:reserve({ provider = "p" }, 1000))
    local other = coroutine.wrap(function() books:settle(token, { micro = 700 }) end)
    other()
    tracker.finish(10)
    assert.equal(0.0007, books:get_budgets()[1].spent_usd)
    books:close()
  end)

  it("say what is wrong with a store that cannot be used, and leave it", function()
    local books, err = sql.open("sqlite:" .. root .. "/nowhere/at.db")
    assert.is_nil(books)
    assert.equal("not_found", err.reason)
    local db = assert(sqlite.open(root .. "/newer"))
    assert(db:migrate("budgets", { { "CREATE TABLE a (b TEXT)" }, { "CREATE TABLE c (d TEXT)" } }))
    db:close()
    books, err = sql.open(root .. "/newer")
    assert.is_nil(books)
    assert.equal("store_newer", err.reason)
  end)
end)
