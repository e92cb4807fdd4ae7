-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local core = require "vision.core"

-- The plainest bucket there is: a level, and when it was that.
local function model_of(per_minute, burst, now)
  local model = { level = burst, at = now }
  local rate = per_minute / 60

  function model.refill(t)
    if t > model.at then
      model.level = math.min(burst, model.level + (t - model.at) * rate)
    end
    if t > model.at or t < model.at - 1 then model.at = t end
  end

  function model.wait(cost, t)
    model.refill(t)
    if cost > burst then return math.huge end
    if cost <= model.level then return 0 end
    if rate == 0 then return math.huge end
    local wait = (cost - model.level) / rate + math.max(model.at - t, 0)
    return wait > 1e-6 and wait or 0
  end

  return model
end

local function near(expected, actual)
  if expected ~= actual then assert.near(expected, actual, 1e-7 * (1 + math.abs(expected))) end
end

-- A time that mostly goes on, sometimes stands still, and sometimes steps back.
local function later(source, now)
  local step = source:integer(1, 20)
  if step == 1 then return math.max(now - source:number(0, 100), 0) end
  if step == 2 then return now - math.min(now, source:number(0, 0.9)) end
  return step < 6 and now or now + source:number(0, 3)
end

describe("core.token_bucket", function()
  it("gives what is there and says how long to wait for more", function()
    local bucket = core.token_bucket({ per_minute = 120, burst = 2 }, 10)
    assert.same({ true }, { bucket:take(1, 10) })
    assert.same({ true }, { bucket:take(1, 10) })
    assert.same({ false, 0.5 }, { bucket:take(1, 10) })
    assert.same({ false, math.huge }, { bucket:take(3, 10) })
    assert.equal(1, bucket:reserve(2, 10))
    assert.equal(-2, bucket:available(10))
    bucket:refund(2)
    bucket:settle(1)
    assert.equal(-1, bucket:available(10))
  end)

  it("agrees with a plain model, whatever is asked of it", function()
    chance.runs(400, function(source)
      local per_minute = source:integer(0, 5) * 60
      local burst, now = source:integer(1, 20), source:number(0, 1e6)
      local bucket = core.token_bucket({ per_minute = per_minute, burst = burst }, now)
      local model = model_of(per_minute, burst, now)
      local actions = {
        take = function(cost)
          local expected = model.wait(cost, now)
          local taken, wait = bucket:take(cost, now)
          near(expected, wait or 0)
          assert.equal(expected == 0, taken)
          if taken then model.level = model.level - cost end
        end,
        reserve = function(cost)
          local expected = model.wait(cost, now)
          near(expected, bucket:reserve(cost, now))
          if expected ~= math.huge then model.level = model.level - cost end
        end,
        settle = function(cost)
          local difference = cost * source:number(-1, 0.2)
          bucket:settle(difference)
          model.level = math.min(burst, model.level - difference)
        end,
        refund = function(cost)
          bucket:refund(cost)
          model.level = math.min(burst, model.level + cost)
        end,
      }
      for _ = 1, 60 do
        now = later(source, now)
        actions[source:one_of { "take", "take", "take", "reserve", "settle", "refund" }](
          source:number(0, burst * 1.1))
        assert.near(model.level, bucket:available(model.at), 1e-6)
      end
    end)
  end)

  it("lets no more through in any window than the burst and the rate", function()
    chance.runs(50, function(source)
      local per_minute, burst = source:integer(1, 6000), source:integer(1, 50)
      local now, taken = source:number(0, 1e6), {}
      local bucket = core.token_bucket({ per_minute = per_minute, burst = burst }, now)
      while #taken < 100 do
        local cost = source:number(0, burst)
        local ok, wait = bucket:take(cost, now)
        if ok then taken[#taken + 1] = { now, cost } end
        now = now + (source:integer(1, 2) == 1 and wait or source:number(0, 30 / per_minute))
      end
      for first = 1, #taken do
        local sum = 0
        for last = first, #taken do
          sum = sum + taken[last][2]
          local window = taken[last][1] - taken[first][1]
          if sum > burst + per_minute / 60 * (window + 2e-6) then
            error(("%g in %g s"):format(sum, window))
          end
        end
      end
    end)
  end)

  it("takes from several buckets or from none of them", function()
    local function bucket(burst) return core.token_bucket({ per_minute = 60, burst = burst }, 0) end
    for poor = 1, 3 do
      local buckets, costs = { bucket(5), bucket(5), bucket(5) }, { 1, 2, 3 }
      buckets[poor]:take(4.5, 0)
      assert.same({ false, costs[poor] - 0.5 }, { core.buckets_take(buckets, costs, 0) })
      for i = 1, 3 do
        assert.equal(i == poor and 0.5 or 5, buckets[i]:available(0))
      end
      assert.same({ true }, { core.buckets_take(buckets, costs, 10) })
      assert.same({ 4, 3, 2 }, { buckets[1]:available(10), buckets[2]:available(10),
        buckets[3]:available(10) })
    end
  end)

  it("throws on misuse, naming what is wrong", function()
    local bucket = core.token_bucket({ per_minute = 1, burst = 1 }, 0)
    local nan = 0 / 0
    assert.error_matches(function() bucket:take(-1, 0) end, "a number of tokens from 0 on")
    assert.error_matches(function() bucket:take(nan, 0) end, "a number of tokens from 0 on")
    assert.error_matches(function() bucket:settle(math.huge) end, "finite")
    assert.has_error(function() bucket:take(1) end)
    assert.has_error(function() bucket.take({}, 1, 0) end)
    assert.error_matches(function() core.token_bucket({ burst = 1 }, 0) end, "per_minute")
    assert.error_matches(function() core.token_bucket({ per_minute = 1, burst = 0 }, 0) end,
      "burst")
    assert.error_matches(function() core.buckets_take({ bucket, {} }, { 1, 1 }, 0) end, "bucket 2")
    assert.error_matches(function() core.buckets_take({ bucket }, {}, 0) end, "cost 1")
    local many = {}
    for i = 1, 9 do many[i] = bucket end
    assert.error_matches(function() core.buckets_take(many, {}, 0) end, "at most 8")
  end)
end)
