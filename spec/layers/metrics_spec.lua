-- SPDX-License-Identifier: MIT
local fake = require "spec.support.fake_provider"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local create = require("vision.layers.metrics").create_metrics_provider

local timed = virtual.timed

describe("create_metrics_provider", function()
  it("knows nothing before the first call", timed(function()
    assert.same({
      total_requests = 0, successful_requests = 0, failed_requests = 0, cancelled_requests = 0,
      success_rate = 0, in_flight = 0, average_latency_ms = 0, input_tokens = 0,
      output_tokens = 0, errors = {}, circuit_opens = 0,
    }, create(fake.provider()).metrics)
  end))

  it("counts and times", timed(function()
    local provider = assert(create(fake.provider {
      { seconds = 1, usage = { input_tokens = 100, output_tokens = 10 } },
      { seconds = 60, reason = "timeout", message = "Timeout after 60s" },
      { seconds = 3, usage = { input_tokens = 50, output_tokens = 5 } },
      { reason = "truncated", usage = { input_tokens = 1, output_tokens = 2 } },
    }))
    for _ = 1, 5 do provider:analyze_image "bytes" end
    local m = provider.metrics
    assert.same({ 5, 2, 3, 0.4 },
      { m.total_requests, m.successful_requests, m.failed_requests, m.success_rate })
    assert.near(2000, m.average_latency_ms, 1e-6)
    assert.near(1000, m.p50_latency_ms, 10)
    assert.near(3000, m.p95_latency_ms, 1e-6)
    assert.near(3000, m.p99_latency_ms, 1e-6)
    assert.same({ timeout = 1, truncated = 2 }, m.errors)
    assert.equal("fake: as the spec says (truncated)", m.last_error)
    assert.same({ 152, 19 }, { m.input_tokens, m.output_tokens })
    assert.is_nil(m.p95_first_text_ms)
  end))

  it("knows what is under way, and what was left", timed(function()
    local provider = assert(create(fake.provider { { seconds = 5 } }))
    local call = task.spawn(function() return provider:analyze_image "bytes" end)
    task.sleep(1)
    assert.same({ 1, 0 }, { provider.metrics.in_flight, provider.metrics.total_requests })
    call:cancel()
    call:join()
    local m = provider.metrics
    assert.same({ 0, 1, 1, 0, 0 }, { m.in_flight, m.total_requests, m.cancelled_requests,
      m.failed_requests, m.success_rate })
    assert.is_nil(m.last_error)
  end))

  it("times the first text of a stream and the whole of it", timed(function()
    local provider = assert(create(fake.provider {
      { seconds = 2 }, { seconds = 4, reason = "network", partial = true },
    }))
    fake.follow(provider:analyze_image_stream "bytes")
    fake.follow(provider:analyze_image_stream "bytes")
    local m = provider.metrics
    assert.same({ 1, 1 }, { m.successful_requests, m.failed_requests })
    assert.near(3000, m.average_first_text_ms, 1e-6)
    assert.near(4000, m.p95_first_text_ms, 1e-6)
    assert.near(2000, m.average_latency_ms, 1e-6)
  end))

  it("is a snapshot, and can be reset", timed(function()
    local provider = assert(create(fake.provider { { reason = "timeout" } }))
    provider:analyze_image "bytes"
    local before = provider.metrics
    before.errors.timeout = 99
    provider:analyze_image "bytes"
    assert.equal(1, before.failed_requests)
    assert.same({ timeout = 2 }, provider.metrics.errors)
    provider:reset_metrics()
    assert.equal(0, provider.metrics.total_requests)
  end))

  it("takes nothing for tokens that is none", timed(function()
    local provider = assert(create(fake.provider {
      { usage = { input_tokens = -1, output_tokens = 0 / 0 } },
      { usage = { input_tokens = "many", output_tokens = 5 } },
    }))
    for _ = 1, 2 do provider:analyze_image "bytes" end
    local m = provider.metrics
    assert.same({ 2, 0, 5 }, { m.successful_requests, m.input_tokens, m.output_tokens })
  end))

  it("counts of its own, laid over another", timed(function()
    local inner = assert(create(fake.provider { { seconds = 1 } }))
    local call = task.spawn(function() inner:analyze_image "bytes" end)
    task.sleep(0.5)
    local outer = assert(create(inner))
    assert.equal(0, outer.metrics.in_flight)
    outer:analyze_image "bytes"
    call:join()
    assert.same({ 2, 1 }, { inner.metrics.total_requests, outer.metrics.total_requests })
  end))
end)
