-- SPDX-License-Identifier: MIT
-- What users of other systems complained of, in their words, and that it does not happen here:
-- whole stacks before servers in a simulated network, on a clock of their own.

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local fake = require "spec.support.fake_provider"
local json = require "vision.base.json"
local networks = require "spec.support.simulation.network"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local vision = require "vision"

-- The header of a PNG and a number that makes it a picture of its own: nobody decodes it here.
local function picture(number)
  return "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0\0\64\0\0\0\64\8\2\0\0\0\0\0\0\0"
    .. ("\0\0\0\8IDAT%08d\0\0\0\0"):format(number or 0) .. "\0\0\0\0IEND\174\66\96\130"
end

-- ---- servers ----

local function whole(text)
  return json.encode { model = "m", usage = { prompt_tokens = 900, completion_tokens = 100 },
    choices = { { index = 0, finish_reason = "stop",
      message = { role = "assistant", content = text } } } }
end

local function answer(status, body, after)
  return { { after = after or 1, status = status, headers = {} }, { chunk = body } }
end

local GOOD = whole '{"summary": "a plate", "details": ["M8"], "confidence": 0.9}'

local function good() return answer(200, GOOD) end

local function failing(status, word)
  return function()
    return answer(status, json.encode { error = { message = word or "no", code = word } })
  end
end

local function event(text, finish)
  return "data: " .. json.encode { model = "m", choices = { { index = 0,
    delta = { content = text }, finish_reason = finish } } } .. "\n\n"
end

-- A stream that says some of its text and breaks.
local function breaking()
  return { { after = 1, status = 200, headers = {} }, { after = 1, chunk = event '{"summary": ' },
    { after = 1, chunk = event '"a pl' }, { after = 1, reason = "cut_stream" } }
end

-- Runs a spec in a world of its own; `servers`: host -> a function that answers a request. The body
-- gets how often each was asked, and the servers, which it may change.
local function with_servers(servers, body)
  return function()
    local world, asked = virtual.new(), {}
    for host in pairs(servers) do asked[host] = 0 end
    local own = {}
    for host, server in pairs(servers) do own[host] = server end
    local network = networks.new(world, function(request)
      local host = request.options.url:match "^http://(%w+)%.test"
      asked[host] = asked[host] + 1
      return own[host](request)
    end)
    network:install()
    local ok, err = pcall(world.run, world, body, asked, own)
    network.uninstall()
    assert(ok, err)
    assert.equal(0, world.pending)
    assert.equal(0, network.open)
  end
end

local function endpoint(host, more)
  local given = { provider = "openai_compatible", model = "m", name = host,
    base_url = ("http://%s.test/v1"):format(host) }
  for name, value in pairs(more or {}) do given[name] = value end
  return given
end

local function stack(hosts, more)
  local given = { providers = {}, cache = false }
  for i, host in ipairs(hosts) do given.providers[i] = endpoint(host) end
  for name, value in pairs(more or {}) do given[name] = value end
  return assert(vision.stack(given))
end

local function around(provider, more)
  local given = { provider = provider, cache = false }
  for name, value in pairs(more or {}) do given[name] = value end
  return assert(vision.stack(given))
end

local function ask(provider, count, options)
  local reading, err
  for i = 1, count or 1 do reading, err = provider:analyze_image(picture(i), options) end
  return reading, err
end

local function ask_at_once(provider, count, same)
  local calls = {}
  for i = 1, count do
    calls[i] = function() return provider:analyze_image(picture(same and 0 or i)) end
  end
  return assert(task.gather(calls))
end

