-- SPDX-License-Identifier: MIT
-- What keeping a budget costs a call:
--
--   in process        reserve and settle, limits a day, a month and in all: at most 2 us of CPU
--                     in the fastest round, as all of these are; and the median of the rounds
--   its ledger        the same without the tracker around it
--   a plain table     one that adds and subtracts the same sums, checked against nothing: the floor
--   the layer         a call through it, with an estimate, beside the bare provider
--   SQLite            calls a second of 64 tasks, each step a transaction that is on the disk
--
-- Run in the project's folder after ./vision has built it: `lua5.4 bench/budget.lua [--check]`, or
-- with luajit and VISION_BUILD=build/5.1. With --check it ends with 1 where a limit is passed.

package.path = "./?.lua;lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local CostTracker = require("vision.money.tracker").CostTracker
local budget = require "vision.money.budget"
local clock = require "vision.base.clock"
local cost = require "bench.cost"
local create = require("vision.layers.budget").create_cost_tracked_provider
local memory = require "vision.money.ledger.memory"
local task = require "vision.base.task"

local CALLS = 50000
local TASKS, SECONDS = 64, 2

local LIMITS = { daily_limit_usd = 1e6, monthly_limit_usd = 1e6, total_limit_usd = 1e6 }
local CALL = { provider = "openai", endpoint = "openai/gpt-5.4-mini", model = "gpt-5.4-mini" }
local USAGE = { input_tokens = 4100, output_tokens = 500 }
local MOST, REAL = 12291, 5325

-- Microseconds a call.
local function cost_us(body) return cost.us(CALLS, body) end

local function in_process()
  local books = assert(CostTracker.new(LIMITS))
  local outcome = { micro = REAL, usage = USAGE }
  return cost_us(function()
    books:settle(books:reserve(CALL, MOST), outcome)
  end)
end

local function ledger_alone()
  local books = memory.open()
  local lines = budget.lines(assert(budget.plan(LIMITS)).budgets, CALL, "2026-11-26")
  local use = { date = "2026-11-26", provider = "openai", model = "m",
    input_tokens = 4100, output_tokens = 500 }
  books:bind(lines)
  return cost_us(function()
    books:close_out(books:reserve(lines, MOST, 900), lines, REAL, use)
  end)
end

local function plain_table()
  local sums = { { spent = 0, reserved = 0 }, { spent = 0, reserved = 0 },
    { spent = 0, reserved = 0 } }
  return cost_us(function()
    for i = 1, 3 do sums[i].reserved = sums[i].reserved + MOST end
    for i = 1, 3 do
      sums[i].reserved, sums[i].spent = sums[i].reserved - MOST, sums[i].spent + REAL
    end
  end)
end

local function through_the_layer()
  local estimate = { images = { {} }, image_tokens = 2978, input_tokens = 4100,
    output_tokens = 2048 }
  local provider = { name = "openai", price = { input = 0.75, output = 4.5 },
    estimate = function() return estimate end,
    analyze_image = function() return { usage = USAGE } end }
  local tracked = assert(create(provider, { budget_config = LIMITS }))
  local function cost_of(one) return cost_us(function() one:analyze_image "bytes" end) end
  return (cost_of(tracked)), (cost_of(provider))
end

-- Whole calls a second.
local function in_sqlite()
  local path = os.tmpname()
  os.remove(path)
  local books = assert(CostTracker.new { store = path, total_limit_usd = 1e6 })
  local started, calls, all = clock.mono(), 0, {}
  for i = 1, TASKS do
    all[i] = function()
      while clock.mono() - started < SECONDS do
        books:settle(assert(books:reserve(CALL, MOST)), { micro = REAL, usage = USAGE })
        calls = calls + 1
      end
    end
  end
  assert(task.gather(all))
  local rate = calls / (clock.mono() - started)
  assert(books:close())
  os.execute(("rm -f %s %s-wal %s-shm"):format(path, path, path))
  return rate
end

local fastest, median = in_process()
cost.report("in process", fastest, "us", 2)
cost.report("in process, median", median, "us")
cost.report("its ledger", ledger_alone(), "us")
cost.report("a plain table", plain_table(), "us")
local layer, bare = through_the_layer()
cost.report("a call through the layer", layer, "us")
cost.report("the bare provider", bare, "us")
cost.report("SQLite, 64 tasks", in_sqlite(), "calls/s")
os.exit(arg[1] == "--check" and cost.failed and 1 or 0, true)
