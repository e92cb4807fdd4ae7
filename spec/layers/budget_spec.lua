-- SPDX-License-Identifier: MIT
local budget = require "vision.layers.budget"
local cost = require "vision.money.cost"
local errors = require "vision.base.error"
local fake = require "spec.support.fake_provider"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local vision = require "vision"

local timed = virtual.timed

-- Micro-dollars a token: 1 of the question, 2 of the answer. At most 100 x 1 + 200 x 2 = 500.
local PRICE = { input = 1, output = 2 }
local MOST = 500
local USAGE = { input_tokens = 90, output_tokens = 30 } -- 150

local function estimate()
  return { images = { {} }, image_tokens = 60, text_tokens = 40, input_tokens = 100,
    output_tokens = 200 }
end

local function priced(steps, fields)
  local provider = fake.provider(steps, { price = PRICE, estimate = estimate })
  for name, value in pairs(fields or {}) do provider[name] = value end
  return provider
end

local function quiet(config)
  local all = { on_alert = function() end }
  for name, value in pairs(config or {}) do all[name] = value end
  return all
end

local function create(provider, config)
  return assert(budget.create_cost_tracked_provider(provider, { budget_config = quiet(config) }))
end

local function usd(micro) return micro / 1000000 end

-- What stands in the books, in micro-dollars: spent, and reserved.
local function standing(tracked)
  local one = tracked.cost_tracker:get_budgets()[1]
  return { cost.from_usd(one.spent_usd), cost.from_usd(one.reserved_usd) }
end

