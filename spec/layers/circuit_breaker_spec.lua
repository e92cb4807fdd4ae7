-- SPDX-License-Identifier: MIT
local circuit_breaker = require "vision.layers.circuit_breaker"
local errors = require "vision.base.error"
local fake = require "spec.support.fake_provider"
local log = require "vision.base.log"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local create = circuit_breaker.create_circuit_breaker_provider

local timed = virtual.timed

-- A breaker around a provider with these steps; and what it told of its changes.
local function guarded(steps, options)
  options = options or {}
  local changes = {}
  options.on_state_change = function(to, from) changes[#changes + 1] = from .. ">" .. to end
  local inner = fake.provider(steps)
  return assert(create(inner, options)), inner, changes
end

local function ask(provider, count)
  for _ = 1, count or 1 do provider:analyze_image "bytes" end
end

describe("create_circuit_breaker_provider", function()
  it("opens after failures in a row, probes, and closes", timed(function()
    local steps = { { reason = "server_error" } }
    local provider, inner, changes = guarded(steps)
    ask(provider, 4)
    assert.equal("closed", provider.circuit_state)
    ask(provider)
    assert.equal("open", provider.circuit_state)
    task.sleep(20)
    local _, err = provider:analyze_image "bytes"
    assert.is_true(errors.is(err, "CircuitOpenError"))
    assert.same({ "circuit_open", 40, "fake" }, { err.reason, err.retry_after, err.provider })
    assert.equal(5, inner.calls)
    task.sleep(40)
    steps[1] = {}
    ask(provider)
    assert.equal("half_open", provider.circuit_state)
    ask(provider)
    assert.equal("closed", provider.circuit_state)
    assert.same({ "closed>open", "open>half_open", "half_open>closed" }, changes)
    assert.same({ 1, 1 }, { provider.circuit_opens, provider.circuit_rejected })
  end))

  it("lets one probe through at a time", timed(function()
    local steps = { { reason = "timeout" } }
    local provider, inner = guarded(steps)
    ask(provider, 5)
    steps[1] = { seconds = 3 }
    task.sleep(60)
    local calls = {}
    for i = 1, 4 do calls[i] = function() return provider:analyze_image "bytes" end end
    local results = assert(task.gather(calls))
    assert.is_truthy(results[1][1])
    for i = 2, 4 do assert.equal("circuit_open", results[i][2].reason) end
    assert.equal(6, inner.calls)
  end))

  it("counts only the provider's own failures", timed(function()
    for reason, row in pairs(errors.REASONS) do
      local provider = guarded({ { reason = reason } }, { failure_threshold = 1 })
      ask(provider)
      local counts = row.fault == "provider" and reason ~= "circuit_open"
      assert.equal(counts and "open" or "closed", provider.circuit_state, reason)
    end
  end))

  it("says why it is open, and to come again soon while it is tried", timed(function()
    local steps = { { reason = "timeout" }, { reason = "overloaded", message = "busy" } }
    local provider = guarded(steps, { failure_threshold = 2 })
    ask(provider, 2)
    local _, err = provider:analyze_image "bytes"
    assert.equal("not asked: it failed too often, last with overloaded; the next try is in 60.0 s",
      err.message)
    assert.same({ "overloaded", "busy" }, { err.cause.reason, err.cause.message })
    task.sleep(60)
    steps[2] = { seconds = 5 }
    local probe = task.spawn(ask, provider)
    task.sleep(1)
    _, err = provider:analyze_image "bytes"
    assert.equal("not asked: it failed too often, last with overloaded, and is being tried again",
      err.message)
    assert.equal(1, err.retry_after) -- not the 299 s until the probe were given up
    probe:join()
    provider:force_circuit_open()
    _, err = provider:analyze_image "bytes"
    assert.same({ "not asked: its circuit is held open by hand" }, { err.message, err.retry_after })
    local slow = guarded({ { seconds = 9 } }, { window = "count", minimum_calls = 1,
      slow_call_rate = 1, slow_call_duration = 8 })
    ask(slow, 1)
    _, err = slow:analyze_image "bytes"
    assert.matches("not asked: it answers too slowly; the next", err.message)
    assert.matches("slow_call_duration", err.cause.message)
  end))

  it("is not opened by callers without patience, but by a limit set for the provider",
    timed(function()
      local provider = guarded({ { seconds = 10 } }, { failure_threshold = 2 })
      for _ = 1, 5 do task.timeout(0.1, ask, provider) end
      task.sleep(0)
      assert.equal("closed", provider.circuit_state)
      local limited = assert(require("vision.layers.retry").create_retry_provider(provider,
        { deadline_seconds = 3, max_retries = 0 }))
      ask(limited, 2)
      task.sleep(0)
      assert.equal("open", provider.circuit_state)
    end))

  it("does not take a wait for this program's own limits for slowness", timed(function()
    local rate_limit = require "vision.layers.rate_limit"
    local inner = assert(rate_limit.create_rate_limited_provider(fake.provider { { seconds = 1 } },
      { requests_per_minute = 3, burst_size = 1 }))
    local provider = assert(create(inner, { window = "count", minimum_calls = 2,
      slow_call_rate = 0.5, slow_call_duration = 10 }))
    local calls = {}
    for i = 1, 4 do calls[i] = function() ask(provider) end end
    task.gather(calls)
    assert.same({ 3, "closed" }, { inner.rate_limit_stats.waited_requests, provider.circuit_state })
  end))

  it("goes on after a probe that says nothing", timed(function()
    local steps = { { reason = "timeout" } }
    local provider = guarded(steps, { failure_threshold = 1, success_threshold = 1 })
    ask(provider)
    steps[1] = { reason = "invalid_image" }
    task.sleep(60)
    ask(provider, 3)
    assert.equal("half_open", provider.circuit_state)
    steps[1] = { seconds = 5 }
    local left = task.spawn(ask, provider)
    task.sleep(1)
    left:cancel()
    left:join()
    ask(provider)
    assert.equal("closed", provider.circuit_state)
  end))

  it("stays open for as long as the provider asked", timed(function()
    local provider = guarded({ { reason = "rate_limited", retry_after = 90 } },
      { failure_threshold = 2, max_retry_after = 100 })
    ask(provider)
    assert.equal("closed", provider.circuit_state)
    ask(provider)
    assert.equal(90, select(2, provider:analyze_image "bytes").retry_after)
    provider = guarded({ { reason = "overloaded", retry_after = 5000 } },
      { failure_threshold = 1, max_retry_after = 100 })
    ask(provider)
    assert.equal(100, select(2, provider:analyze_image "bytes").retry_after)
    provider = guarded({ { reason = "overloaded", retry_after = 5 } }, { failure_threshold = 1 })
    ask(provider)
    assert.equal(60, select(2, provider:analyze_image "bytes").retry_after) -- never shorter
  end))

  it("takes a limit that is over in a moment for no outage", timed(function()
    local provider = guarded({ { reason = "rate_limited", retry_after = 1 } },
      { failure_threshold = 2 })
    for _ = 1, 5 do ask(provider) end
    assert.equal("closed", provider.circuit_state)
    provider = guarded({ { reason = "rate_limited" } }, { failure_threshold = 2 })
    for _ = 1, 2 do ask(provider) end
    assert.equal("open", provider.circuit_state)
  end))

  it("judges a stream at its end", timed(function()
    local steps = { { reason = "cut_stream", partial = true } }
    local provider = guarded(steps, { failure_threshold = 1 })
    local events = provider:analyze_image_stream "bytes"
    events()
    events()
    assert.equal("closed", provider.circuit_state)
    events()
    assert.equal("open", provider.circuit_state)
    local _, last = fake.follow(provider:analyze_image_stream "bytes")
    assert.equal("circuit_open", last.data.error.reason)
  end))

  it("takes a stream that ends without a word for a failure, one that is left for nothing",
    timed(function()
      local provider = guarded({ { reason = "network", cut = true, partial = true } },
        { failure_threshold = 1 })
      local events = provider:analyze_image_stream "bytes"
      events()
      events:close()
      assert.equal("closed", provider.circuit_state)
      fake.follow(provider:analyze_image_stream "bytes")
      assert.equal("open", provider.circuit_state)
    end))

  it("judges by rates when asked to", timed(function()
    local steps = { {}, {}, { reason = "timeout" }, {}, { reason = "timeout" }, {} }
    local provider = guarded(steps, { window = "count", window_size = 10, minimum_calls = 5,
      failure_rate = 0.4 })
    ask(provider, 4)
    assert.equal("closed", provider.circuit_state)
    ask(provider)
    assert.equal("open", provider.circuit_state)
    provider = guarded({ { seconds = 9 } }, { window = "time", window_size = 60,
      minimum_calls = 3, slow_call_rate = 1, slow_call_duration = 8 })
    ask(provider, 3)
    assert.equal("open", provider.circuit_state)
  end))

  it("takes orders", timed(function()
    local provider, inner, changes = guarded({ { reason = "timeout" } })
    provider:force_circuit_open()
    local _, err = provider:analyze_image "bytes"
    assert.is_nil(err.retry_after)
    assert.matches("by hand", err.message)
    provider:disable_circuit()
    ask(provider, 10)
    provider:reset_circuit()
    provider:reset_circuit()
    assert.equal(10, inner.calls)
    assert.same({ "closed>forced_open", "forced_open>disabled", "disabled>closed" }, changes)
  end))

  it("survives a callback that throws, and says so", timed(function()
    local lines = {}
    log.set_sink(function(_, message) lines[#lines + 1] = message end)
    local provider = assert(create(fake.provider { { reason = "timeout" } }, {
      failure_threshold = 1, on_state_change = function() error "oops" end,
    }))
    local _, err = provider:analyze_image "bytes"
    log.set_sink(nil)
    assert.equal("timeout", err.reason)
    assert.matches("on_state_change of the circuit breaker of fake: .*oops", lines[1])
  end))

  it("refuses options that make no sense", function()
    local _, err = create(fake.provider(), { window = "count", window_size = 5 })
    assert.equal("invalid_option", err.reason)
    assert.matches("minimum_calls", err.message)
    _, err = create(fake.provider(), { half_open_max_calls = 17 })
    assert.matches("from 1 to 16", err.message)
    _, err = create(fake.provider(), { window = "days" })
    assert.matches("one of count, time", err.message)
  end)
end)