-- Every text in a value, and in what it holds.
local function texts_in(value, list, seen)
  list, seen = list or {}, seen or {}
  if type(value) == "string" then
    list[#list + 1] = value
  elseif type(value) == "table" and not seen[value] then
    seen[value] = true
    for key, item in pairs(value) do
      texts_in(key, list, seen)
      texts_in(item, list, seen)
    end
  end
  return list
end

describe("nobody can complain that", function()
  it("25 consecutive 500s are left in rotation", with_servers({ a = failing(500), b = good },
    function(asked)
      local tower = stack({ "a", "b" }, { retry = false })
      ask(tower, 30)
      assert.same({ a = 5, b = 30 }, asked)
      local alone = stack({ "a" }, { retry = false })
      local _, err = ask(alone, 30)
      assert.equal("circuit_open", err.reason)
      assert.equal("server_error", err.cause.reason)
      assert.equal(5 + 5, asked.a)
    end))

  it("a cooled deployment is served again before its time", with_servers({ a = good, b = good },
    function(asked, servers)
      local tower = stack({ "a", "b" }, { retry = false, circuit_breaker = false })
      function servers.a() return answer(200, GOOD, 50) end
      local slow = task.spawn(ask, tower)
      task.sleep(1)
      function servers.a()
        return { { status = 429, headers = { ["retry-after"] = "100" } }, { chunk = "{}" } }
      end
      ask(tower)
      assert.is_truthy(slow:join()) -- its answer says nothing of the 100 s
      servers.a = good
      ask(tower, 20)
      assert.equal(2, asked.a)
      task.sleep(100)
      ask(tower)
      assert.equal(3, asked.a)
    end))

  it("to cool again keeps the shorter deadline", with_servers({ a = good },
    function(_, servers)
      local waits = { "300", "20", "100" }
      local number = 0
      function servers.a()
        number = number + 1
        return { { after = number, status = 503, headers = { ["retry-after"] = waits[number] } },
          { chunk = "{}" } }
      end
      local tower = stack({ "a" }, { retry = false, circuit_breaker = { failure_threshold = 1 } })
      ask_at_once(tower, 3)
      local _, err = ask(tower)
      assert.equal(300 - 2, err.retry_after)
    end))

  it("the breaker flaps", function()
    virtual.new():run(function()
      local steps = { { reason = "server_error" } }
      local changes = {}
      local tower = around(fake.provider(steps), { retry = false, circuit_breaker = {
        failure_threshold = 2, on_state_change = function(to) changes[#changes + 1] = to end } })
      ask(tower, 2)
      for round = 1, 20 do -- every second probe goes well
        task.sleep(60)
        steps[1] = round % 2 == 1 and {} or { reason = "server_error" }
        ask(tower)
      end
      for i, state in ipairs(changes) do assert.are_not.equal("closed", state, "change " .. i) end
      assert.equal(2 + 20, tower.metrics.total_requests)
      steps[1] = {}
      task.sleep(60)
      ask(tower, 2)
      assert.equal("closed", tower.circuit_state)
    end)
  end)

  it("streams that start well and break fool the breaker", with_servers({ a = breaking },
    function(asked)
      local tower = stack({ "a" }, { retry = false })
      for i = 1, 8 do
        for _ in tower:analyze_image_stream(picture(i)) do task.sleep(0) end
      end
      assert.same({ "open", 5 }, { tower.circuit_state, asked.a })
      assert.equal(0, tower.metrics.successful_requests)
    end))

  it("a cut stream is reported as fine, or said twice", with_servers({ a = breaking, b = good },
    function(asked)
      local tower, texts, last = stack({ "a", "b" }, { cache = true, retry = true }), 0, nil
      for one in tower:analyze_image_stream(picture()) do
        last = one
        if one.event_type == "partial" then texts = texts + 1 end
      end
      assert.same({ "error", "cut_stream" }, { last.event_type, last.data.error.reason })
      assert.equal("a", last.data.error.trail[1].endpoint)
      assert.same({ a = 1, b = 0 }, asked) -- half of one and all of another is no answer
      assert.is_true(texts >= 1)
      ask(tower)
      assert.equal(0, tower.cache_stats.hits)
    end))

  it("200 with nonsense is taken for an answer", with_servers({
    a = function() return answer(200, whole "") end, b = good }, function(asked)
      local tower = stack({ "a", "b" }, { retry = false })
      local reading = ask(tower, 10)
      assert.equal("b", reading.trail[#reading.trail].endpoint)
      assert.equal(5, asked.a)
    end))

  it("a client's bad picture is charged to the provider", with_servers({ a = good, b = good },
    function(asked)
      local tower = stack({ "a", "b" }, { health = true })
      for _ = 1, 100 do
        local _, err = tower:analyze_image "no picture at all"
        assert.equal("caller", err.fault)
      end
      for _, one in ipairs(tower.endpoints) do
        assert.equal("closed", one.provider.circuit_state)
        assert.equal(0, one.provider.metrics.failed_requests)
        assert.equal("unknown", one.provider:get_health().status)
      end
      for _, one in ipairs(tower.failover_manager:get_status().endpoints) do
        assert.equal("unknown", one.health)
      end
      assert.same({ a = 0, b = 0 }, asked)
    end))

  it("a client without patience is charged to the provider", with_servers({ a = function()
    return answer(200, GOOD, 30) end }, function()
      local tower = stack({ "a" }, { health = true })
      for _ = 1, 20 do task.timeout(0.5, ask, tower) end
      task.sleep(1)
      assert.equal("closed", tower.circuit_state)
      assert.same({ 0, 20 }, { tower.metrics.failed_requests, tower.metrics.cancelled_requests })
      assert.equal("unknown", tower:get_health().status)
      assert.is_truthy(ask(tower))
    end))

  it("the provider is called slow for the waits of one's own limit", with_servers({ a = good },
    function()
      local tower = stack({ "a" }, { rate_limit = { requests_per_minute = 6, burst_size = 1 },
        concurrency = { max_concurrent = 2, queue_timeout_seconds = 600 }, health = true })
      ask_at_once(tower, 10)
      local health = tower:get_health()
      assert.equal("healthy", health.status)
      assert.near(1000, health.avg_latency_ms, 1)
    end))

  it("a bill that is not paid, or a key that is not taken, is asked about again and again",
    function()
      for _, case in ipairs { { 401, "invalid_api_key", "auth" },
        { 403, "no_access", "permission" }, { 402, "payment_required", "billing" },
        { 429, "insufficient_quota", "billing" } } do
        with_servers({ a = failing(case[1], case[2]), b = good }, function(asked)
          local _, err = ask(stack { "a" })
          assert.same({ case[3], 1 }, { err.reason, asked.a })
          local reading = ask(stack({ "a", "b" }), 10) -- another one is asked at once
          assert.equal("b", reading.trail[#reading.trail].endpoint)
          assert.equal(1 + 1, asked.a)
        end)()
      end
    end)

  it("the first one's options leak into the retry", function()
    virtual.new():run(function()
      local function spoiling(name)
        return fake.provider({ function(self)
          local options = self.options[self.calls]
          options.page, options.secret = 99, name
          return nil, errors.new("server_error", "no")
        end }, { name = name })
      end
      local last = fake.provider(nil, { name = "c" })
      local given = { page = 1 }
      for _, retry in ipairs { true, false } do
        local tower = assert(vision.stack { providers = { spoiling "a", spoiling "b", last },
          retry = retry, cache = false })
        assert(tower:analyze_image(picture(), given))
        assert.same({ page = 1 }, last.options[last.calls])
      end
      assert.same({ page = 1 }, given)
    end)
  end)

  it("one call's retries are told of another", function()
    virtual.new():run(function()
      local same = errors.new("server_error", "no")
      local tower = around(fake.provider { function() return nil, same end },
        { circuit_breaker = false, retry_budget = false })
      for _ = 1, 5 do
        local _, err = ask(tower)
        assert.equal(4, #err.trail)
      end
    end)
  end)

  it("the first target is retried where another should be", with_servers({
    a = failing(500), b = good }, function(asked)
      ask(stack({ "a", "b" }, { retry = false }))
      assert.same({ a = 1, b = 1 }, asked)
    end))

  it("it fails at once where the first to come back could be waited for", with_servers({
    a = function() return { { status = 429, headers = { ["retry-after"] = "7" } },
      { chunk = "{}" } } end,
    b = function() return { { status = 429, headers = { ["retry-after"] = "3" } },
      { chunk = "{}" } } end }, function(_, servers)
      local _, err = ask(stack({ "a", "b" }, { retry = false }))
      assert.equal(3, err.retry_after) -- who asks is told when
      servers.b = servers.a
      local started = clock.mono()
      task.spawn(function()
        task.sleep(5)
        servers.a = good
      end)
      assert(ask(stack({ "a" }))) -- and a retry waits for it
      assert.is_true(clock.mono() - started >= 7)
    end))

  it("usage is lost when a client disconnects", with_servers({ a = breaking }, function(_, servers)
    function servers.a()
      return { { after = 1, status = 200, headers = {} }, { after = 1, chunk = event "a" },
        { after = 500, chunk = event "b" } }
    end
    local tower = stack({ "a" }, { rate_limit = { requests_per_minute = 1000,
      tokens_per_minute = 20000, wait_for_rate_limit = false } })
    local refused
    for i = 1, 20 do -- each is left with its answer half said, and may have been paid
      local events = tower:analyze_image_stream(picture(i))
      repeat
        local one = events()
        refused = refused or one.event_type == "error" and one.data.error
      until refused or one.event_type == "partial"
      events:close()
      if refused then break end
    end
    assert.is_true(errors.is(refused, "RateLimitError"))
    assert.equal(0, tower.metrics.in_flight)
  end))

  it("a hundred requests make the same query", with_servers({ a = good }, function(asked)
    local tower = stack({ "a" }, { cache = true })
    for _, result in ipairs(ask_at_once(tower, 100, true)) do
      assert.equal("a plate", result[1].summary)
    end
    assert.equal(1, asked.a)
    local failed = stack({ "a" }, { cache = true, rate_limit = { requests_per_minute = 1,
      burst_size = 1 } })
    ask_at_once(failed, 100, true) -- and take one place in the limit
    assert.equal(0, failed.rate_limit_stats.waited_requests)
  end))

  it("an answer is billed twice because it was asked for twice", with_servers({ a = good,
    b = good }, function(asked)
      local tower = stack({ "a", "b" }, { cache = true, hedge = { delay = 5 } })
      ask(tower, 1)
      ask(tower, 1)
      assert.same({ a = 1, b = 0 }, asked)
    end))

  it("a second request is made once text has come, or without a budget", with_servers({
    a = function()
      local plan = { { after = 1, status = 200, headers = {} } }
      for i = 2, 9 do plan[i] = { after = 2, chunk = event "x" } end
      plan[10] = { chunk = event("", "stop") .. "data: [DONE]\n\n" }
      return plan
    end }, function(asked, servers)
      local tower = stack({ "a" }, { hedge = { delay = 4 } })
      for _ in tower:analyze_image_stream(picture()) do task.sleep(0) end
      assert.equal(1, asked.a)
      function servers.a() return answer(200, GOOD, 9) end
      tower = stack({ "a" }, { hedge = { delay = 4 }, retry_budget = { ratio = 0.2,
        minimum_per_minute = 0 }, rate_limit = false })
      ask(tower, 20)
      -- A fifth of all requests: the second ones pay in, too.
      assert.is_true(asked.a - 1 >= 24 and asked.a - 1 <= 25, asked.a .. " requests")
    end))

  it("retries multiply the load when all goes wrong", with_servers({ a = failing(500) },
    function(asked)
      local tower = stack({ "a" }, { retry = { max_retries = 10, jitter = "none" },
        circuit_breaker = false, rate_limit = false,
        retry_budget = { ratio = 0.2, minimum_per_minute = 0 } })
      ask_at_once(tower, 500)
      assert.is_true(asked.a <= 600, asked.a .. " requests for 500 calls")
    end))

  it("something paid is asked by another path", with_servers({ a = good, b = good },
    function(asked)
      local free = { provider = "stub" }
      local function towers()
        local paid = assert(vision.create_vision_provider("openai_compatible", {
          model = "m", base_url = "http://b.test/v1" }))
        return {
          stack({ "a", "b" }), stack({ "a", "b" }, { compare = true }),
          stack({ "a" }, { hedge = { delay = 0.01, backup = paid } }),
          stack({ "a" }, { ab = { experiment = "x", share = 1, variant = paid } }),
          assert(vision.stack { providers = { free, endpoint "a" }, cache = false }),
        }
      end
      for _, tower in ipairs(towers()) do
        ask(tower, 3, { local_only = true })
        for _ in tower:analyze_image_stream(picture(), { local_only = true }) do task.sleep(0) end
      end
      assert.same({ a = 0, b = 0 }, asked)
    end))

  it("a limit is overshot by those who come at once", with_servers({ a = good }, function(asked)
    local tower = stack({ "a" }, { rate_limit = { requests_per_minute = 60, burst_size = 10,
      max_queue = 5 } })
    local results, full = ask_at_once(tower, 50), 0
    for _, result in ipairs(results) do
      if result[2] and result[2].reason == "queue_full" then full = full + 1 end
    end
    assert.same({ 15, 35 }, { asked.a, full })
  end))

  it("who does not want to wait for the limit is told nothing of use", with_servers({ a = good,
    b = good }, function(asked)
      for _, more in ipairs { {}, { cache = true }, { retry = false }, { compare = true },
        { failover = true }, { hedge = true, health = true, concurrency = true } } do
        more.rate_limit = { requests_per_minute = 6, burst_size = 1 }
        local tower = stack(more.compare and { "a", "b" } or { "a" }, more)
        local started = clock.mono()
        ask(tower)
        local _, err = tower:analyze_image(picture(7), { wait_for_rate_limit = false })
        assert.is_true(errors.is(err, "RateLimitError"), tostring(err))
        assert.near(9, err.retry_after, 1e-6) -- one in 10 s, of which a second has passed
        assert.equal(1, clock.mono() - started)
        for one in tower:analyze_image_stream(picture(7), { wait_for_rate_limit = false }) do
          if one.event_type == "error" then
            assert.is_true(errors.is(one.data.error, "RateLimitError"))
          end
        end
      end
      assert.same({ 6, 1 }, { asked.a, asked.b })
    end))

  it("whole pictures stand in error rows", function()
    local bytes = picture() .. ("\0\1\2drawing"):rep(5000)
    with_servers({ a = good }, function(_, servers)
      -- A server that says back what it was sent.
      function servers.a(request)
        local parts = {}
        for _, segment in ipairs(request.options.body) do
          parts[#parts + 1] = type(segment) == "string" and segment
            or ("QUJDREVGRw"):rep(8000)
        end
        return answer(500, json.encode { error = { message = table.concat(parts) } })
      end
      local tower = stack({ "a" }, { retry = { max_retries = 2 }, health = true })
      local _, err = tower:analyze_image(bytes)
      assert.equal(3, #err.trail)
      local thrower = around(fake.provider { function() error("bad: " .. bytes) end })
      pcall(thrower.analyze_image, thrower, bytes)
      local sayer = around(fake.provider { function() return nil, bytes end })
      local _, said = sayer:analyze_image(bytes)
      local told = { err, tower.metrics, tower:get_health(), tostring(err), tostring(tower), said,
        thrower.metrics, sayer.metrics }
      for _, text in ipairs(texts_in(told)) do
        assert.is_true(#text < 5000, ("%d bytes: %s"):format(#text, text:sub(1, 80)))
        assert.is_nil(text:find(("QUJDREVGRw"):rep(20), 1, true))
      end
    end)()
  end)

  it("memory grows with every request", function()
    virtual.new():run(function()
      local steps = {}
      for i = 1, 100 do
        steps[i] = i % 10 == 0 and { reason = "server_error" } or {}
      end
      local inner = fake.provider { function(self)
        local step = steps[self.calls % 100 + 1]
        self.options[self.calls] = nil
        if step.reason then return nil, errors.new(step.reason, "no") end
        return { summary = "s", details = {}, parsed = true, warnings = {} }
      end }
      local tower = around(inner, { cache = { max_size = 50 }, health = true, hedge = true,
        concurrency = true, rate_limit = { requests_per_minute = 1e6 },
        retry = { base_delay = 0 } })
      local function used_after(count)
        for i = 1, count do tower:analyze_image(picture(i)) end
        if rawget(_G, "jit") then require("jit").flush() end
        collectgarbage()
        collectgarbage()
        return collectgarbage "count"
      end
      local before, least = used_after(2000), math.huge
      for _ = 1, 3 do -- a table that grows once is no leak: a leak grows every time
        local now = used_after(10000)
        before, least = now, math.min(least, now - before)
        if least < 32 then break end
      end
      assert.is_true(least < 32, ("%.1f KB more after 10 000 calls"):format(least))
    end)
  end)

  it("it takes seconds to start", function()
    local loaded = assert(io.popen(([[LUA_PATH="lua/?.lua;lua/?/init.lua" LUA_CPATH="none" %s -e '
      local before = 0
      for _ in pairs(package.loaded) do before = before + 1 end
      require "vision"
      for _ in pairs(package.loaded) do before = before - 1 end
      io.write(-before)']]):format(rawget(_G, "jit") and "luajit" or "lua5.4")))
    local count = tonumber(loaded:read "*a")
    loaded:close()
    assert.is_true(count ~= nil and count <= 12, tostring(count) .. " modules at the start")
  end)
end)
