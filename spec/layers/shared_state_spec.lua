-- SPDX-License-Identifier: MIT
local circuit_breaker = require "vision.layers.circuit_breaker"
local core = require "vision.core"
local errors = require "vision.base.error"
local fake = require "spec.support.fake_provider"
local folder = require "spec.support.folder"
local log = require "vision.base.log"
local metrics = require "vision.layers.metrics"
local rate_limit = require "vision.layers.rate_limit"
local shared = require "vision.layers.shared_state"
local virtual = require "spec.support.virtual"
local vision = require "vision"

describe("shared_state", function()
  it("opens one, and says what it set aside", function()
    folder.with(function(path)
      os.execute("chmod 700 " .. path)
      folder.write(path .. "/state", "something else")
      os.execute("chmod 600 " .. path .. "/state")
      local said = {}
      log.set_sink(function(_, message) said[#said + 1] = message end)
      local state = assert(vision.shared_state(path .. "/state"))
      log.set_sink(nil)
      assert.equal(1, #said)
      assert.matches("begun anew", said[1])
      assert.same({}, state:slots())
      state:close()
    end)
  end)

  it("says why it cannot", function()
    local state, err = vision.shared_state "/no/such/folder/state"
    assert.is_nil(state)
    assert.is_true(errors.is(err))
    assert.equal("not_found", err.reason)
  end)
end)

describe("layers with a shared state", function()
  -- Two openings of one state are to each other what two processes are.
  local function with_two(create, provider, options, body)
    folder.with(function(path)
      os.execute("chmod 700 " .. path)
      local layers, states = {}, {}
      for i = 1, 2 do
        states[i] = assert(core.shared_state(path .. "/state"))
        options.shared = states[i]
        layers[i] = assert(create(provider, options))
      end
      body(layers[1], layers[2])
      for _, state in ipairs(states) do state:close() end
    end)
  end

  it("keep one rate limit", function()
    local world = virtual.new()
    world:install()
    with_two(rate_limit.create_rate_limited_provider, fake.provider(), {
      requests_per_minute = 60, burst_size = 3, tokens_per_minute = 1e6,
    }, function(one, other)
      local now = { wait_for_rate_limit = false }
      assert(one:analyze_image("i", now))
      assert(other:analyze_image("i", now))
      assert.equal(1, one.available_requests)
      assert(one:analyze_image("i", now))
      local _, err = other:analyze_image("i", now)
      assert.equal("rate_limited", err.reason)
      local before = world.now
      assert(other:analyze_image "i") -- waits for its turn
      assert.equal(1, world.now - before)
    end)
    world.uninstall()
  end)

  it("have one circuit", function()
    local world = virtual.new()
    world:install()
    local inner = fake.provider { { reason = "network" }, { reason = "network" }, {} }
    with_two(circuit_breaker.create_circuit_breaker_provider, inner, {
      failure_threshold = 2, success_threshold = 1, timeout = 10,
    }, function(one, other)
      one:analyze_image "i"
      other:analyze_image "i"
      assert.equal("open", one.circuit_state)
      assert.equal("circuit_open", select(2, one:analyze_image "i").reason)
      world:advance(10)
      assert(other:analyze_image "i")
      assert.equal("closed", one.circuit_state)
    end)
    world.uninstall()
  end)

  it("count together", function()
    local world = virtual.new()
    world:install()
    local inner = fake.provider { { seconds = 2 }, { reason = "network" } }
    with_two(metrics.create_metrics_provider, inner, {}, function(one, other)
      one:analyze_image "i"
      other:analyze_image "i"
      for _, layer in ipairs { one, other } do
        local m = layer.metrics
        assert.same({ 1, 1, 0.5 }, { m.successful_requests, m.failed_requests, m.success_rate })
        assert.near(2000, m.p50_latency_ms, 20)
      end
      assert.is_nil(one.metrics.last_error)
      assert.matches("network", other.metrics.last_error)
      one:reset_metrics()
      assert.equal(0, other.metrics.total_requests)
    end)
    world.uninstall()
  end)

  it("go on when the file is cut under them, and say so", function()
    folder.with(function(path)
      os.execute("chmod 700 " .. path)
      local state = assert(core.shared_state(path .. "/state"))
      local options = { shared = state, requests_per_minute = 60, burst_size = 3 }
      local limited = assert(rate_limit.create_rate_limited_provider(fake.provider(), options))
      local said = {}
      log.set_sink(function(_, message) said[#said + 1] = message end)
      folder.write(path .. "/state", "")
      assert(limited:analyze_image "i")
      os.execute("chmod 644 " .. path .. "/state && : > " .. path .. "/state")
      assert(limited:analyze_image "i")
      assert(limited:analyze_image "i")
      log.set_sink(nil)
      assert.equal(2, #said)
      assert.matches("begun anew: it has not the size", said[1])
      assert.matches("chmod 600.*this process goes on alone", said[2])
      state:close()
    end)
  end)

  it("go by the name of the provider, however long it is", function()
    assert.equal("calls of openai/m", shared.name("calls", { endpoint_name = "openai/m" }))
    local one = shared.name("calls", { endpoint_name = ("n"):rep(100) })
    local other = shared.name("calls", { endpoint_name = ("n"):rep(101) })
    assert.equal(96, #one)
    assert.are_not.equal(one, other)
  end)
end)
