-- SPDX-License-Identifier: MIT
local failover = require "vision.ensemble.failover"
local pdf = require "spec.support.pdf"
local readers = require "spec.support.readers"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local PICTURE = readers.PICTURE

local in_world = virtual.test

local function over(list, config)
  return assert(failover.create_failover_provider(list, config))
end

-- "a:timeout:failover b" of a trail
local function trail_text(answer)
  local words = {}
  for i, step in ipairs(answer.trail) do
    words[i] = step.endpoint .. (step.reason and ":" .. step.reason or "")
      .. (step.action and ":" .. step.action or "")
  end
  return table.concat(words, " ")
end

local function health(provider, index)
  return provider.failover_manager.endpoints[index].health
end

describe("failover", function()
  it("asks the first, and the next where that fails", in_world(function()
    local a, b = readers.new("a/x", { {}, { fails = "timeout" } }), readers.new "b"
    local provider = over { a, b }
    local reading = assert(provider:analyze_image(PICTURE, { page = 1 }))
    assert.equal("a", reading.provider)
    assert.is_nil(reading.fallback_from)
    assert.equal("a/x", trail_text(reading))
    assert.same({ page = 1 }, a.options[1])
    reading = assert(provider:analyze_image(PICTURE))
    assert.equal("b", reading.provider)
    assert.equal("a/x", reading.fallback_from)
    assert.equal("a/x:timeout:failover b", trail_text(reading))
    assert.equal(1, reading.trail[1].seconds)
    assert.equal("failover(a/x,b)", provider.endpoint_name)
  end))

  it("goes on for what another may do better; charges what is its fault", in_world(function()
    local charged = { timeout = 1, server_error = 1, blank = 1, invalid_response = 1, connect = 1 }
    for _, reason in ipairs { "timeout", "server_error", "blank", "invalid_response", "connect",
      "rate_limited", "circuit_open", "budget_exceeded", "vision_unsupported", "local_only",
      "refused", "filtered", "truncated", "auth", "not_found_model", "reader_crashed" } do
      local a = readers.new("a", { fails = reason })
      local provider = over { a, readers.new "b" }
      local reading = assert(provider:analyze_image(PICTURE), reason)
      assert.equal("b", reading.provider)
      assert.equal(("a:%s:failover b"):format(reason), trail_text(reading))
      assert.equal(charged[reason] or 0,
        provider.failover_manager.endpoints[1].consecutive_failures, reason)
    end
  end))

  it("hands each endpoint the options as they were given", in_world(function()
    local a = readers.new("a", function(_, _, options)
      options.page, options.model = 9, "a's own"
      return { fails = "server_error" }
    end)
    local b, given = readers.new "b", { page = 1 }
    assert(over({ a, b }):analyze_image(PICTURE, given))
    assert.same({ { page = 1 }, { page = 1 } }, { given, b.options[1] })
  end))

  it("leaves an error that comes again as it is", in_world(function()
    local same = require("vision.base.error").new("invalid_image", "no picture")
    local a = readers.new "a"
    function a.analyze_image() return nil, same end
    local provider = over { a, readers.new "b" }
    for _ = 1, 3 do
      local _, err = provider:analyze_image(PICTURE)
      assert.equal("a:invalid_image", trail_text(err))
    end
    assert.is_nil(same.trail)
  end))

  it("ends at the caller's own fault, and charges nobody", in_world(function()
    for _, reason in ipairs { "invalid_image", "encrypted", "invalid_option", "cancelled" } do
      local a, b = readers.new("a", { fails = reason }), readers.new "b"
      local provider = over({ a, b }, { fallback_to_stub = true })
      local reading, err = provider:analyze_image(PICTURE)
      assert.is_nil(reading)
      assert.equal(reason, err.reason)
      assert.equal("a:" .. reason, trail_text(err))
      assert.equal(0, b.calls)
      assert.equal("unknown", health(provider, 1))
    end
    local _, err = over({ readers.new "a" }):analyze_image "no picture"
    assert.equal("unsupported_format", err.reason)
  end))

  it("ends with who is cancelled, and charges nobody", in_world(function()
    local a, b = readers.new("a", { seconds = 10 }), readers.new "b"
    local provider = over { a, b }
    local work = task.spawn(function() return provider:analyze_image(PICTURE) end)
    task.sleep(1)
    work:cancel()
    assert.equal("cancelled", select(2, work:join()).reason)
    -- So does a deadline around it, though that is a provider's fault where the provider says it.
    local _, err = task.timeout(2, provider.analyze_image, provider, PICTURE)
    assert.equal("timeout", err.reason)
    assert.equal(0, b.calls)
    assert.equal(0, provider.failover_manager.endpoints[1].consecutive_failures)
    assert.equal(0, provider.failover_manager.endpoints[1].in_flight)
  end))

  it("asks no more than it may", in_world(function()
    local list = {}
    for i = 1, 6 do list[i] = readers.new("p" .. i, { fails = "timeout" }) end
    local _, err = over(list):analyze_image(PICTURE)
    assert.equal("timeout", err.reason)
    assert.equal(4, #err.trail) -- the first and three more
    assert.is_nil(err.trail[4].action)
    assert.matches("all 4 endpoints failed: p1: timeout", err.message)
    _, err = over(list, { max_retries = 0 }):analyze_image(PICTURE)
    assert.equal(1, #err.trail)
  end))

  it("answers with the stub, marked, where that is wanted", in_world(function()
    local provider = over({ readers.new("a", { fails = "timeout" }) }, { fallback_to_stub = true })
    local reading = assert(provider:analyze_image(PICTURE))
    assert.equal("stub", reading.provider)
    assert.equal("failover(a)", reading.fallback_from)
    assert.matches("timeout", reading.warnings[2])
    assert.equal("a:timeout stub:stub", trail_text(reading))
  end))

  it("keeps what inner layers tried", in_world(function()
    local a = readers.new("a", { fails = "timeout" })
    local steps = { { endpoint = "a", attempt = 1, reason = "timeout", action = "retry" },
      { endpoint = "a", attempt = 2, reason = "timeout" } }
    local inner = { name = "a", endpoint_name = "a", analyze_image = function()
      local _, err = a:analyze_image(PICTURE)
      err.trail = steps
      return nil, err
    end }
    local reading = over({ inner, readers.new "b" }):analyze_image(PICTURE)
    assert.equal("a:timeout:retry a:timeout:failover b", trail_text(reading))
    assert.is_nil(steps[2].action)
  end))

  it("lets misuse through", in_world(function()
    local provider = over { readers.new("a", { throws = "misused" }), readers.new "b" }
    assert.has_error(function() provider:analyze_image(PICTURE) end, "misused")
    assert.equal(0, provider.failover_manager.endpoints[1].in_flight)
  end))

  it("gives a document to one that takes it as it is", in_world(function()
    local a, b = readers.new "a", readers.new "b"
    a.capabilities.pdf = false
    local document = pdf.write { { width = 200, height = 100, texts = {} } }
    assert.equal("b", over({ a, b }):analyze_image(document).provider)
    assert.equal("a", over({ a, b }):analyze_image(PICTURE).provider)
    assert.equal("a", over({ a, readers.new("b", { fails = "timeout" }) }):analyze_image(document)
      .provider)
  end))

  it("refuses a configuration that is none", function()
    local function refused(pattern, ...)
      local provider, err = failover.create_failover_provider(...)
      assert.is_nil(provider)
      assert.equal("invalid_option", err.reason)
      assert.matches(pattern, err.message)
    end
    refused("the list of providers is empty", {})
    refused("'a' stands there twice", { readers.new "a", readers.new "a" })
    refused("no script failover/fastest.lua", { readers.new "a" }, { strategy = "fastest" })
    refused("'max_retries'", { readers.new "a" }, { max_retries = -1 })
    refused("endpoint %[1%]: option 'weight'", { { provider = readers.new "a", weight = -1 } })
    assert.has_error(function() failover.create_failover_provider { {} } end)
  end)
end)

describe("the endpoints of a failover", function()
  it("have their states", in_world(function()
    local a = readers.new("a", function(number)
      return number <= 5 and { fails = "server_error" } or {}
    end)
    local provider = over { a, readers.new "b" }
    local manager = provider.failover_manager
    assert.equal("unknown", health(provider, 1))
    for i = 1, 4 do
      provider:analyze_image(PICTURE)
      assert.equal("degraded", health(provider, 1))
      assert.equal(i, manager.endpoints[1].consecutive_failures)
    end
    provider:analyze_image(PICTURE)
    assert.equal("unhealthy", health(provider, 1))
    local status = manager:get_status()
    assert.equal(1, status.healthy_count)
    assert.equal(2, status.total_count)
    assert.equal("server_error", status.endpoints[1].last_error)
    assert.equal(59, status.endpoints[1].rests_seconds) -- b took a second since
    provider:analyze_image(PICTURE)
    assert.equal(5, a.calls) -- not asked while it is ill
    task.sleep(60)
    assert.equal("a", provider:analyze_image(PICTURE).provider)
    assert.equal("healthy", health(provider, 1))
    assert.equal(2, manager:get_status().healthy_count)
  end))

  it("are tried again one at a time, once their time has come", in_world(function()
    local a = readers.new("a", { seconds = 5, fails = "server_error" })
    local provider = over { a, readers.new "b" }
    for _ = 1, 5 do provider:analyze_image(PICTURE) end
    task.sleep(60)
    local function ask() return provider:analyze_image(PICTURE) end
    local results = task.gather { ask, ask, ask, ask }
    assert.equal(6, a.calls) -- one of the four
    for _, result in ipairs(results) do assert.equal("b", result[1].provider) end
    assert.equal("b", provider:analyze_image(PICTURE).provider)
    assert.equal(6, a.calls) -- it rests again
    assert.equal(6, provider.failover_manager.endpoints[1].consecutive_failures)
  end))

  it("are tried by one at a time, whatever else comes back meanwhile", in_world(function()
    local late = { seconds = 70, fails = "refused" }
    local a = readers.new("a", function(number)
      return number == 1 and late or { seconds = number > 6 and 30 or 0, fails = "timeout" }
    end)
    local provider = over { a, readers.new "b" }
    task.spawn(provider.analyze_image, provider, PICTURE)
    task.sleep(0)
    for _ = 1, 5 do provider:analyze_image(PICTURE) end
    task.sleep(60 - 1)
    local probe = task.spawn(provider.analyze_image, provider, PICTURE)
    task.sleep(10) -- the first one has come back now
    provider:analyze_image(PICTURE)
    assert.equal(7, a.calls)
    probe:join()
  end))

  it("are not well again by an answer to a question from before", in_world(function()
    local a = readers.new("a", function(number)
      return number == 1 and { seconds = 20 } or { fails = "timeout" }
    end)
    local provider = over { a, readers.new "b" }
    local first = task.spawn(provider.analyze_image, provider, PICTURE)
    task.sleep(0)
    for _ = 1, 5 do provider:analyze_image(PICTURE) end
    assert.equal("a", first:join().provider)
    assert.equal("unhealthy", health(provider, 1))
  end))

  it("rest again for those, too, that had begun before", in_world(function()
    local a = readers.new("a", { fails = "server_error" })
    local b = readers.new("b", function(number)
      return number > 5 and { seconds = 10, fails = "timeout" } or {}
    end)
    local provider = over({ { provider = a, region = "a" }, { provider = b, region = "b" } },
      { strategy = "region" })
    for _ = 1, 5 do provider:analyze_image(PICTURE, { region = "a" }) end
    task.sleep(60)
    local late = task.spawn(provider.analyze_image, provider, PICTURE, { region = "b" })
    task.sleep(1)
    provider:analyze_image(PICTURE, { region = "a" })
    assert.equal(6, a.calls)
    local _, err = late:join()
    assert.equal("b:timeout a:circuit_open:skip", trail_text(err))
    assert.equal(6, a.calls)
  end))

  it("are tried in the end when all are ill, but not by everybody", in_world(function()
    local a = readers.new("a", { fails = "server_error" })
    local b = readers.new("b", { fails = "server_error" })
    local provider = over { a, b }
    for _ = 1, 5 do provider:analyze_image(PICTURE) end
    assert.equal(10, a.calls + b.calls)
    local function ask() return provider:analyze_image(PICTURE) end
    local results = task.gather { ask, ask, ask, ask, ask, ask }
    assert.equal(11, a.calls + b.calls)
    assert.equal("circuit_open", results[2][2].reason)
    assert.is_true(results[2][2].retry_after > 0)
  end))

  it("are left alone as long as they ask for it", in_world(function()
    local a = readers.new("a", { { fails = "rate_limited", retry_after = 30 }, {} })
    local provider = over { a, readers.new "b" }
    assert.equal("b", provider:analyze_image(PICTURE).provider)
    assert.equal("b", provider:analyze_image(PICTURE).provider)
    assert.equal(1, a.calls)
    assert.equal("unknown", health(provider, 1))
    task.sleep(30)
    assert.equal("a", provider:analyze_image(PICTURE).provider)
    -- Never for shorter than was said, whatever comes of calls from before.
    local calls = { { seconds = 1, fails = "rate_limited", retry_after = 600 } }
    for i = 2, 6 do calls[i] = { seconds = i, fails = "server_error" } end
    calls[7] = { seconds = 7 }
    local d = readers.new("d", calls)
    provider = over { d, readers.new "b" }
    local asks = {}
    for i = 1, 7 do asks[i] = function() return provider:analyze_image(PICTURE) end end
    local results = task.gather(asks)
    assert.equal("d", results[7][1].provider)
    assert.equal("unhealthy", health(provider, 1))
    assert.equal(594, provider.failover_manager:get_status().endpoints[1].rests_seconds)
    -- Where there is nobody else it is asked all the same.
    local alone = over { readers.new("c", { { fails = "rate_limited", retry_after = 30 }, {} }) }
    alone:analyze_image(PICTURE)
    assert.equal("c", alone:analyze_image(PICTURE).provider)
  end))
end)

describe("a failover's strategy", function()
  local function who(provider, count, options)
    local names = {}
    for i = 1, count do names[i] = provider:analyze_image(PICTURE, options).provider end
    return table.concat(names, " ")
  end

  it("is priority", in_world(function()
    local provider = over { { provider = readers.new "a", priority = 2 },
      { provider = readers.new "b", priority = 1 } }
    assert.equal("b b", who(provider, 2))
  end))

  it("is round robin", in_world(function()
    local provider = over({ readers.new "a", readers.new "b", readers.new "c" },
      { strategy = "round_robin" })
    assert.equal("a b c a", who(provider, 4))
  end))

  it("is latency", in_world(function()
    local a, b = readers.new("a", { seconds = 3 }), readers.new("b", { seconds = 2 })
    local provider = over({ a, b }, { strategy = "latency" })
    assert.equal("a b b b", who(provider, 4))
    assert.equal(3000, provider.failover_manager.endpoints[1].avg_latency_ms)
  end))

  it("is by weight", function()
    virtual.new({ seed = 3 }):run(function()
      local provider = over({ { provider = readers.new "a", weight = 3 }, readers.new "b",
        { provider = readers.new "c", weight = 0 } }, { strategy = "weighted" })
      local count = select(2, who(provider, 400):gsub("a", ""))
      assert.is_true(count > 270 and count < 330, tostring(count))
    end)
  end)

  it("is region, the job's before the configured one", in_world(function()
    local provider = over({ { provider = readers.new "a", region = "us" },
      { provider = readers.new "b", region = "eu" } }, { strategy = "region", region = "eu" })
    assert.equal("b", who(provider, 1))
    assert.equal("a", who(provider, 1, { region = "us" }))
  end))
end)

describe("a failover's stream", function()
  local function followed(provider)
    local kinds, last = {}, nil
    for event in provider:analyze_image_stream(PICTURE) do
      kinds[#kinds + 1] = event.event_type
      last = event
    end
    return table.concat(kinds, " "), last
  end

  it("tells that it goes on, with whom and why", in_world(function()
    local said
    for event in over({ readers.streaming("a", { fails = "server_error" }),
      readers.streaming "b" }):analyze_image_stream(PICTURE) do
      if event.event_type == "progress" then said = event.data end
    end
    assert.same({ stage = "failover", endpoint = "b", failed = "a", reason = "server_error" }, said)
  end))

  it("goes on with the next one before any text has come", in_world(function()
    local provider = over { readers.streaming("a", { fails = "server_error" }),
      readers.streaming "b" }
    local kinds, last = followed(provider)
    assert.equal("start progress partial complete", kinds)
    assert.equal("b", last.data.result.provider)
    assert.equal("a", last.data.result.fallback_from)
    assert.equal("a:server_error:failover b", trail_text(last.data.result))
    assert.equal("degraded", health(provider, 1))
  end))

  it("ends with the error of one whose text had begun", in_world(function()
    local b = readers.streaming "b"
    local provider = over { readers.streaming("a", { fails = "cut_stream", late = true }), b }
    local kinds, last = followed(provider)
    assert.equal("start partial error", kinds)
    assert.equal("cut_stream", last.data.error.reason)
    assert.equal("a:cut_stream", trail_text(last.data.error))
    assert.equal(0, b.calls)
    assert.equal("degraded", health(provider, 1))
  end))

  it("lets misuse through, and asks nobody else for it", in_world(function()
    local a, b = readers.streaming("a", { throws = "misused" }), readers.streaming "b"
    local provider = over { a, b }
    local events = provider:analyze_image_stream(PICTURE)
    local ok, message = pcall(function() for _ in events do task.sleep(0) end end)
    assert.same({ false, "misused", 0 }, { ok, message, b.calls })
    assert.equal(0, provider.failover_manager.endpoints[1].in_flight)
  end))

  it("is left by another task while it opens, or while it is read", in_world(function()
    local rate_limit = require "vision.layers.rate_limit"
    local limited = assert(rate_limit.create_rate_limited_provider(readers.streaming "a",
      { requests_per_minute = 6, burst_size = 1 }))
    local provider = over { limited }
    local endpoint = provider.failover_manager.endpoints[1]
    for seconds = 0, 3 do -- while it stands in line, then while the answer comes
      local events = provider:analyze_image_stream(PICTURE)
      local reader = task.spawn(function() for _ in events do task.sleep(0) end end)
      task.sleep(seconds / 2)
      events:close()
      reader:join()
      assert.equal(0, endpoint.in_flight)
      assert.equal("unknown", endpoint.health)
    end
  end))

  it("is left without charging anybody", in_world(function()
    local a = readers.streaming "a"
    local provider = over { a, readers.new "b" }
    local events = provider:analyze_image_stream(PICTURE)
    events()
    events:close()
    assert.equal(1, a.closed)
    assert.equal("unknown", health(provider, 1))
    assert.equal(0, provider.failover_manager.endpoints[1].in_flight)
  end))

  it("takes who has no stream of its own, and says that nobody could", in_world(function()
    local kinds = followed(over { readers.new "a" })
    assert.equal("start progress complete", kinds)
    local text, last = followed(over { readers.new("a", { fails = "blank" }),
      readers.streaming("b", { fails = "timeout" }) })
    assert.equal("start progress progress error", text)
    assert.matches("all 2 endpoints failed", last.data.error.message)
    text, last = followed(over({ readers.streaming("a", { fails = "timeout" }) },
      { fallback_to_stub = true }))
    assert.equal("start complete", text)
    assert.equal("stub", last.data.result.provider)
  end))
end)
