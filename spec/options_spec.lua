-- SPDX-License-Identifier: MIT
-- Every option of every layer and ensemble with values that make no sense: each is refused with its
-- name and what it must be, and nothing crashes. The options are those that the makers name.

local errors = require "vision.base.error"
local fake = require "spec.support.fake_provider"
local readers = require "spec.support.readers"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local vision = require "vision"

local function of_provider(maker)
  return function(options) return vision[maker](fake.provider(), options) end
end

local function of_list(maker)
  return function(options)
    return vision[maker]({ readers.new "a", readers.new "b" }, options)
  end
end

-- Name -> a maker of one, and what it needs beside the option that is tried.
local MAKERS = {
  retry = { of_provider "create_retry_provider" },
  circuit_breaker = { of_provider "create_circuit_breaker_provider" },
  rate_limited = { of_provider "create_rate_limited_provider" },
  concurrency_limited = { of_provider "create_concurrency_limited_provider" },
  cached = { of_provider "create_cached_provider" },
  hedged = { of_provider "create_hedged_provider" },
  resilient = { of_provider "create_resilient_provider" },
  health_aware = { of_provider "create_health_aware_provider" },
  ab = { of_provider "create_ab_provider", { experiment = "x", prompt = "general" } },
  routing = { function(options)
    return require("vision.ensemble.routing").create_routed_provider(fake.provider(), options)
  end },
  failover = { of_list "create_failover_provider" },
  comparison = { of_list "create_comparison_provider" },
  batch = { function(options) return vision.BatchProcessor.new(fake.provider(), options) end },
  HealthMonitor = { function(options) return vision.HealthMonitor.new(options) end },
  RetryBudget = { function(options) return vision.RetryBudget.new(options) end },
  endpoint = { function(options)
    options.provider = options.provider or readers.new "a"
    return vision.create_failover_provider { options }
  end },
}

local NAN, INF = 0 / 0, math.huge