describe("create_cost_tracked_provider", function()
  it("reserves before a call, books after it, and tells what it cost", timed(function()
    local held
    local tracked
    local inner = priced { function()
      held = standing(tracked)
      return { summary = "s", usage = USAGE }
    end }
    tracked = create(inner, { daily_limit_usd = usd(1000) })
    local reading = assert(tracked:analyze_image "bytes")
    assert.same({ 0, MOST }, held)
    assert.same({ 150, 0 }, standing(tracked))
    assert.equal(usd(150), reading.cost_usd)
    assert.equal(usd(150), tracked.cost_tracker:get_daily_cost())
    assert.equal(usd(150), tracked.cost_tracker:get_monthly_cost())
  end))

  it("refuses what might pass a hard limit, without asking", timed(function()
    local inner = priced { { usage = USAGE } }
    local tracked = create(inner, { daily_limit_usd = usd(MOST + 149) })
    assert(tracked:analyze_image "bytes")
    local reading, err = tracked:analyze_image "bytes"
    assert.is_nil(reading)
    assert.is_true(errors.is(err, "RateLimitError"))
    assert.same({ "budget_exceeded", 429, false, "fake", "caller" }, { err.reason, err.http_status,
      err.retryable, err.provider, err.fault })
    assert.equal(1, inner.calls)
  end))

  it("never lets an eleventh of 200 at once through, where ten can be paid", timed(function()
    local under_way, most = 0, 0
    local inner = priced { function()
      under_way = under_way + 1
      most = math.max(most, under_way)
      task.sleep(1)
      under_way = under_way - 1
      return { usage = { input_tokens = 100, output_tokens = 200 } }
    end }
    local tracked = create(inner, { total_limit_usd = usd(10 * MOST) })
    local good, refused, calls = 0, 0, {}
    for i = 1, 200 do
      calls[i] = function()
        local reading, err = tracked:analyze_image "bytes"
        if reading then good = good + 1 end
        if err and err.reason == "budget_exceeded" then refused = refused + 1 end
      end
    end
    assert(task.gather(calls))
    assert.same({ 10, 190, 10, 10 }, { good, refused, inner.calls, most })
    assert.same({ 10 * MOST, 0 }, standing(tracked))
  end))

  it("gives back what a failed call did not use, and books what it did", timed(function()
    local cases = {
      { { reason = "connect" }, 0 },
      { { reason = "server_error" }, 0 },
      { { reason = "truncated", usage = USAGE }, 150 },
      { { reason = "timeout" }, MOST }, -- the work may be done, and billed
      { { reason = "cancelled" }, MOST },
      { { reason = "blank" }, MOST }, -- it has answered, and says no more
      { { reason = "invalid_response" }, MOST },
      { { reason = "refused" }, MOST },
      { function() return nil, errors.new("timeout", "in a line", { unsent = true }) end, 0 },
      { {}, MOST }, -- a reading that does not say what it used
    }
    for i, case in ipairs(cases) do
      local tracked = create(priced { case[1] }, { daily_limit_usd = 1 })
      local reading = tracked:analyze_image "bytes"
      assert.same({ case[2], 0 }, standing(tracked), "case " .. i)
      if reading then assert.is_nil(reading.cost_usd) end
    end
  end))

  it("gives back what was reserved by one that throws", timed(function()
    local tracked = create(priced { function() error "broken" end }, { daily_limit_usd = 1 })
    assert.is_false((pcall(tracked.analyze_image, tracked, "bytes")))
    assert.same({ 0, 0 }, standing(tracked))
  end))

  it("counts a call that was cancelled while it waited for a rate limit as unsent", timed(function()
    local inner = priced { { usage = USAGE } }
    local limited = assert(vision.create_rate_limited_provider(inner,
      { requests_per_minute = 1, burst_size = 1 }))
    local tracked = create(limited, { daily_limit_usd = 1 })
    assert(tracked:analyze_image "bytes")
    local _, err = task.timeout(5, function() return tracked:analyze_image "bytes" end)
    assert.equal("timeout", err.reason)
    assert.same({ 150, 0 }, standing(tracked))
    assert.equal(1, inner.calls)
  end))

  it("takes prices as the first table had them", timed(function()
    local tracked = create(fake.provider { { usage = { input_tokens = 1000,
      output_tokens = 500 } } }, { prices = { fake = { input_per_1k = 0.005,
      output_per_1k = 0.015, image = 0.00765 } } })
    assert.equal(0.02015, assert(tracked:analyze_image "bytes").cost_usd)
    local flat = create(fake.provider { {} }, { daily_limit_usd = 0.025,
      prices = { fake = { image = 0.01 } } })
    assert.equal(0.01, assert(flat:analyze_image "bytes").cost_usd)
    assert(flat:analyze_image "bytes")
    assert.is_nil((flat:analyze_image "bytes"))
  end))

  it("takes the price of the endpoint before that of its provider", timed(function()
    local inner = priced({ { usage = USAGE } }, { endpoint_name = "fake/m" })
    local tracked = create(inner, { prices = { fake = { input = 100, output = 100 },
      ["fake/m"] = { input = 10, output = 20 } } })
    assert.equal(usd(1500), assert(tracked:analyze_image "bytes").cost_usd)
  end))

  it("refuses what has no price under a hard limit, and counts it under none", timed(function()
    local tracked = create(fake.provider(), { daily_limit_usd = 1 })
    local _, err = tracked:analyze_image "bytes"
    assert.is_true(err.unpriced)
    assert.matches('prices = { ["fake"] =', err.message, 1, true)
    local unmeasured = create(priced(nil, { estimate = function()
      return { images = { {} }, text_tokens = 40, output_tokens = 200 }
    end }), { daily_limit_usd = 1 })
    _, err = unmeasured:analyze_image "bytes"
    assert.matches("give fake a rule image_tokens in models.lua", err.message, 1, true)
    local counting = create(fake.provider { { usage = USAGE } })
    assert.is_nil(assert(counting:analyze_image "bytes").cost_usd)
    local sum = counting.cost_tracker:get_usage_summary()
    assert.same({ 1, 1, 0, 90 }, { sum.total_requests, sum.unpriced_requests, sum.total_cost_usd,
      sum.input_tokens })
  end))

  it("lets what is read on this machine pass, and asks nothing for nothing", timed(function()
    local tracked = create(fake.provider(nil, { price = cost.FREE }), { daily_limit_usd = 0 })
    assert.equal(0, assert(tracked:analyze_image "bytes").cost_usd)
    local paid = create(priced(), { daily_limit_usd = 0 })
    assert(paid:analyze_image("bytes", { include_description = false }))
    assert.equal(0, paid.cost_tracker:get_usage_summary().total_requests)
  end))

  it("counts tags and keys, and keeps them to itself", timed(function()
    local inner = priced { { usage = USAGE } }
    local tracked = create(inner, { budgets = { { tag = "x", daily_limit_usd = usd(MOST) },
      { key = "k", daily_limit_usd = usd(MOST) } } })
    assert(tracked:analyze_image("bytes", { tags = { "x" }, budget_key = "k", dpi = 100 }))
    assert.same({ dpi = 100 }, inner.options[1])
    local function refused_by(options)
      local _, err = tracked:analyze_image("bytes", options)
      return err and err.alert.budget
    end
    assert.equal("tag x", refused_by { tags = { "x" } })
    assert.equal("key k", refused_by { budget_key = "k" })
    assert.is_nil(refused_by { tags = { "y" }, budget_key = "l" })
    assert.equal(usd(150), tracked.cost_tracker:get_daily_cost { tag = "x" })
    local _, err = tracked:analyze_image("bytes", { tags = { 5 } })
    assert.equal("invalid_option", err.reason)
  end))

  it("says what is wrong with an image before anything is reserved", timed(function()
    local inner = priced(nil, { estimate = function()
      return nil, errors.new("invalid_image", "no picture")
    end })
    local tracked = create(inner, { daily_limit_usd = 1 })
    assert.equal("invalid_image", select(2, tracked:analyze_image "bytes").reason)
    assert.equal(0, inner.calls)
  end))

  it("is refused with a wrong configuration", function()
    local made, err = budget.create_cost_tracked_provider(fake.provider(),
      { budget_config = { daily_limit = 1 } })
    assert.is_nil(made)
    assert.equal("invalid_option", err.reason)
  end)
end)

