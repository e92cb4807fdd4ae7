-- SPDX-License-Identifier: MIT
local CostTracker = require("vision.money.tracker").CostTracker
local errors = require "vision.base.error"
local folder = require "spec.support.folder"
local log = require "vision.base.log"
local memory = require "vision.money.ledger.memory"
local virtual = require "spec.support.virtual"

local CALL = { provider = "openai", endpoint = "openai/m", model = "m" }

local MIDNIGHT = 1774738800 -- 2026-03-29 00:00 in Berlin; that day has 23 hours
local HOUR = 3600

-- A spec whose clock shows a time.
local function at(wall, body)
  return function()
    local world = virtual.new { wall = wall }
    world:run(body, world)
  end
end

local function tracker(config, raised)
  local books = assert(CostTracker.new(config))
  books:add_alert_callback(function(alert)
    if raised then raised[#raised + 1] = alert end
  end)
  return books
end

local function spend(books, micro, call)
  local token, err = books:reserve(call or CALL, micro)
  if not token then return nil, err end
  books:settle(token, { micro = micro, usage = { input_tokens = 100, output_tokens = 10 } })
  return true
end

local function refusal(config)
  local books, err = CostTracker.new(config)
  assert.is_nil(books)
  assert.equal("invalid_option", err.reason)
  return err.message
end

describe("a cost tracker", function()
  it("counts days and months of its zone", at(MIDNIGHT - HOUR, function(world)
    local books = tracker { daily_limit_usd = 1, monthly_limit_usd = 2.5,
      time_zone = "Europe/Berlin" }
    assert(spend(books, 1000000))
    local _, err = spend(books, 1)
    assert.equal("budget_exceeded", err.reason)
    assert.equal(HOUR, err.retry_after)
    world:advance(HOUR - 1)
    assert.is_nil((spend(books, 1)))
    world:advance(1)
    assert.equal(0, books:get_daily_cost())
    assert(spend(books, 1000000))
    world:advance(23 * HOUR - 1) -- the day on which the clocks go forward
    assert.is_nil((spend(books, 1)))
    world:advance(1)
    assert.is_nil((spend(books, 500001))) -- the month's limit
    assert(spend(books, 500000))
    assert.equal(0.5, books:get_daily_cost())
    assert.equal(2.5, books:get_monthly_cost())
    world:advance(3 * 24 * HOUR)
    assert.equal(0, books:get_monthly_cost())
    assert(spend(books, 1000000))
    assert.equal(3.5, books:get_usage_summary().total_cost_usd)
  end))

  it("books a call on the day on which it began", at(MIDNIGHT - 10, function(world)
    local books = tracker { daily_limit_usd = 1, time_zone = "Europe/Berlin" }
    local token = assert(books:reserve(CALL, 1000000))
    world:advance(20)
    assert.equal(1000000, books:settle(token, { micro = 1000000 }))
    assert.equal(0, books:get_daily_cost())
    assert.equal(1, books:get_usage_summary({ to = "2026-03-28" }).total_cost_usd)
    assert(spend(books, 1000000))
  end))

  it("opens no budget anew when the clock steps back", at(MIDNIGHT + HOUR, function(world)
    local books = tracker { daily_limit_usd = 1, time_zone = "Europe/Berlin" }
    assert(spend(books, 1000000))
    world.offset = world.offset - 2 * HOUR
    assert(spend(books, 700000)) -- yesterday has a budget of its own
    world.offset = world.offset + 2 * HOUR
    assert.is_nil((spend(books, 1)))
    world.offset = world.offset - 2 * HOUR
    assert.is_nil((spend(books, 300001)))
    world.offset = world.offset + 2 * HOUR
    assert.is_nil((spend(books, 1)))
    assert.same({ 1, 0.7 }, { books:get_daily_cost(),
      books:get_usage_summary({ to = "2026-03-28" }).total_cost_usd })
  end))

  it("keeps budgets of a provider, a tag and a key apart", at(MIDNIGHT, function()
    local books = tracker { budgets = {
      { provider = "openai", daily_limit_usd = 3 },
      { provider = "openai/m", daily_limit_usd = 2, name = "the one model" },
      { tag = "project-x", total_limit_usd = 1 },
      { key = "team-a", monthly_limit_usd = 0.5 },
    } }
    local function call(fields)
      local one = { provider = "openai", endpoint = "openai/other" }
      for name, value in pairs(fields) do one[name] = value end
      return one
    end
    local function refused_by(fields, micro)
      local _, err = spend(books, micro, call(fields))
      return err and err.alert.budget
    end
    assert.equal("the one model", refused_by({ endpoint = "openai/m" }, 2000001))
    assert.equal("tag project-x", refused_by({ tags = { "a", "project-x" } }, 1000001))
    assert.equal("key team-a", refused_by({ key = "team-a" }, 500001))
    assert.is_nil(refused_by({ key = "team-b", tags = { "a" } }, 1000000))
    assert.is_nil(refused_by({ tags = { "project-x" } }, 1000000))
    assert.equal("tag project-x", refused_by({ tags = { "project-x" }, provider = "b" }, 1))
    assert.is_nil(refused_by({ endpoint = "openai/m" }, 1000000))
    assert.equal("provider openai", refused_by({}, 1))
    assert.is_nil(refused_by({ provider = "anthropic", endpoint = "anthropic/c" }, 9000000))
    local spent = {}
    for _, one in ipairs(books:get_budgets()) do spent[one.budget] = one.spent_usd end
    assert.same({ ["provider openai"] = 3, ["the one model"] = 1, ["tag project-x"] = 1,
      ["key team-a"] = 0 }, spent)
  end))

  it("raises an alert at its threshold, and once when it refuses", at(MIDNIGHT, function(world)
    local raised = {}
    local books = tracker({ daily_limit_usd = 1, alert_threshold_percent = 50 }, raised)
    for _ = 1, 30 do spend(books, 100000) end
    assert.equal(3, #raised)
    assert.same({ "threshold", "limit", "limit" }, { raised[1].kind, raised[2].kind,
      raised[3].kind })
    assert.same({ "all", "day", "2026-03-28", 1, 0.5, 50, true }, { raised[1].budget,
      raised[1].window, raised[1].period, raised[1].limit_usd, raised[1].spent_usd,
      raised[1].percent, raised[1].hard_limit })
    assert.equal("$0.50 of the budget 'all' of $1.00 a day is spent (50 %)", raised[1].message)
    world:advance(24 * HOUR)
    for _ = 1, 30 do spend(books, 100000) end
    assert.equal(6, #raised)
  end))

  it("tells once of a month that is spent, and not each day", at(MIDNIGHT, function(world)
    local raised = {}
    local books = tracker({ monthly_limit_usd = 1, total_limit_usd = 2 }, raised)
    for _ = 1, 10 do
      for _ = 1, 12 do spend(books, 100000) end
      world:advance(24 * HOUR)
    end
    local told = {}
    for i, alert in ipairs(raised) do told[i] = alert.kind .. " " .. alert.period end
    assert.same({ "threshold 2026-03", "limit 2026-03", "limit 2026-03", "threshold ",
      "threshold 2026-04", "limit 2026-04", "limit ", "limit 2026-04" }, told)
  end))

  it("lets a soft limit be passed, with an alert", at(MIDNIGHT, function()
    local raised = {}
    local books = tracker({ total_limit_usd = 1, hard_limit = false }, raised)
    for _ = 1, 30 do assert(spend(books, 100000)) end
    assert.equal(2, #raised)
    assert.is_false(raised[2].hard_limit)
    assert.equal(3, books:get_usage_summary().total_cost_usd)
  end))

  it("warns where nobody hears its alerts, and outlives one who fails", at(MIDNIGHT, function()
    local said = {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    local books = assert(CostTracker.new { daily_limit_usd = 1 })
    assert(spend(books, 900000))
    local failing = assert(CostTracker.new { daily_limit_usd = 1,
      on_alert = function() error "no" end })
    assert(spend(failing, 900000))
    log.set_sink(nil)
    assert.matches("$0.90 of the budget 'all'", said[1], 1, true)
    assert.matches("on_alert failed: .*no", said[2])
  end))

  it("refuses what it cannot price under a hard limit, and says why", at(MIDNIGHT, function()
    local books = tracker { daily_limit_usd = 1 }
    local token, err = books:reserve(CALL, nil)
    assert.is_nil(token)
    assert.same({ "budget_exceeded", true, "openai" }, { err.reason, err.unpriced, err.provider })
    assert.matches('prices = { ["openai/m"] =', err.message, 1, true)
    local soft = tracker { daily_limit_usd = 1, hard_limit = false }
    token = assert(soft:reserve(CALL, nil))
    soft:settle(token, { micro = nil })
    local sum = soft:get_usage_summary()
    assert.same({ 1, 1, 0 }, { sum.total_requests, sum.unpriced_requests, sum.total_cost_usd })
    assert.is_nil(sum.cost_per_request)
  end))

  it("lets what is free pass every limit", at(MIDNIGHT, function()
    local books = tracker { daily_limit_usd = 0 }
    assert(spend(books, 0, { provider = "local" }))
    assert.is_nil((spend(books, 1)))
    assert.equal(1, books:get_usage_summary().total_requests)
  end))

  it("books what was reserved where nobody knows what was used", at(MIDNIGHT, function()
    local books = tracker { daily_limit_usd = 1 }
    assert.equal(300000, books:settle(assert(books:reserve(CALL, 300000)), { failed = true }))
    books:release(assert(books:reserve(CALL, 300000)))
    assert(spend(books, 100000))
    local sum = books:get_usage_summary { provider = "openai" }
    assert.same({ 3, 1, 2, 1 / 3, 0.4, 1, 0, 100, 10 }, { sum.total_requests,
      sum.successful_requests, sum.failed_requests, sum.success_rate, sum.total_cost_usd,
      sum.estimated_requests, sum.unpriced_requests, sum.input_tokens, sum.output_tokens })
    assert.is_true(math.abs(0.4 / 3 - sum.cost_per_request) < 1e-12)
    assert.equal(0, books:get_usage_summary({ provider = "anthropic" }).total_requests)
  end))

  it("counts a tag once that a call has twice", at(MIDNIGHT, function()
    local books = tracker()
    assert(spend(books, 700, { provider = "p", tags = { "a", "b", "a" } }))
    assert.equal(0.0007, books:get_daily_cost { tag = "a" })
  end))

  it("finds tags again that a store keeps under another name, and counts them once", function()
    local long = ("t"):rep(300)
    folder.with(function(root)
      for _, store in ipairs { "memory:", root .. "/budget.db" } do
        local books = assert(CostTracker.new { store = store })
        assert(spend(books, 700, { provider = "p", model = long, tags = { long, "a b", "a\nb" } }))
        for _, tag in ipairs { long, "a b", "a\nb" } do
          assert.equal(1, books:get_usage_summary({ tag = tag, model = long }).total_requests)
        end
        books:close()
      end
    end)
  end)

  it("holds a run to its own limit beside the others", at(MIDNIGHT, function()
    local books = tracker { run_limit_usd = 0.5, budgets = {
      { provider = "openai", total_limit_usd = 0.2 } } }
    assert(spend(books, 200000))
    assert.is_nil((spend(books, 1))) -- and nothing of it is left reserved
    local held = assert(books:reserve({ provider = "b" }, 300000))
    local _, err = books:reserve({ provider = "b" }, 1)
    assert.is_true(err.run_limit)
    assert.matches("of the $0.50 that this run may spend $0.20 is spent and $0.30 reserved",
      err.message, 1, true)
    books:release(held)
    assert(spend(books, 300000, { provider = "b" }))
  end))

  it("stops no call under soft limits because its store is away", at(MIDNIGHT, function()
    local open, down = memory.open, true
    memory.open = function() -- luacheck: ignore 122
      local books = open()
      local real = getmetatable(books)
      for _, step in ipairs { "reserve", "close_out" } do
        books[step] = function(...)
          if down then return nil, errors.new("store_unavailable", "it is away") end
          return real[step](...)
        end
      end
      books.waits = true
      return books
    end
    local soft = tracker { daily_limit_usd = 1, hard_limit = false }
    local hard = tracker { daily_limit_usd = 1 }
    memory.open = open -- luacheck: ignore 122
    log.set_sink(function() end)
    assert(spend(soft, 400000))
    assert.equal("store_unavailable", select(2, spend(hard, 400000)).reason)
    down = false
    assert(soft:close())
    assert.equal(0.4, soft:get_daily_cost())
    log.set_sink(nil)
  end))

  it("forgets nothing that was paid while its store could not be had", at(MIDNIGHT, function()
    local open, down = memory.open, false
    memory.open = function() -- luacheck: ignore 122
      local books = open()
      local real = getmetatable(books).close_out
      books.waits = true
      function books.close_out(...)
        if down then return nil, "the store is away" end
        return real(...)
      end
      return books
    end
    local books = tracker { daily_limit_usd = 1 }
    memory.open = open -- luacheck: ignore 122
    log.set_sink(function() end)
    local tokens = {}
    for i = 1, 3 do tokens[i] = assert(books:reserve(CALL, 200000)) end
    down = true
    for i = 1, 3 do books:settle(tokens[i], { micro = 200000 }) end
    local done, err = books:write_down()
    assert.is_nil(done)
    assert.equal("the store is away", err)
    assert.equal(0, books:get_daily_cost())
    down = false
    log.set_sink(nil)
    assert(spend(books, 400000))
    assert.equal(1, books:get_daily_cost())
    assert(books:close())
  end))
end)

describe("the configuration of a budget", function()
  it("is refused with the place and the fault", function()
    local cases = {
      { { daily_limit_usd = -1 }, "option 'daily_limit_usd' must be a number from 0" },
      { { daly_limit_usd = 1 }, "did you mean 'daily_limit_usd'?" },
      { { alert_threshold_percent = 0 }, "above 0 and at most 100" },
      { { hard_limit = 1 }, "'hard_limit' must be true or false" },
      { { time_zone = "Berlin" }, "there is no time zone 'Berlin'" },
      { { store = "mysql://x" }, "there is no kind of store 'mysql:'" },
      { { budgets = { {} } }, "budgets[1] has no limit" },
      { { budgets = { daily_limit_usd = 1 } }, "option 'budgets' must be a list of budgets" },
      { { budgets = { { tag = ("x"):rep(201), daily_limit_usd = 1 } } },
        "option 'tag' must be a name of at most 200 bytes" },
      { { budgets = { { tag = "x", daily_limit = 1 } } }, "budgets[1]: there is no option" },
      { { daily_limit_usd = 1, budgets = { { total_limit_usd = 1 } } }, "are both 'all'" },
      { { budgets = { { tag = "x", total_limit_usd = 1 }, { tag = "x", daily_limit_usd = 1 } } },
        "budgets[1] and budgets[2] are both 'tag x'" },
      { { prices = { openai = { input = 1 } } }, 'budget: prices["openai"]: \'input\' and' },
    }
    for _, case in ipairs(cases) do
      assert.matches(case[2], refusal(case[1]), 1, true)
    end
  end)

  it("has dates in its questions", at(MIDNIGHT, function()
    local books = tracker()
    local sum, err = books:get_usage_summary { from = "yesterday" }
    assert.is_nil(sum)
    assert.matches("'from' must be a date such as 2026-11-01", err.message, 1, true)
    assert.is_nil((books:get_daily_cost { provder = "x" }))
  end))
end)
