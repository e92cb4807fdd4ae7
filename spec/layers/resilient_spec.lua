-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local fake = require "spec.support.fake_provider"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local create = require("vision.layers.resilient").create_resilient_provider

local timed = virtual.timed

describe("create_resilient_provider", function()
  it("asks again, and counts each attempt", timed(function()
    local provider = assert(create(fake.provider { { reason = "timeout" }, { seconds = 1 } }))
    local reading = assert(provider:analyze_image "bytes")
    assert.equal(2, #reading.trail)
    local m = provider.metrics
    assert.same({ 2, 1, 1, 0.5, "closed", 0 }, { m.total_requests, m.successful_requests,
      m.failed_requests, m.success_rate, m.circuit_state, m.circuit_opens })
    assert.equal("fake", provider.name)
  end))

  it("stops asking when the circuit opens, also between two attempts", timed(function()
    local provider, inner
    inner = fake.provider { { reason = "server_error" } }
    provider = assert(create(inner, { max_retries = 10, circuit_failure_threshold = 3,
      circuit_timeout = 7 }))
    local _, err = provider:analyze_image "bytes"
    assert.is_true(errors.is(err, "CircuitOpenError"))
    assert.equal(3, inner.calls)
    assert.equal("server_error", err.trail[3].reason)
    assert.same({ "open", 1 }, { provider.circuit_state, provider.metrics.circuit_opens })
    inner.steps = { {} }
    task.sleep(7)
    assert(provider:analyze_image "bytes")
    assert(provider:analyze_image "bytes")
    assert.equal("closed", provider.circuit_state)
    assert.equal(5, provider.metrics.total_requests)
  end))

  it("guards streams, too", timed(function()
    local provider = assert(create(fake.provider { { reason = "overloaded" }, {} }))
    local seen = fake.follow(provider:analyze_image_stream "bytes")
    assert.same({ "start", "partial", "complete" }, seen)
    assert.same({ 1, 1 }, { provider.metrics.successful_requests,
      provider.metrics.failed_requests })
  end))

  it("takes all options of its layers", timed(function()
    local changes = {}
    local provider = assert(create(fake.provider { { reason = "timeout" } }, {
      retry_config = { base_delay = 0.5, jitter = "none" },
      circuit_config = { failure_threshold = 1,
        on_state_change = function(to) changes[#changes + 1] = to end },
    }))
    local _, err = provider:analyze_image "bytes"
    assert.equal(0.5, err.trail[1].waited)
    assert.same({ "open" }, changes)
    local _, wrong = create(fake.provider(), { circuit_timeout = -1 })
    assert.matches("resilient: option 'circuit_timeout' must be a number from 0 to 86400",
      wrong.message)
    _, wrong = create(fake.provider(), { retry_config = { maximum = 1 } })
    assert.matches("retry: there is no option 'maximum'", wrong.message)
    _, wrong = create(fake.provider(), { max_retry = 1 })
    assert.matches("did you mean 'max_retries'", wrong.message)
  end))
end)
