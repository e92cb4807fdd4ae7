-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local fake = require "spec.support.fake_provider"
local rate_limit = require "vision.layers.rate_limit"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local create = rate_limit.create_rate_limited_provider

local timed = virtual.timed

-- Starts so many calls at once; gives the seconds after which each of them was made, in order.
local function rush(limited, count, options)
  local started, made, tasks = clock.mono(), {}, {}
  for i = 1, count do
    tasks[i] = task.spawn(function()
      local reading, err = limited:analyze_image("bytes", options)
      made[#made + 1] = { i = i, at = clock.mono() - started, err = err, reading = reading }
    end)
  end
  for _, t in ipairs(tasks) do t:join() end
  return made
end

local function column(list, name)
  local values = {}
  for i, row in ipairs(list) do values[i] = row[name] end
  return values
end

describe("create_rate_limited_provider", function()
  it("lets the burst through at once and the others at their pace, in order", timed(function()
    local limited = assert(create(fake.provider(), { requests_per_minute = 60, burst_size = 3 }))
    local made = rush(limited, 6)
    assert.same({ 1, 2, 3, 4, 5, 6 }, column(made, "i"))
    assert.same({ 0, 0, 0, 1, 2, 3 }, column(made, "at"))
    assert.same({ total_requests = 6, rejected_requests = 0, waited_requests = 3,
      waiting_requests = 0, waited_seconds = 6 }, limited.rate_limit_stats)
  end))

  it("tells what could be asked at once", timed(function()
    local limited = assert(create(fake.provider(), { requests_per_minute = 60, burst_size = 3 }))
    assert.equal(3, limited.available_requests)
    limited:analyze_image "bytes"
    assert.equal(2, limited.available_requests)
    task.sleep(0.5)
    assert.equal(2, limited.available_requests)
    task.sleep(0.5)
    assert.equal(3, limited.available_requests)
  end))

  it("refuses at once where the call does not want to wait", timed(function()
    local inner = fake.provider()
    local limited = assert(create(inner, { requests_per_minute = 30, burst_size = 1 }))
    assert(limited:analyze_image("bytes", { wait_for_rate_limit = false }))
    local reading, err = limited:analyze_image("bytes", { wait_for_rate_limit = false })
    assert.is_nil(reading)
    assert.is_true(errors.is(err, "RateLimitError"))
    assert.same({ "rate_limited", 2, "ours", true },
      { err.reason, err.retry_after, err.fault, err.retryable })
    assert.equal(1, limited.rate_limit_stats.rejected_requests)
    assert.is_nil(inner.options[1].wait_for_rate_limit)
  end))

  it("refuses at once where it was made to, unless a call wants to wait", timed(function()
    local limited = assert(create(fake.provider(),
      { requests_per_minute = 30, burst_size = 1, wait_for_rate_limit = false }))
    local made = rush(limited, 2)
    assert.equal("rate_limited", made[2].err.reason)
    assert.equal(2, rush(limited, 1, { wait_for_rate_limit = true })[1].at)
  end))

  it("waits no longer than it may, and in no longer line", timed(function()
    local limited = assert(create(fake.provider(),
      { requests_per_minute = 60, burst_size = 1, max_wait_seconds = 2 }))
    local made = rush(limited, 5)
    assert.same({ 1, 4, 5, 2, 3 }, column(made, "i"))
    assert.same({ "rate_limited", 3 }, { made[2].err.reason, made[2].err.retry_after })
    limited = assert(create(fake.provider(),
      { requests_per_minute = 60, burst_size = 1, max_queue = 2 }))
    made = rush(limited, 5)
    assert.same({ 1, 4, 5, 2, 3 }, column(made, "i"))
    assert.same({ "queue_full", 3 }, { made[3].err.reason, made[3].err.retry_after })
    assert.equal(2, limited.rate_limit_stats.rejected_requests)
  end))

  it("lets one leave the line, and the others move up", timed(function()
    local inner = fake.provider()
    local limited = assert(create(inner, { requests_per_minute = 60, burst_size = 1 }))
    local waiters, started, at = {}, clock.mono(), {}
    for i = 1, 5 do
      waiters[i] = task.spawn(function()
        local _, err = limited:analyze_image "bytes"
        at[i] = err and err.reason or clock.mono() - started
      end)
    end
    task.sleep(0.5)
    assert.equal(4, limited.rate_limit_stats.waiting_requests)
    waiters[2]:cancel() -- the first of the line
    waiters[4]:cancel() -- one within it
    for _, waiter in ipairs(waiters) do waiter:join() end
    assert.same({ 0, "cancelled", 1, "cancelled", 2 }, at)
    assert.equal(3, inner.calls)
  end))

  it("keeps nothing of those who left the line", timed(function()
    local limited = assert(create(fake.provider(), { requests_per_minute = 1, burst_size = 1 }))
    limited:analyze_image "bytes"
    local first = task.spawn(limited.analyze_image, limited, "bytes")
    task.sleep(0)
    local function used_after(count)
      for _ = 1, count do
        task.timeout(0.001, limited.analyze_image, limited, "bytes")
        task.sleep(0)
      end
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    local before = used_after(100)
    assert.is_true(used_after(1000) - before < 100)
    first:cancel()
    first:join()
  end))

  it("gives a stream its turn, too", timed(function()
    local limited = assert(create(fake.provider(), { requests_per_minute = 60, burst_size = 1 }))
    limited:analyze_image "bytes"
    local started = clock.mono()
    local seen = fake.follow(limited:analyze_image_stream "bytes")
    assert.same({ "start", "partial", "complete" }, seen)
    assert.equal(1, clock.mono() - started)
    local _, last = fake.follow(limited:analyze_image_stream("bytes",
      { wait_for_rate_limit = false }))
    assert.equal("rate_limited", last.data.error.reason)
  end))

  it("never lets more through in any window than the limit says", function()
    chance.runs(20, function(source)
      local per_minute, burst = source:integer(6, 600), source:integer(1, 10)
      local world, at = virtual.new { seed = source:integer(1, 1e6) }, {}
      world:run(function()
        local limited = assert(create(fake.provider { function()
          at[#at + 1] = clock.mono()
          return {}
        end }, { requests_per_minute = per_minute, burst_size = burst, max_queue = 20 }))
        local tasks = {}
        for i = 1, 60 do
          tasks[i] = task.spawn(function() limited:analyze_image "bytes" end)
          task.sleep(source:number(0, 90 / per_minute))
          if source:integer(1, 4) == 1 then tasks[source:integer(1, i)]:cancel() end
        end
        for _, t in ipairs(tasks) do t:join() end
      end)
      for first = 1, #at do
        for last = first, #at do
          local most = burst + per_minute / 60 * (at[last] - at[first] + 2e-6)
          if last - first + 1 > most then error(("%d calls in %g s"):format(last - first + 1,
            at[last] - at[first])) end
        end
      end
    end)
  end)
end)

describe("tokens a minute", function()
  local function estimating(tokens, steps)
    return fake.provider(steps, { estimate = function()
      return { input_tokens = tokens - 100, text_tokens = 10, output_tokens = 100 }
    end })
  end

  it("are reserved from the estimate and settled by what was used", timed(function()
    local limited = assert(create(estimating(600, {
      { usage = { input_tokens = 300, output_tokens = 100 } },
    }), { tokens_per_minute = 1200 }))
    assert.equal(math.huge, limited.available_requests)
    assert.same({ 0, 0 }, column(rush(limited, 2), "at")) -- 800 used, 400 there
    assert.same({ 10 }, column(rush(limited, 1), "at")) -- 600 are there
  end))

  it("may be more than a minute has: that waits for a full bucket, and is owed", timed(function()
    local limited = assert(create(estimating(5000, {
      { usage = { input_tokens = 2900, output_tokens = 100 } },
    }), { tokens_per_minute = 1200 }))
    assert.same({ 0, 150 }, column(rush(limited, 2), "at"))
  end))

  it("are given back where nothing was sent, and kept where it may have been", timed(function()
    local limited = assert(create(estimating(1200, {
      { reason = "connect" }, { reason = "timeout" }, {},
    }), { tokens_per_minute = 1200 }))
    assert.same({ 0 }, column(rush(limited, 1), "at"))
    assert.same({ 0 }, column(rush(limited, 1), "at"))
    assert.same({ 60 }, column(rush(limited, 1), "at"))
  end))

  it("are not taken before the eyes of one who waits for more", timed(function()
    local inner = fake.provider({ {} }, { estimate = function(_, image)
      return { input_tokens = tonumber(image), output_tokens = 0 }
    end })
    local limited, made = assert(create(inner, { tokens_per_minute = 600 })), {}
    limited:analyze_image "500" -- 100 are left
    local function ask(image)
      return function()
        limited:analyze_image(image)
        made[#made + 1] = image
      end
    end
    task.gather { ask "200", ask "50", ask "10" }
    assert.same({ "200", "50", "10" }, made)
  end))

  it("and requests are taken together or not at all", timed(function()
    local limited = assert(create(estimating(1000, {
      { usage = { input_tokens = 1000 } },
    }), { tokens_per_minute = 1000, requests_per_minute = 60, burst_size = 5 }))
    limited:analyze_image "bytes"
    local _, err = limited:analyze_image("bytes", { wait_for_rate_limit = false })
    assert.equal(60, err.retry_after)
    assert.equal(4, limited.available_requests)
  end))

  it("end a call that cannot be estimated", timed(function()
    local inner = fake.provider(nil, { estimate = function()
      return nil, errors.new("invalid_image", "no picture")
    end })
    local _, err = create(inner, { tokens_per_minute = 1000 }):analyze_image "bytes"
    assert.equal("invalid_image", err.reason)
    assert.equal(0, inner.calls)
  end))
end)

describe("the limits of a provider", function()
  it("are known by its name", timed(function()
    for name, burst in pairs { openai = 10, azure = 10, anthropic = 10, deepseek = 20,
      stub = 100, openai_compatible = math.huge, ["local"] = math.huge } do
      local limited = assert(create(fake.provider(nil, { name = name })))
      assert.equal(burst, limited.available_requests, name)
    end
    local slower = assert(create(fake.provider(nil, { name = "openai" }),
      { requests_per_minute = 6 }))
    assert.equal(10, rush(slower, 11)[11].at)
  end))

  it("are not those of a limit within", timed(function()
    local inner = assert(create(fake.provider(), { tokens_per_minute = 60,
      requests_per_minute = 60 }))
    local outer = assert(create(inner))
    assert.equal(math.huge, outer.available_requests)
    assert(outer:analyze_image "bytes")
  end))

  it("must make sense", function()
    local _, err = create(fake.provider(), { burst_size = 5 })
    assert.matches("burst_size says nothing", err.message)
    _, err = create(fake.provider(), { requests_per_minute = 0 })
    assert.matches("rate_limited: option 'requests_per_minute'", err.message)
  end)
end)
