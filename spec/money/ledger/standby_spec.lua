-- SPDX-License-Identifier: MIT
-- Nothing is spent beyond a limit by one process, and nothing is booked twice or lost, however
-- often its store goes away: before a step, or after it and before its answer came.

local CostTracker = require("vision.money.tracker").CostTracker
local errors = require "vision.base.error"
local log = require "vision.base.log"
local memory = require "vision.money.ledger.memory"
local redis = require "vision.money.ledger.redis"
local standby = require "vision.money.ledger.standby"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local LIMIT = 20000

local function away()
  return nil, errors.new("store_unavailable", "simulated")
end

-- A store that is far away and sometimes not there; what it has is in `books`.
local function remote_of(world)
  local remote = { books = memory.open(), is_up = true, made = 0, closed = {} }

  -- Each step takes a while, and may be carried out without an answer.
  local function step(body)
    task.sleep(world.random() * 0.1)
    if not remote.is_up and world.random() < 0.7 then return away() end
    local a, b, c = body()
    task.sleep(world.random() * 0.1)
    if not remote.is_up then return away() end
    return a, b, c
  end

  local function sums(lines)
    local list = {}
    for i, one in ipairs(remote.books:standing(lines)) do list[i] = one.spent end
    return list
  end

  function remote.new_id()
    remote.made = remote.made + 1
    return remote.made
  end

  function remote.reserve(_, lines, amount, seconds)
    return step(function()
      local room = {}
      for i, one in ipairs(lines) do
        room[i] = setmetatable({ limit = one.room or one.limit }, { __index = one })
      end
      remote.books:bind(room)
      remote.books:bind(lines)
      local held, err = remote.books:reserve(room, amount, seconds)
      if not held then return nil, err end
      return { id = remote.new_id(), inner = held, spent = sums(lines) }
    end)
  end

  function remote.close_out(_, held, lines, amount, use)
    return step(function()
      remote.books:bind(lines)
      if held and remote.closed[held.id] then return {}, nil, sums(lines) end
      if held then remote.closed[held.id] = true end
      return remote.books:close_out(held and held.inner, lines, amount, use), nil, sums(lines)
    end)
  end

  function remote.standing(_, lines)
    return step(function()
      remote.books:bind(lines)
      return remote.books:standing(lines)
    end)
  end

  function remote.uses(_, from, to)
    return step(function() return remote.books:uses(from, to) end)
  end

  function remote.close() end
  return remote
end

-- One process spends as it can while its store comes and goes.
local function course(world)
  local remote = remote_of(world)
  local open = redis.open
  redis.open = function() return standby.around(remote) end -- luacheck: ignore 122
  local books = assert(CostTracker.new { store = "redis://x", reservation_seconds = 86400,
    total_limit_usd = LIMIT / 1e6, on_alert = function() end })
  redis.open = open -- luacheck: ignore 122
  local spent, calls, most, all = 0, 0, 0, {}
  all[1] = function()
    for _ = 1, 6 do
      task.sleep(world.random() * 20)
      remote.is_up = not remote.is_up
    end
    remote.is_up = true
  end
  for i = 2, 30 do
    all[i] = function()
      for _ = 1, 5 do
        task.sleep(world.random() * 20)
        local token = books:reserve({ provider = "p" }, 1000)
        if token then
          task.sleep(world.random() * 3)
          local micro = world.random() < 0.2 and 0 or math.floor(world.random() * 1000)
          spent, calls = spent + micro, calls + 1
          most = math.max(most, spent)
          books:settle(token, { micro = micro })
        end
      end
    end
  end
  assert(task.gather(all))
  assert(books:write_down())
  local sum = assert(books:get_usage_summary())
  books:close()
  assert(most <= LIMIT, ("%d are spent, %d may be"):format(most, LIMIT))
  return spent, calls, sum
end

describe("a budget whose store comes and goes", function()
  before_each(function() log.set_sink(function() end) end)
  after_each(function() log.set_sink(nil) end)

  it("is kept, and every call is booked once", function()
    local least = math.huge
    for seed = 1, 80 do
      local world = virtual.new { seed = seed }
      local spent, calls, sum = world:run(course, world)
      assert.same({ calls, spent / 1e6 }, { sum.total_requests, sum.total_cost_usd },
        "seed " .. seed)
      least = math.min(least, calls)
    end
    assert.is_true(least > 10)
  end)
end)