describe("a budget around a stream", function()
  local types = stream.StreamEventType

  -- A stream of some pieces of text, of which each has `bytes`, and then an event or nothing.
  local function streaming(pieces, bytes, last)
    return priced(nil, { analyze_image_stream = function()
      local at = 0
      return stream.new(function()
        at = at + 1
        if at == 1 then return stream.event(types.START, {}) end
        if at <= pieces + 1 then
          return stream.event(types.PARTIAL, { text = ("x"):rep(bytes) })
        end
        local event = last
        last = nil
        return event
      end, function() end)
    end })
  end

  it("books what the answer says at its end", timed(function()
    local tracked = create(streaming(3, 10, stream.event(types.COMPLETE,
      { result = { summary = "s", usage = USAGE } })), { daily_limit_usd = 1 })
    local _, last = fake.follow(tracked:analyze_image_stream "bytes")
    assert.equal(usd(150), last.data.result.cost_usd)
    assert.same({ 150, 0 }, standing(tracked))
  end))

  it("books what was counted where the client leaves or it is cut off", timed(function()
    local left = create(streaming(9, 40), { daily_limit_usd = 1 })
    local events = left:analyze_image_stream "bytes"
    for _ = 1, 4 do events() end -- the start, and three pieces: 120 bytes, 30 tokens
    assert.same({ 0, MOST }, standing(left))
    events:close()
    events:close()
    assert.same({ 100 + 2 * 30, 0 }, standing(left))
    assert.equal(1, left.cost_tracker:get_usage_summary().estimated_requests)

    local cut = create(streaming(5, 40), { daily_limit_usd = 1 })
    fake.follow(cut:analyze_image_stream "bytes")
    assert.same({ 100 + 2 * 50, 0 }, standing(cut))

    local err = errors.new("server_error", "in the middle")
    local failed = create(streaming(5, 40, stream.event(types.ERROR, { error = err })),
      { daily_limit_usd = 1 })
    fake.follow(failed:analyze_image_stream "bytes")
    assert.same({ 100 + 2 * 50, 0 }, standing(failed))
  end))

  it("reserves nothing until somebody reads, and gives back what did not begin", timed(function()
    local tracked = create(streaming(2, 10), { daily_limit_usd = 1 })
    local unread = tracked:analyze_image_stream "bytes"
    assert.same({ 0, 0 }, standing(tracked))
    unread:close()
    local failing = create(streaming(0, 0, stream.event(types.ERROR,
      { error = errors.new("overloaded", "busy") })), { daily_limit_usd = 1 })
    fake.follow(failing:analyze_image_stream "bytes")
    assert.same({ 0, 0 }, standing(failing))
  end))

  it("is refused with an event", timed(function()
    local tracked = create(streaming(2, 10), { daily_limit_usd = usd(MOST - 1) })
    local seen, last = fake.follow(tracked:analyze_image_stream "bytes")
    assert.same({ types.ERROR }, seen)
    assert.equal("budget_exceeded", last.data.error.reason)
  end))
end)