local function names_of(make)
  local _, err = make { ["no such option at all"] = 1 }
  local names = {}
  for name in err.message:match("there are: (.*)"):gmatch "[%w_]+" do names[#names + 1] = name end
  return names
end

local function try(maker, name, value)
  local options = {}
  for key, needed in pairs(maker[2] or {}) do options[key] = needed end
  options[name] = value
  return maker[1](options)
end

-- "retry: option 'max_retries' must be a whole number from 0 to 100, not -1"
local function says_what_it_must_be(err, name)
  local wanted = err.message:match("option '" .. name .. "' must be (.+), not ")
  return errors.is(err) and err.reason == "invalid_option" and wanted ~= nil
    and not wanted:find "^a [aeio]" and not wanted:find "^an [^aeio]"
end

-- What takes a provider throws where it is given none: that is misuse.
local function is_misuse(name, value)
  return name == "provider" or (name == "variant" or name == "backup") and type(value) == "table"
end

local sorted = {}
for name in pairs(MAKERS) do sorted[#sorted + 1] = name end
table.sort(sorted)

describe("every option of", function()
  for _, what in ipairs(sorted) do
    local maker = MAKERS[what]

    local function refused(name, value, shown)
      local ok, made, err = pcall(try, maker, name, value)
      if is_misuse(name, value) then return end
      assert.is_true(ok, ("%s.%s = %s: %s"):format(what, name, shown, tostring(made)))
      assert.is_nil(made, ("%s.%s = %s was taken"):format(what, name, shown))
      assert.is_true(says_what_it_must_be(err, name), ("%s.%s = %s: %s"):format(what, name, shown,
        tostring(err)))
      return err.message
    end

    it(what .. " is refused where its type is wrong, with its name", function()
      for _, name in ipairs(names_of(maker[1])) do
        local refusals = name == "provider" and 5 or 0
        for _, value in ipairs { io.stdout, coroutine.create(print), true, print, "/no/such/word",
          { "a list" }, 7.5 } do
          local ok, made, err = pcall(try, maker, name, value)
          if not ok and is_misuse(name, value) then made = true end
          assert.is_true(ok or made == true, ("%s.%s = %s: %s"):format(what, name, type(value),
            tostring(made)))
          if ok and not made then
            refusals = refusals + 1
            local of_file = name == "path" and type(value) == "string"
            assert.equal(of_file and "not_found" or "invalid_option", err.reason,
              ("%s.%s = %s: %s"):format(what, name, type(value), tostring(err)))
          end
        end
        assert.is_true(refusals >= 5, ("%s.%s takes nearly anything"):format(what, name))
      end
    end)

    it(what .. " is refused where it is no number, or one without measure", function()
      for _, name in ipairs(names_of(maker[1])) do
        for shown, value in pairs { nan = NAN, inf = INF, ["-inf"] = -INF, ["1e300"] = 1e300,
          ["-1e300"] = -1e300 } do
          refused(name, value, shown)
        end
      end
    end)
  end
end)

describe("numbers out of range", function()
  local function message(what, name, value)
    return select(2, try(MAKERS[what], name, value)).message
  end

  it("are told what is allowed", function()
    assert.equal("retry: option 'max_retries' must be a whole number from 0 to 100, not -1",
      message("retry", "max_retries", -1))
    assert.equal("retry: option 'max_retries' must be a whole number from 0 to 100, not 1.5",
      message("retry", "max_retries", 1.5))
    assert.equal("batch: option 'max_concurrency' must be a whole number from 1 to 1000, not 0",
      message("batch", "max_concurrency", 0))
    assert.equal("cached: option 'max_bytes' must be a whole number from 1 to "
      .. "1099511627776, not 0.5",
      message("cached", "max_bytes", 0.5))
    assert.equal("RetryBudget: option 'ratio' must be a number from 0 to 1, not nan",
      message("RetryBudget", "ratio", NAN))
    assert.equal("hedged: option 'delay' must be seconds from 0 to 86400, or 'p95', not -1",
      message("hedged", "delay", -1))
  end)

  it("are refused in a stack, too, with the name of the layer", function()
    for name, options in pairs { retry = { max_retries = -1 }, cache = { ttl_seconds = NAN },
      rate_limit = { max_queue = INF }, hedge = { delay = "soon" }, failover = { max_retries = {} },
      retry_budget = { ratio = 2 }, concurrency = { max_concurrent = 0 } } do
      local tower, err = vision.stack { provider = fake.provider(), [name] = options }
      assert.is_nil(tower)
      local key = next(options)
      assert.is_true(says_what_it_must_be(err, key), name .. ": " .. tostring(err))
    end
  end)
end)

describe("lists of providers", function()
  local a = readers.new "a"

  it("are refused where they are empty or hold one twice", function()
    for _, maker in ipairs { "create_failover_provider", "create_comparison_provider" } do
      local made, err = vision[maker] {}
      assert.is_nil(made)
      assert.matches("the list of providers is empty", err.message)
      made, err = vision[maker] { a, readers.new "b", a }
      assert.is_nil(made)
      assert.matches("'a' stands there twice", err.message)
      assert.has_error(function() vision[maker](5) end)
      assert.has_error(function() vision[maker] { a, {} } end)
      local ok, said, refusal = pcall(vision[maker], { a, 5 })
      assert.matches("%[2%]", tostring(ok and refusal or said))
    end
    for _, list in ipairs { {}, { a, a }, { a, 5 }, { a, {} , true } } do
      local made, err = vision.stack { providers = list }
      assert.is_nil(made)
      assert.equal("invalid_option", err.reason)
      assert.matches("providers", err.message)
    end
  end)
end)

describe("a date that steps back", function()
  it("lengthens no wait, limit or lifetime", function()
    local world = virtual.new()
    world:run(function()
      local inner = fake.provider { { seconds = 1 } }
      local tower = assert(vision.stack { provider = inner, health = true,
        cache = { ttl_seconds = 100 }, rate_limit = { requests_per_minute = 60, burst_size = 1 } })
      for i = 1, 4 do
        world.offset = world.offset - 86400 * i
        assert(tower:analyze_image(readers.pictures(i)[i]))
        task.sleep(1)
      end
      assert.equal(0, tower.rate_limit_stats.waited_requests)
      assert.is_true(tower:analyze_image(readers.pictures(1)[1]).cached)
      task.sleep(100)
      assert.is_nil(tower:analyze_image(readers.pictures(1)[1]).cached)
      assert.equal(100, tower:get_health().uptime_percentage)
    end)
  end)
end)
