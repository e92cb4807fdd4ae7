-- SPDX-License-Identifier: MIT
local clock = require "vision.base.clock"
local environment = require "spec.support.environment"
local errors = require "vision.base.error"
local folder = require "spec.support.folder"
local log = require "vision.base.log"
local stacks = require "vision.stack"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local vision = require "vision"

-- A provider that answers what `answer` says.
local function provider(name, answer)
  return {
    name = name, endpoint_name = name, calls = 0,
    capabilities = { vision = true, pdf = true, stream = false, network = true },
    analyze_image = function(self)
      self.calls = self.calls + 1
      return answer(self.calls)
    end,
  }
end

local function good(name)
  return provider(name, function()
    return { summary = name, details = {}, confidence = 0.9, parsed = true, warnings = {} }
  end)
end

local function failing(name, reason)
  return provider(name, function() return nil, errors.new(reason, "simulated") end)
end

-- The smallest GIF there is.
local PICTURE = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

local function refusal(settings)
  local built, err = vision.stack(settings)
  assert.is_nil(built)
  assert.equal("invalid_option", err.reason)
  return err.message
end

describe("vision.stack", function()
  it("is a provider with everything around it", function()
    local inner = good "p"
    local tower = assert(vision.stack { provider = inner })
    assert.equal("p", tower.name)
    local reading = virtual.new():run(function() return tower:analyze_image(PICTURE) end)
    assert.equal("p", reading.summary)
    assert.equal(1, tower.metrics.total_requests)
    assert.equal("closed", tower.circuit_state)
    assert.equal(1, #tower.endpoints)
  end)

  it("tries again what may go well later", function()
    local inner = provider("p", function(call)
      if call < 3 then return nil, errors.new("overloaded", "busy") end
      return { summary = "at last", details = {}, parsed = true, warnings = {} }
    end)
    local tower = assert(vision.stack { provider = inner, retry = { max_retries = 3 } })
    local reading = virtual.new():run(function() return tower:analyze_image(PICTURE) end)
    assert.equal("at last", reading.summary)
    assert.equal(3, tower.metrics.total_requests)
  end)

  it("goes to the next provider where one fails, in their order", function()
    local first, second = failing("first", "auth"), good "second"
    local tower = assert(vision.stack { providers = { first, second } })
    local reading = virtual.new():run(function() return tower:analyze_image(PICTURE) end)
    assert.equal("second", reading.summary)
    assert.equal(1, first.calls)
  end)

  it("answers the same question once", function()
    local inner = good "p"
    local tower = assert(vision.stack { provider = inner })
    virtual.new():run(function()
      for _ = 1, 5 do assert(tower:analyze_image(PICTURE)) end
    end)
    assert.equal(1, inner.calls)
    assert.equal(4, tower.cache_stats.hits)
  end)

  it("leaves out what is false", function()
    local inner = good "p"
    local tower = assert(vision.stack { provider = inner, cache = false, metrics = false,
      retry = false, circuit_breaker = false, rate_limit = false, routing = false })
    virtual.new():run(function()
      for _ = 1, 3 do assert(tower:analyze_image(PICTURE)) end
    end)
    assert.equal(3, inner.calls)
    assert.is_nil(tower.metrics)
    assert.equal("p", tower:explain())
  end)

  it("lets an endpoint have its own settings", function()
    local first, second = failing("first", "overloaded"), good "second"
    local tower = assert(vision.stack {
      providers = { { provider = first, retry = { max_retries = 1 } }, { provider = second } },
      retry = { max_retries = 4 },
    })
    virtual.new():run(function() assert(tower:analyze_image(PICTURE)) end)
    assert.equal(2, first.calls)
  end)

  it("spends one budget on all its retries", function()
    local first, second = failing("first", "overloaded"), failing("second", "overloaded")
    virtual.new():run(function() -- made in it, too: a budget fills up from when it was made
      local tower = assert(vision.stack { providers = { first, second }, circuit_breaker = false,
        retry_budget = { ratio = 0, minimum_per_minute = 2 }, retry = { base_delay = 0 } })
      tower:analyze_image(PICTURE)
    end)
    assert.equal(4, first.calls + second.calls)
    assert.matches("retry_budget must be true, false or a table", refusal { retry_budget = 3 })
    assert.matches("^retry_budget: option 'ratio'", refusal { retry_budget = { ratio = 2 } })
  end)

  it("keeps limits together with other processes, in a file", function()
    folder.with(function(place)
      assert(os.execute("chmod 700 '" .. place .. "'"))
      local path = place .. "/state"
      local settings = { provider = good "p", shared_state = path, cache = false,
        rate_limit = { requests_per_minute = 1, burst_size = 2, wait_for_rate_limit = false } }
      local one, another = assert(vision.stack(settings)), assert(vision.stack(settings))
      assert(one:analyze_image(PICTURE))
      assert(another:analyze_image(PICTURE))
      local reading, err = one:analyze_image(PICTURE)
      assert.is_nil(reading)
      assert.equal("rate_limited", err.reason)
      assert.is_true(err.retry_after > 50)
    end)
  end)

  it("counts together with other processes, in a file of its own or that of limits", function()
    folder.with(function(place)
      assert(os.execute("chmod 700 '" .. place .. "'"))
      local both, own = place .. "/state", place .. "/figures"
      for _, settings in ipairs { { figures_state = own },
        { shared_state = "redis://127.0.0.1:1", figures_state = own, rate_limit = false,
          circuit_breaker = false }, { shared_state = both, figures_state = own } } do
        settings.provider, settings.cache = good("p"), false
        local one, another = assert(vision.stack(settings)), assert(vision.stack(settings))
        one:reset_metrics()
        assert(one:analyze_image(PICTURE))
        assert(another:analyze_image(PICTURE))
        assert.equal(2, one.metrics.total_requests)
      end
      assert.truthy(io.open(both)):close()
      local _, err = vision.stack { provider = "stub", figures_state = "redis://h" }
      assert.equal("invalid_option", err.reason)
    end)
  end)

  it("asks a late provider a second time", function()
    local inner = provider("p", function(call)
      task.sleep(call == 1 and 30 or 1)
      return { summary = "answer " .. call, details = {}, parsed = true, warnings = {} }
    end)
    local tower = assert(vision.stack { provider = inner, hedge = { delay = 5 } })
    local reading, seconds = virtual.new():run(function()
      local started = clock.mono()
      return tower:analyze_image(PICTURE), clock.mono() - started
    end)
    assert.equal("answer 2", reading.summary)
    assert.equal(6, seconds)
  end)

  it("says what stands around what", function()
    local tower = assert(vision.stack { providers = { good "a", { provider = good "b",
      retry = false } } })
    local text = tower:explain()
    local line = "[^\n]*\n"
    assert.matches("^cache" .. line .. "routing" .. line .. "failover" .. line .. "a\n  retry"
      .. line .. "  circuit_breaker", text)
    assert.matches("\nb\n  circuit_breaker[^\n]*\n  rate_limit[^\n]*\n  metrics[^\n]*$", text)
  end)

  it("names the key of what is wrong", function()
    assert.matches("did you mean 'retry'", refusal { retri = true })
    assert.matches("retry must be true, false or a table of its options, not a number",
      refusal { provider = good "p", retry = 3 })
    assert.matches("'max_retries' must be a whole number from 0 to 100, not %-1",
      refusal { provider = good "p", retry = { max_retries = -1 } })
    assert.matches("providers is empty", refusal { providers = {} })
    assert.matches("either provider or providers", refusal { provider = "stub", providers = {} })
    assert.matches("providers%[1%] and providers%[2%] are both 'p'",
      refusal { providers = { good "p", good "p" } })
    assert.matches("providers%[2%]: option 'weight' must be a number",
      refusal { providers = { good "p", { provider = good "q", weight = -1 } } })
    assert.matches("providers%[1%] must be a name, a table or a provider, not a number",
      refusal { providers = { 7 } })
    assert.matches("there is no provider 'opnai'; did you mean 'openai'",
      refusal { provider = "opnai" })
    assert.matches("failover and compare cannot both decide",
      refusal { providers = { good "a", good "b" }, compare = true, failover = true })
  end)

  it("refuses nonsense under each key, and never throws", function()
    local nonsense = { "x", "", "a\0b", 0, -1, 0 / 0, print, { "" }, { {} }, { x = 1 } }
    for _, make in ipairs { stacks.check, stacks.stack } do
      for key in pairs(stacks.OPTIONS) do
        for _, value in ipairs(nonsense) do
          if key:find "_state$" and value == "x" then value = 1 end -- that is a path
          if key == "on_alert" and value == print then value = 1 end
          local ok, built, err = pcall(make, { [key] = value })
          assert(ok, key .. ": " .. tostring(built))
          if type(value) ~= "table" and not (key == "provider" and value == "") then
            assert.is_nil(built, key)
            assert.truthy(err.message:find(key, 1, true), err.message)
          end
        end
      end
      for _, path in ipairs { "", "a\0b", 1 } do
        local _, err = make { cache = { path = path } }
        assert.matches("^cache: option 'path' must be the path of a file", err.message)
        _, err = make { shared_state = path }
        assert.matches("^stack: option 'shared_state' must be the path", err.message)
      end
    end
    assert.equal("invalid_option", select(2, vision.shared_state "").reason)
    for _, make in ipairs { stacks.stack, stacks.check } do
      local _, err = make { provider = "local", shared_state = "rediss://u:s3cret@h" }
      assert.matches("TLS", err.message)
      assert.is_nil(err.message:find("s3cret", 1, true))
    end
    assert(stacks.check { provider = "local", shared_state = "redis://nowhere" })
    for _, url in ipairs { "redis+x://u:s3cret@h", "postgres:/u:s3cret@h" } do
      for _, options in ipairs { { shared_state = url }, { figures_state = url },
        { cache = { path = url } } } do
        options.provider = "local"
        local built, err = stacks.stack(options)
        assert.is_nil(built)
        assert.equal("invalid_option", err.reason)
        assert.is_nil(err.message:find("s3cret", 1, true))
      end
    end
  end)

  it("takes two models of one provider for two endpoints", function()
    local tower = assert(vision.stack { providers = {
      { provider = "openai", model = "gpt-5.4", api_key = "k" },
      { provider = "openai", model = "gpt-5.4-mini", api_key = "k" },
    } })
    assert.equal("openai/gpt-5.4", tower.endpoints[1].name)
    assert.equal("openai/gpt-5.4-mini", tower.endpoints[2].name)
  end)

  it("knows two regions of one model apart, in trails and in what processes share", function()
    local function region(name)
      return { provider = failing("openai/x", "server_error"), name = name }
    end
    folder.with(function(path)
      os.execute("chmod 700 " .. path)
      local tower = assert(vision.stack { providers = { region "eu", region "us" },
        shared_state = path .. "/state", circuit_breaker = { failure_threshold = 2 },
        retry = { max_retries = 1 } })
      local _, err = virtual.new():run(function() return tower:analyze_image(PICTURE) end)
      local names = {}
      for i, step in ipairs(err.trail) do names[i] = step.endpoint .. ":" .. step.reason end
      assert.equal("eu:server_error eu:server_error us:server_error us:server_error",
        table.concat(names, " "))
    end)
  end)

  it("goes on without a provider that has no key, and says so", function()
    local said = {}
    log.set_sink(function(_, line) said[#said + 1] = line end)
    environment.with(environment.NO_KEYS, function()
      local tower = assert(vision.stack { providers = { "openai", good "p" } })
      local reading = virtual.new():run(function() return tower:analyze_image(PICTURE) end)
      assert.equal("p", reading.summary)
      assert.equal("missing_key", reading.trail[1].reason)
      assert.equal("openai", reading.fallback_from)
      local built, err = vision.stack { providers = { "openai", "anthropic" } }
      assert.is_nil(built)
      assert.equal("missing_key", err.reason)
    end)
    log.set_sink(nil)
    assert.matches("set OPENAI_API_KEY", said[1])
  end)

  it("is checked without a key", function()
    local stack = require "vision.stack"
    assert(stack.check { providers = { "openai", { provider = "anthropic", model = "x" } } })
    local ok, err = stack.check { providers = { { provider = "openai", modle = "x" } } }
    assert.is_nil(ok)
    assert.matches("did you mean 'model'", err.message)
  end)
end)
