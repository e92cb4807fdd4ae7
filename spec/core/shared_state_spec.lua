-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local core = require "vision.core"
local folder = require "spec.support.folder"

local function with_path(body)
  folder.with(function(path)
    os.execute("chmod 700 " .. path)
    body(path .. "/state")
  end)
end

local function with_state(body)
  with_path(function(path)
    local state = assert(core.shared_state(path))
    body(state, path)
    state:close()
  end)
end

-- Calls the same methods with the same arguments on a private and on a shared object.
local function compare(source, private, shared, calls, count)
  local now, said = source:number(0, 1e6), {}
  for _ = 1, count do
    now = now + source:number(0, 3)
    local name = source:one_of(calls.names)
    local arguments = { calls[name](now, said) }
    local expected = { private[name](private, (table.unpack or unpack)(arguments)) }
    assert.same(expected, { shared[name](shared, (table.unpack or unpack)(arguments)) }, name)
    if expected[1] then said[name] = expected[1] end
  end
end

describe("core.shared_state", function()
  it("gives what works as private ones do", function()
    with_state(function(state)
      local round = 0
      chance.runs(100, function(source)
        round = round + 1
        local function number() return source:number(0, 3) end
        local bucket = { per_minute = source:integer(0, 300), burst = source:integer(1, 10) }
        compare(source, core.token_bucket(bucket, 0),
          state:token_bucket("b" .. round % 9, bucket, 0), {
            names = { "take", "reserve", "settle", "refund", "available" },
            take = function(now) return number(), now end,
            reserve = function(now) return number(), now end,
            settle = number, refund = number,
            available = function(now) return now end,
          }, 20)
        local breaker = { failure_threshold = source:integer(1, 3), timeout = round / 10 }
        compare(source, core.circuit_breaker(breaker),
          state:circuit_breaker("b", breaker, 0), {
            names = { "allow", "record", "record", "open_for", "state", "opens", "rejected" },
            allow = function(now) return now end,
            record = function(now, said)
              return said.allow or 1, source:one_of { "success", "failure", "ignored" }, 1, now
            end,
            open_for = function(now) return number(), now end,
            state = function() end, opens = function() end, rejected = function() end,
          }, 40)
        local own, shared = core.histogram(), state:histogram("h" .. round)
        compare(source, own, shared, {
          names = { "record", "record", "record", "quantile", "count", "sum", "min", "max" },
          record = number, quantile = function() return source:number(0, 1) end,
          count = function() end, sum = function() end, min = function() end,
          max = function() end,
        }, 20)
        compare(source, core.concurrency_limit(round), state:concurrency("c", round), {
          names = { "acquire", "acquire", "release", "in_flight", "peak", "rejected", "lost" },
          acquire = function(now) return 1 + number(), now end,
          release = function(_, said) return said.acquire or 1 end,
          in_flight = function() end, peak = function() end, rejected = function() end,
          lost = function() end,
        }, 40)
        local figures = 1 + round % 128
        compare(source, core.counters(figures), state:counters("c", figures), {
          names = { "enter", "enter", "leave", "add", "values", "reset" },
          enter = function() end, values = function() end, reset = function() end,
          leave = function() return 1, source:integer(0, 9) end,
          add = function()
            return source:integer(1, figures), source:integer(0, 2 ^ 40), 1, source:integer(0, 9)
          end,
        }, 40)
      end)
    end)
  end)

  it("gives all who ask for a name the same", function()
    with_state(function(state, path)
      local other = assert(core.shared_state(path))
      local options = { per_minute = 0, burst = 3 }
      local a, b = state:token_bucket("n", options, 0), other:token_bucket("n", options, 0)
      assert.is_true(a:take(2, 0))
      assert.equal(1, b:available(0))
      assert.is_true(other:circuit_breaker("n", {}, 0):allow(0) ~= nil) -- another kind, another one
      state:histogram("n"):record(0.5)
      assert.equal(1, other:histogram("n"):count())
      local seen = {}
      for _, slot in ipairs(other:slots()) do seen[#seen + 1] = slot.kind .. " " .. slot.name end
      assert.same({ "token_bucket n", "circuit_breaker n", "histogram n" }, seen)
      other:close()
    end)
  end)

  it("takes from shared and private buckets together, or from none", function()
    with_state(function(state, path)
      local function bucket(name, burst)
        return state:token_bucket(name, { per_minute = 0, burst = burst }, 0)
      end
      local list = { bucket("a", 5), core.token_bucket({ per_minute = 0, burst = 3 }, 0),
        bucket("b", 9) }
      local function levels()
        local found = {}
        for i, one in ipairs(list) do found[i] = one:available(0) end
        return found
      end
      assert.is_true(core.buckets_take(list, { 1, 2, 3 }, 0))
      assert.same({ 4, 1, 6 }, levels())
      assert.same({ false, math.huge }, { core.buckets_take(list, { 1, 2, 3 }, 0) })
      assert.same({ 4, 1, 6 }, levels())
      local other = assert(core.shared_state(path))
      list[4] = other:token_bucket("c", { per_minute = 0, burst = 1 }, 0)
      assert.error_matches(function() core.buckets_take(list, { 1, 1, 1, 1 }, 0) end,
        "one opening of a shared state")
      list[4] = 5
      assert.error_matches(function() core.buckets_take(list, { 1, 1, 1, 1 }, 0) end, "bucket 4")
    end)
  end)

  it("merges histograms, shared and private", function()
    with_state(function(state)
      local a, b, private = state:histogram "a", state:histogram "b", core.histogram()
      a:record(0.1)
      private:record(0.2)
      b:merge(a)
      b:merge(private)
      assert.equal(2, b:count())
      assert.error_matches(function() private:merge(b) end, "vision.histogram")
      assert.equal(2, b:count())
    end)
  end)

  it("is not left locked by a wrong argument", function()
    with_state(function(state)
      local bucket = state:token_bucket("n", { per_minute = 0, burst = 3 }, 0)
      assert.has_error(function() bucket:take("x", 0) end)
      assert.has_error(function() bucket:take(-1, 0) end)
      assert.has_error(function() bucket.take(core.histogram(), 1, 0) end)
      assert.is_true(bucket:take(1, 0))
    end)
  end)

  it("lives as long as something of it, collected in either order", function()
    with_state(function(_, path)
      local state = assert(core.shared_state(path))
      local bucket = state:token_bucket("n", { per_minute = 0, burst = 3 }, 0)
      state:close()
      state:close()
      assert.error_matches(function() state:slots() end, "closed")
      state = nil ---@diagnostic disable-line: unused-local
      collectgarbage()
      collectgarbage()
      assert.is_true(bucket:take(1, 0))
    end)
  end)

  it("refuses what is wrong with a name, a setting or a path", function()
    with_state(function(state, path)
      for _, name in ipairs { "", ("n"):rep(97), "a\0b" } do
        local _, err = state:histogram(name)
        assert.equal("invalid_option", err.reason)
        assert.matches("1 to 96 bytes", err.message)
      end
      local _, err = state:circuit_breaker("n", { window = "count", window_size = 1 }, 0)
      assert.equal("invalid_option", err.reason)
      assert.has_error(function() state:concurrency("n", 257) end)
      assert.has_error(function() state:counters("n", 129) end)
      assert.has_error(function() state:token_bucket("n", {}, 0) end)
      assert.has_error(function() core.shared_state "a\0b" end)
      _, err = core.shared_state(path .. "/no/such")
      assert.equal("unreadable", err.reason)
    end)
  end)

  it("says what it set aside", function()
    with_path(function(path)
      folder.write(path, "something else")
      os.execute("chmod 600 " .. path)
      local state = assert(core.shared_state(path))
      assert.matches("state.old", state:notice(), 1, true)
      assert.is_nil(assert(core.shared_state(path)):notice())
    end)
  end)
end)
