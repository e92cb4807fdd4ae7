-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local fake = require "spec.support.fake_provider"
local retry_budget = require "vision.layers.retry_budget"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local create = require("vision.layers.retry").create_retry_provider

local timed = virtual.timed

-- A retry layer without chance around these steps.
local function retrying(steps, options)
  options = options or {}
  options.jitter = options.jitter or "none"
  local inner = fake.provider(steps)
  return assert(create(inner, options)), inner
end

local function waits(trail)
  local list = {}
  for i, step in ipairs(trail) do list[i] = step.waited end
  return list
end

describe("create_retry_provider", function()
  it("asks again with growing pauses", timed(function()
    local provider, inner = retrying {
      { seconds = 2, reason = "timeout" }, { reason = "server_error" }, { seconds = 1 },
    }
    local started = clock.mono()
    local reading = assert(provider:analyze_image "bytes")
    assert.equal(2 + 1 + 2 + 1, clock.mono() - started)
    assert.equal(3, inner.calls)
    local message = "as the spec says"
    assert.same({
      { endpoint = "fake", attempt = 1, seconds = 2, reason = "timeout", message = message,
        waited = 1 },
      { endpoint = "fake", attempt = 2, seconds = 0, reason = "server_error", message = message,
        action = "retry", waited = 2 },
      { endpoint = "fake", attempt = 3, seconds = 1, action = "retry" },
    }, reading.trail)
  end))

  it("gives up after max_retries, with the last error and the trail", timed(function()
    local provider, inner = retrying({ { reason = "network" }, { reason = "timeout" } },
      { max_retries = 5, max_delay = 5 })
    local _, err = provider:analyze_image "bytes"
    assert.equal("timeout", err.reason)
    assert.equal(6, inner.calls)
    assert.same({ 1, 2, 4, 5, 5 }, waits(err.trail))
    provider, inner = retrying({ { reason = "network" } }, { max_retries = 0 })
    provider:analyze_image "bytes"
    assert.equal(1, inner.calls)
  end))

  it("asks again for the reasons that pass, and for no other", timed(function()
    for reason, row in pairs(errors.REASONS) do
      local provider, inner = retrying { { reason = reason } }
      provider:analyze_image "bytes"
      local passes = row.retryable and row.fault ~= "ours" and row.fault ~= "caller"
      assert.equal(passes and 4 or 1, inner.calls, reason)
    end
    assert.is_false(errors.REASONS.billing.retryable)
  end))

  it("waits as long as the provider asks, but no longer than it may", timed(function()
    local provider = retrying({ { reason = "rate_limited", retry_after = 20 }, {} })
    assert.same({ 20 }, waits(assert(provider:analyze_image "bytes").trail))
    local inner
    provider, inner = retrying({ { reason = "rate_limited", retry_after = 61 }, {} })
    local _, err = provider:analyze_image "bytes"
    assert.same({ "rate_limited", 61, 1 }, { err.reason, err.retry_after, inner.calls })
    provider = retrying({ { reason = "rate_limited", retry_after = 0.2 }, {} })
    assert.same({ 1 }, waits(assert(provider:analyze_image "bytes").trail))
  end))

  it("keeps its deadline, pauses and a hanging attempt included", timed(function()
    local provider, inner = retrying({ { seconds = 4, reason = "timeout" } },
      { deadline_seconds = 10 })
    local started = clock.mono()
    local _, err = provider:analyze_image "bytes"
    assert.equal(2, inner.calls) -- 4 + 1 + 4; with 2 more nothing would be left
    assert.same({ "timeout", 9 }, { err.reason, clock.mono() - started })
    provider = retrying({ { reason = "network" }, { seconds = 100 } }, { deadline_seconds = 10 })
    started = clock.mono()
    _, err = provider:analyze_image "bytes"
    assert.same({ "timeout", 10 }, { err.reason, clock.mono() - started })
    assert.equal("network", err.trail[1].reason)
  end))

  it("ends with the task that waits", timed(function()
    local provider, inner = retrying { { reason = "network" } }
    local call = task.spawn(function() return provider:analyze_image "bytes" end)
    task.sleep(0.5)
    call:cancel()
    local _, err = call:join()
    assert.same({ "cancelled", 1 }, { err.reason, inner.calls })
  end))

  it("hands no attempt what another left in the options", timed(function()
    local given = { page = 2 }
    local provider, inner = retrying { function(self)
      self.options[self.calls].page = 9
      self.options[self.calls].extra = true
      return nil, errors.new("network", "gone")
    end }
    provider:analyze_image("bytes", given)
    assert.same({ page = 2 }, given)
    for i = 1, 4 do
      for j = i + 1, 4 do assert.are_not.equal(inner.options[i], inner.options[j]) end
    end
  end))

  it("keeps nothing of one call for the next", timed(function()
    local provider = retrying { { reason = "network" }, {} , { reason = "network" }, {} }
    local first = assert(provider:analyze_image "bytes").trail
    local second = assert(provider:analyze_image "bytes").trail
    assert.same({ waits(first), #first }, { waits(second), #second })
    assert.are_not.equal(first, second)
  end))

  it("is not confused by one error that comes again and again", timed(function()
    local same = errors.new("network", "gone")
    local provider = retrying { function() return nil, same end }
    for _ = 1, 3 do
      local _, err = provider:analyze_image "bytes"
      assert.same({ "network", "gone", 4 }, { err.reason, err.message, #err.trail })
      assert.is_true(errors.is(err))
    end
    assert.is_nil(same.trail)
  end))

  it("takes a text, or nothing, for an error", timed(function()
    local texts = { "boom", false, "boom" }
    local provider = retrying { function(self) return nil, texts[self.calls] or nil end }
    local _, err = provider:analyze_image "bytes"
    assert.same({ "internal", "boom", 1 }, { err.reason, err.message, #err.trail })
    _, err = provider:analyze_image "bytes"
    assert.matches("neither a reading nor an error", err.message)
    local _, last = fake.follow(provider:analyze_image_stream "bytes")
    assert.equal("boom", last.data.error.message)
  end))

  it("spreads its pauses by chance", function()
    chance.runs(100, function(source)
      local options = { jitter = source:one_of { "full", "decorrelated" }, max_retries = 8,
        base_delay = source:number(0, 3), max_delay = source:number(3, 20),
        exponential_base = source:number(1, 3) }
      local base, most = options.base_delay, options.max_delay
      virtual.new { seed = source:integer(1, 1e6) }:run(function()
        local _, err = retrying({ { reason = "network" } }, options):analyze_image "bytes"
        local last = base
        for n, delay in ipairs(waits(err.trail)) do
          if options.jitter == "full" then
            assert.is_true(delay >= 0
              and delay <= math.min(most, base * options.exponential_base ^ (n - 1)))
          else
            assert.is_true(delay >= base and delay <= math.min(most, math.max(3 * last, base)))
          end
          last = delay
        end
      end)
    end)
  end)

  it("refuses options that make no sense", function()
    local _, err = create(fake.provider(), { jitter = "some" })
    assert.matches("one of full, decorrelated, none", err.message)
    _, err = create(fake.provider(), { max_retries = -1 })
    assert.matches("retry: option 'max_retries'", err.message)
    _, err = create(fake.provider(), { budget = { ratio = 1 } })
    assert.equal("retry: option 'budget' must be a RetryBudget, not a table", err.message)
  end)
end)

describe("a retried stream", function()
  it("begins anew while no text was handed on", timed(function()
    local provider, inner = retrying { { seconds = 3, reason = "overloaded" },
      { reason = "network", cut = true }, {} }
    local seen, last = fake.follow(provider:analyze_image_stream "bytes")
    assert.same({ "start", "partial", "complete" }, seen)
    assert.same({ 1, 2 }, waits(last.data.result.trail))
    assert.same({ 3, 2 }, { inner.calls, inner.closed })
  end))

  it("never does after text", timed(function()
    local budget = retry_budget.RetryBudget.new()
    local provider, inner = retrying({ { reason = "network", partial = true } },
      { budget = budget })
    local left = budget:available()
    local seen, last = fake.follow(provider:analyze_image_stream "bytes")
    assert.same({ "start", "partial", "error" }, seen)
    assert.same({ "network", 1 }, { last.data.error.reason, #last.data.error.trail })
    assert.equal(1, inner.calls)
    assert.is_true(budget:available() > left)
  end))

  it("keeps its deadline, a hanging attempt included", timed(function()
    local provider, inner = retrying({ { reason = "network" }, { seconds = 100 } },
      { deadline_seconds = 10 })
    local started = clock.mono()
    local seen, last = fake.follow(provider:analyze_image_stream "bytes")
    assert.same({ "timeout", 10, 2 }, { last.data.error.reason, clock.mono() - started,
      inner.calls })
    assert.matches("not finished within", last.data.error.message)
    assert.same({ "network", "timeout" },
      { last.data.error.trail[1].reason, last.data.error.trail[2].reason })
    assert.same({ { "start", "error" }, 2 }, { seen, inner.closed })
  end))

  it("ends with the error when it gives up, and with a cut one's", timed(function()
    local provider, inner = retrying({ { reason = "network", cut = true } }, { max_retries = 1 })
    local seen, last = fake.follow(provider:analyze_image_stream "bytes")
    assert.same({ "start", "error" }, seen)
    assert.same({ "cut_stream", 2 }, { last.data.error.reason, inner.calls })
  end))

  it("is left with whatever attempt it is in", timed(function()
    local provider, inner = retrying { { reason = "network" }, {} }
    local events = provider:analyze_image_stream "bytes"
    events()
    events()
    events:close()
    assert.is_nil(events())
    assert.same({ 2, 2 }, { inner.calls, inner.closed })
  end))
end)

describe("RetryBudget", function()
  local RetryBudget = retry_budget.RetryBudget

  it("allows a share of the calls and a few a minute", timed(function()
    local budget = assert(RetryBudget.new { ratio = 0.25, minimum_per_minute = 6 })
    for _ = 1, 6 do assert.is_true(budget:withdraw()) end
    assert.is_false(budget:withdraw())
    for _ = 1, 8 do budget:deposit() end
    assert.is_true(budget:withdraw())
    assert.is_true(budget:withdraw())
    assert.is_false(budget:withdraw())
    task.sleep(10)
    assert.is_true(budget:withdraw())
    assert.is_false(budget:withdraw())
  end))

  it("holds back the retries of all layers that share it", timed(function()
    local budget = assert(RetryBudget.new { ratio = 0.2, minimum_per_minute = 0 })
    local calls = 0
    for _ = 1, 4 do
      local provider, inner = retrying({ { reason = "network" } }, { budget = budget })
      for _ = 1, 25 do provider:analyze_image "bytes" end
      calls = calls + inner.calls
    end
    assert.is_true(calls >= 119 and calls <= 120, calls)
  end))

  it("does not save up without end", timed(function()
    local budget = assert(RetryBudget.new())
    for _ = 1, 10000 do budget:deposit() end
    assert.equal(100, budget:available())
  end))

  it("begins no stream anew that was left in the pause", timed(function()
    local provider, inner = retrying { { reason = "network" } }
    local events = provider:analyze_image_stream "bytes"
    local reader = task.spawn(fake.follow, events)
    task.sleep(0.5)
    events:close()
    assert.same({ "start" }, (reader:join()))
    assert.equal(1, inner.calls)
  end))

  it("refuses options that make no sense", function()
    local _, err = RetryBudget.new { ratio = 2 }
    assert.matches("RetryBudget: option 'ratio'", err.message)
  end)
end)
