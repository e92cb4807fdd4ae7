-- SPDX-License-Identifier: MIT
-- Limits and breakers of a fleet, in a real Redis.

local chance = require "spec.support.chance"
local circuit_breaker = require "vision.layers.circuit_breaker"
local clock = require "vision.base.clock"
local command = require "spec.support.command"
local concurrency = require "vision.layers.concurrency"
local core = require "vision.core"
local errors = require "vision.base.error"
local fake = require "spec.support.fake_provider"
local folders = require "spec.support.folder"
local log = require "vision.base.log"
local rate_limit = require "vision.layers.rate_limit"
local server_of = require "spec.support.redis"
local task = require "vision.base.task"
local vision = require "vision"

describe("a fleet with its state in Redis", function()
  local server, r, said, open

  setup(function() server = server_of.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    r, said, open = server:handle(), {}, {}
    assert(r:call "FLUSHALL")
    log.set_sink(function(_, message) said[#said + 1] = message end)
  end)
  after_each(function()
    log.set_sink(nil)
    for _, state in ipairs(open) do state:close() end
    r:close()
  end)

  -- One more process, so far as Redis knows; `time` is in the place of Redis's own.
  local function state(time)
    local one = assert(vision.shared_state(server.url))
    if time then one.given_time, one.now = true, time end
    open[#open + 1] = one
    return one
  end

  -- ---- as the core ----

  local function near(expected, got, what)
    if type(expected) == "number" and expected ~= math.huge then
      assert.near(expected, got, 1e-6, what)
    else
      assert.equal(expected, got, what)
    end
  end

  it("has token buckets that do what the core's do", function()
    chance.runs(12, function(source)
      local now = 1000
      local one = state(function() return now end)
      local options = { per_minute = source:one_of { 0, 30, 60, 1000.5 },
        burst = source:one_of { 1, 5, 100.25 } }
      local name = ("b%d"):format(source:integer(1, 1e9))
      local shared, own = one:token_bucket(name, options, now), core.token_bucket(options, now)
      shared:take(0, now) -- it is begun when it is used first
      for step = 1, 40 do
        now = now + source:one_of { 0, 0.001, 0.5, 7, -0.5, -3 }
        local cost = source:one_of { 0, 0.5, 1, 3, 200 }
        local verb = source:one_of { "take", "take", "reserve", "settle" }
        if verb == "settle" then
          shared:settle(cost - 1)
          own:settle(cost - 1)
        else
          local taken, wait = own[verb](own, cost, now)
          local got, got_wait = shared[verb](shared, cost, now)
          near(taken, got, verb .. step)
          near(wait, got_wait, verb .. step)
        end
        near(own:available(now), shared:available(now), "available " .. step)
      end
    end)
  end)

  it("takes from several buckets or from none, as the core does", function()
    chance.runs(6, function(source)
      local now, shared, own = 1000, {}, {}
      local one = state(function() return now end)
      for i = 1, 3 do
        local options = { per_minute = 60 * i, burst = 4 * i }
        shared[i] = one:token_bucket(("s%d %d"):format(i, source:integer(1, 1e9)), options, now)
        own[i] = core.token_bucket(options, now)
      end
      for _ = 1, 30 do
        now = now + source:number(0, 1)
        local costs = { source:integer(0, 4), source:integer(0, 4), source:integer(0, 13) }
        local taken, wait = core.buckets_take(own, costs, now)
        local got, got_wait = one.buckets_take(shared, costs, now)
        near(taken, got)
        near(wait, got_wait)
      end
    end)
  end)

  local function random_breaker(source)
    local window = source:one_of { false, "count", "time" }
    return {
      failure_threshold = source:integer(1, 4), success_threshold = source:integer(1, 3),
      half_open_max_calls = source:integer(1, 3), timeout = source:one_of { 0, 5, 20 },
      timeout_factor = source:one_of { 1, 2 }, timeout_max = 60, probe_timeout = 8,
      window = window or nil, window_size = window == "time" and 10 or 6, minimum_calls = 3,
      failure_rate = source:one_of { 0.3, 0.5, 1 }, slow_call_rate = source:one_of { 0.5, 1 },
      slow_call_duration = 2,
    }
  end

  -- The same done to both; permits go by pairs.
  local function breaker_step(source, own, shared, permits, now)
    local verb = source:one_of { "allow", "allow", "record", "record", "record", "open_for",
      "rare" }
    if verb == "allow" then
      local permit, to, from = own:allow(now)
      local got, got_to, got_from = shared:allow(now)
      assert.equal(permit, got and got.common)
      if permit then permits[#permits + 1] = { permit, got } end
      near(to, got_to)
      near(from, got_from)
    elseif verb == "record" and #permits > 0 then
      local pair = table.remove(permits, source:integer(1, #permits))
      local outcome = source:one_of { "success", "failure", "failure", "ignored" }
      local seconds = source:one_of { 0.1, 1, 3 }
      assert.same({ own:record(pair[1], outcome, seconds, now) },
        { shared:record(pair[2], outcome, seconds, now) })
    elseif verb == "open_for" and source:integer(1, 5) == 1 then
      assert.same({ own:open_for(7, now) }, { shared:open_for(7, now) })
    elseif verb == "rare" and source:integer(1, 8) == 1 then
      local order = source:one_of { "force_open", "disable", "reset" }
      assert.same({ own[order](own) }, { shared[order](shared) })
    end
  end

  it("has circuit breakers that do what the core's do", function()
    chance.runs(30, function(source)
      local options, now, permits = random_breaker(source), 1000, {}
      local own, err = core.circuit_breaker(options)
      assert.truthy(own, err and err.message)
      local one = state(function() return now end)
      local shared = assert(one:circuit_breaker("c" .. source:integer(1, 1e9), options))
      for _ = 1, 60 do
        now = now + source:one_of { 0, 0.1, 1, 4, 12 }
        breaker_step(source, own, shared, permits, now)
      end
      assert.same({ own:state(), own:opens(), own:rejected() },
        { shared:state(), shared:opens(), shared:rejected() })
    end)
  end)

  it("begins anew, for all, what is asked for with other settings", function()
    local one, other = state(), state()
    local bucket = one:token_bucket("b", { per_minute = 60, burst = 2 }, 0)
    assert.is_true(bucket:take(2, 0))
    assert.is_true((other:token_bucket("b", { per_minute = 60, burst = 3 }, 0):take(3, 0)))
    local breaker = one:circuit_breaker("c", { failure_threshold = 1 })
    breaker:record(assert(breaker:allow(0)), "failure", 1, 0)
    assert.equal("open", breaker:state())
    assert.equal("closed", other:circuit_breaker("c", { failure_threshold = 2 }):state())
    assert.equal("invalid_option", select(2, one:circuit_breaker("c",
      { window = "count", window_size = 2, minimum_calls = 3 })).reason)
  end)

  -- ---- together ----

  -- Processes that do something at the same time; what each printed.
  local function processes(count, script)
    local pipes, said_all = {}, {}
    local file = os.tmpname()
    folders.write(file, ("local state = assert(require('vision').shared_state '%s')\n"):format(
      server.url) .. script)
    for i = 1, count do
      pipes[i] = assert(io.popen(("LUA_PATH='%s' LUA_CPATH='%s' exec %s %s 2>&1"):format(
        package.path, package.cpath, command.INTERPRETER, file)))
    end
    for i, pipe in ipairs(pipes) do
      said_all[i] = pipe:read "*a"
      pipe:close()
    end
    os.remove(file)
    return said_all
  end

  it("of several processes never takes more than the limit", function()
    local sum = 0
    for _, text in ipairs(processes(3, [[
      local bucket = state:token_bucket("b", { per_minute = 0, burst = 500 }, 0)
      local taken = 0
      while bucket:take(1, 0) do taken = taken + 1 end
      print(taken)]])) do
      sum = sum + assert(tonumber(text), text)
    end
    assert.equal(500, sum)
  end)

  it("has no more calls under way than its limit, in several processes", function()
    for _, text in ipairs(processes(3, [[
      local task, redis = require "vision.base.task", require "vision.database.redis"
      local r = assert(redis.open "]] .. server.url .. [[")
      local calls = state:concurrency("c", 4)
      local list, most = {}, 0
      for i = 1, 8 do
        list[i] = function()
          for _ = 1, 6 do
            local permit = calls:acquire(60, 0)
            if permit then
              most = math.max(most, r:call("INCR", "out"))
              task.sleep(0.005)
              r:call("DECR", "out")
              calls:release(permit)
            end
          end
        end
      end
      assert(task.gather(list))
      print(most)]])) do
      assert.is_true(assert(tonumber(text), text) <= 4)
    end
    local calls = state():concurrency("c", 4)
    assert.equal(4, calls:peak())
    assert.is_true(calls:rejected() > 0)
  end)

  it("gets back the permits of a process that was killed", function()
    local now = 1000
    local one, other = state(function() return now end), state(function() return now end)
    local calls, others = one:concurrency("c", 2), other:concurrency("c", 2)
    assert(others:acquire(60, now))
    local permit = assert(calls:acquire(60, now))
    assert.is_nil(calls:acquire(60, now))
    calls:release(permit)
    now = now + 2
    assert(calls:acquire(60, now))
    assert.is_nil(calls:acquire(60, now))
    now = now + 29
    assert(calls:acquire(60, now), "the other's is lost after 30 seconds without a word")
    assert.equal(1, calls:lost())
  end)

  it("lets layers of several processes hold together", function()
    local failing = fake.provider { { reason = "network" }, { reason = "network" }, {} }
    local options = { failure_threshold = 2, timeout = 60 }
    local layers = {}
    for i = 1, 2 do
      options.shared = state()
      layers[i] = assert(circuit_breaker.create_circuit_breaker_provider(failing, options))
      layers[i] = assert(rate_limit.create_rate_limited_provider(layers[i],
        { requests_per_minute = 1, burst_size = 3, shared = options.shared }))
      layers[i] = assert(concurrency.create_concurrency_limited_provider(layers[i],
        { shared = options.shared }))
    end
    local now = { wait_for_rate_limit = false }
    assert.equal("network", select(2, layers[1]:analyze_image("i", now)).reason)
    assert.equal("network", select(2, layers[2]:analyze_image("i", now)).reason)
    assert.equal("open", layers[1].circuit_state)
    assert.equal("circuit_open", select(2, layers[1]:analyze_image("i", now)).reason)
    local _, err = layers[2]:analyze_image("i", now)
    assert.equal("rate_limited", err.reason)
    assert.is_true(err.retry_after > 50 and err.retry_after <= 60)
    assert.same({}, said)
  end)

  -- ---- Redis away ----

  local function until_true(what, body)
    local give_up = clock.mono() + 15
    while not body() do
      assert.is_true(clock.mono() < give_up, "never: " .. what)
      task.sleep(0.02)
    end
  end

  it("goes on by itself while Redis is away, says so once, and comes back", function()
    local provider = assert(rate_limit.create_rate_limited_provider(fake.provider(),
      { requests_per_minute = 60, burst_size = 4, shared = state() }))
    local now = { wait_for_rate_limit = false }
    assert(provider:analyze_image("i", now))
    server:kill()
    assert(provider:analyze_image("i", now))
    assert(provider:analyze_image("i", now))
    assert(provider:analyze_image("i", now))
    assert.equal("rate_limited", select(2, provider:analyze_image("i", now)).reason)
    assert.equal(1, #said)
    assert.matches("hold for this process alone", said[1])
    server:restart() -- empty: what this process took is not there again
    until_true("it is back", function()
      provider:analyze_image("i", now)
      return #said == 2
    end)
    assert.matches("hold for all processes again", said[2])
    assert.is_true(provider.available_requests < 4)
  end)

  it("keeps a circuit open that all others opened, while Redis is away", function()
    local one, other = state(), state()
    local options = { failure_threshold = 1, timeout = 60 }
    local mine, theirs = one:circuit_breaker("c", options), other:circuit_breaker("c", options)
    theirs:record(assert(theirs:allow(clock.mono())), "failure", 1, clock.mono())
    assert.is_nil(mine:allow(clock.mono()))
    server:kill()
    local permit, wait = mine:allow(clock.mono())
    assert.is_nil(permit)
    assert.is_true(wait > 50)
    server:restart()
  end)

  it("holds no call up for long when Redis does not answer", function()
    local bucket = state():token_bucket("b", { per_minute = 60, burst = 5 }, clock.mono())
    assert.is_true(bucket:take(1, clock.mono()))
    server:freeze()
    local began = clock.mono()
    assert.is_true(bucket:take(1, clock.mono()))
    assert.is_true(bucket:take(1, clock.mono()))
    assert.is_true(clock.mono() - began < 2)
    server:thaw()
  end)

  it("counts what a stopped task did", function()
    local one = state()
    local breaker = one:circuit_breaker("c", { failure_threshold = 1 })
    local calls = one:concurrency("c", 1)
    local stopped = task.spawn(function()
      local permit, call = breaker:allow(clock.mono()), calls:acquire(60, clock.mono())
      task.sleep(60)
      breaker:record(permit, "failure", 1, clock.mono())
      calls:release(call)
    end)
    until_true("it is under way", function() return calls:in_flight() == 1 end)
    stopped:cancel(errors.new("timeout", "late"))
    stopped:join()
    until_true("it is counted", function()
      return calls:in_flight() == 0 and breaker:state() == "open"
    end)
  end)
end)