describe("a budget in a stack", function()
  local PICTURE = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

  local function stacked(settings)
    settings.cache, settings.rate_limit = settings.cache or false, false
    settings.budget = quiet(settings.budget)
    return assert(vision.stack(settings))
  end

  local function spent(tower)
    return cost.from_usd(tower.cost_tracker:get_daily_cost())
  end

  it("is asked before each attempt of a retry", timed(function()
    local inner = priced { { reason = "overloaded", usage = USAGE } }
    local tower = stacked { provider = inner, circuit_breaker = false,
      budget = { daily_limit_usd = usd(MOST + 2 * 150) }, retry = { max_retries = 5 } }
    local _, err = tower:analyze_image(PICTURE)
    assert.equal("budget_exceeded", err.reason)
    assert.same({ 3, 450 }, { inner.calls, spent(tower) })
    assert.equal(usd(450), err.cost_usd)
  end))

  it("has what all tries of an answer cost in it, and what each did", timed(function()
    local dear = priced({ { reason = "truncated", usage = USAGE } }, { name = "dear",
      endpoint_name = "dear", price = { input = 10, output = 20 } })
    local good = priced({ { reason = "overloaded" }, { usage = USAGE } }, { name = "good",
      endpoint_name = "good" })
    local tower = stacked { providers = { dear, good }, budget = { daily_limit_usd = 1 } }
    local reading = assert(tower:analyze_image(PICTURE))
    assert.equal(usd(1650), reading.cost_usd)
    local costs = {}
    for i, step in ipairs(reading.trail) do costs[i] = step.cost_usd or "-" end
    assert.same({ usd(1500), "-", usd(150) }, costs)
    assert.equal(1650, spent(tower))
  end))

  it("is asked before the second call of a hedge", timed(function()
    local inner = priced { { seconds = 5, usage = USAGE } }
    local tower = stacked { provider = inner, hedge = { delay = 1 },
      budget = { daily_limit_usd = usd(2 * MOST - 1) } }
    assert(tower:analyze_image(PICTURE))
    assert.same({ 1, 150 }, { inner.calls, spent(tower) })
  end))

  it("books the call that a hedge gives up", timed(function()
    local inner = priced { { seconds = 5, usage = USAGE }, { seconds = 1, usage = USAGE } }
    local tower = stacked { provider = inner, hedge = { delay = 1 },
      budget = { daily_limit_usd = 1 } }
    local reading = assert(tower:analyze_image(PICTURE))
    assert.same({ 2, MOST + 150 }, { inner.calls, spent(tower) })
    assert.equal(usd(MOST + 150), reading.cost_usd)
    assert.equal(usd(MOST), reading.trail[1].cost_usd)
  end))

  it("lets a failover go on to who can still be paid", timed(function()
    local dear, cheap = priced({ { usage = USAGE } }, { name = "dear", endpoint_name = "dear",
      price = { input = 1000, output = 1000 } }), priced({ { usage = USAGE } },
      { name = "cheap", endpoint_name = "cheap" })
    local free = fake.provider(nil, { name = "free", endpoint_name = "free", price = cost.FREE })
    local tower = stacked { providers = { dear, cheap, free },
      budget = { daily_limit_usd = usd(MOST + 150) } }
    local readers = {}
    for i = 1, 3 do readers[i] = assert(tower:analyze_image(PICTURE)).cost_usd end
    assert.same({ usd(150), usd(150), 0 }, readers)
    assert.same({ 0, 2, 1 }, { dear.calls, cheap.calls, free.calls })
    assert.equal("closed", tower.endpoints[1].provider.circuit_state)
  end))

  it("costs nothing where the cache answers, and says what was saved", timed(function()
    local inner = priced { { usage = USAGE } }
    local tower = stacked { provider = inner, cache = true, budget = { daily_limit_usd = 1 } }
    assert.equal(usd(150), assert(tower:analyze_image(PICTURE)).cost_usd)
    local again = assert(tower:analyze_image(PICTURE))
    assert.same({ 0, usd(150), true }, { again.cost_usd, again.saved_usd, again.cached })
    assert.equal(150, spent(tower))
  end))

  it("leaves out an endpoint that is not to be counted", timed(function()
    local inner = priced { { usage = USAGE } }
    local tower = stacked { providers = { { provider = inner, budget = false } },
      budget = { daily_limit_usd = 0 } }
    assert(tower:analyze_image(PICTURE))
    assert.equal(0, spent(tower))
  end))

  it("stands inside the line of the concurrency limit, and says so", function()
    local tower = stacked { provider = priced(), concurrency = true,
      budget = { daily_limit_usd = 1 } }
    assert.matches("concurrency .*\n.*budget .*daily_limit_usd = 1.*\n.*metrics", tower:explain())
  end)

  it("is refused with the key where the fault is, without opening a store", function()
    local function refusal(settings)
      local built, err = require("vision.stack").check(settings)
      assert.is_nil(built)
      assert.equal("invalid_option", err.reason)
      return err.message
    end
    assert.matches("there is no option 'daily'", refusal { budget = { daily = 1 } }, 1, true)
    assert.matches("budget must be true, false or a table", refusal { budget = 3 })
    assert.matches("providers[1]: option 'budget' must be true or false (limits of one endpoint",
      refusal { providers = { { provider = "stub", budget = { daily_limit_usd = 1 } } } }, 1, true)
    assert(require("vision.stack").check { budget = { daily_limit_usd = 1,
      store = "sqlite:/nowhere/at/all.db" } })
  end)
end)
