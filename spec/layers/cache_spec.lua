-- SPDX-License-Identifier: MIT
local cache = require "vision.layers.cache"
local comparison = require "vision.ensemble.comparison"
local description = require "vision.drawing.description"
local errors = require "vision.base.error"
local failover = require "vision.ensemble.failover"
local images = require "vision.drawing.image"
local layer = require "vision.layers.layer"
local log = require "vision.base.log"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local vision = require "vision"

-- The smallest GIF there is; `number` makes another file of it.
local function picture(number)
  return "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;" .. (number or "")
end

local Provider = { name = "p", model = "m", endpoint_name = "p/m" }
Provider.__index = Provider

function Provider:analyze_image(_, options)
  self.calls = self.calls + 1
  self.options = options
  local ok, err = task.sleep(self.seconds)
  if not ok then return nil, err end
  if self.err then return nil, self.err end
  local fields = { summary = "answer " .. self.calls, provider = "p", usage = { input_tokens = 9 },
    trail = { { endpoint = "p/m" } } }
  for name, value in pairs(self.fields) do fields[name] = value end
  return description.new(fields)
end

local function provider_of(fields)
  return setmetatable({ calls = 0, seconds = 1, fields = fields or {} }, Provider)
end

describe("create_cached_provider", function()
  local world, inner

  before_each(function()
    world, inner = virtual.new(), provider_of()
    world:install()
  end)

  after_each(function() virtual.new().uninstall() end)

  local function cached(options, provider)
    return assert(cache.create_cached_provider(provider or inner, options))
  end

  local function summaries(provider, list)
    local result = {}
    for i, options in ipairs(list) do
      result[i] = assert(provider:analyze_image(picture(), options or nil)).summary
    end
    return result
  end

  it("answers the same question once from the provider", function()
    local provider = cached()
    local first = assert(provider:analyze_image(picture()))
    local second = assert(provider:analyze_image(images.image_bytes(picture())))
    assert.equal("answer 1", second.summary)
    assert.is_nil(first.cached)
    assert.is_true(second.cached)
    assert.equal(1, #first.trail)
    assert.is_nil(second.trail)
    assert.equal(0, second.processing_time_ms)
    assert.equal(1, inner.calls)
    local stats = provider.cache_stats
    assert.equal(1, stats.hits)
    assert.equal(1, stats.misses)
    assert.equal(0.5, stats.hit_rate)
    assert.equal(1, stats.size)
    assert.equal("p/m", provider.endpoint_name)
  end)

  it("has no hit rate before it was asked", function()
    assert.equal(0, cached().cache_stats.hit_rate)
  end)

  it("hands out copies, which their owners may change", function()
    local provider = cached()
    for _ = 1, 3 do
      local reading = assert(provider:analyze_image(picture()))
      assert.equal("answer 1", reading.summary)
      assert.same({ input_tokens = 9 }, reading.usage)
      reading.summary, reading.usage.input_tokens, reading.details[1] = "mine", 0, "mine"
    end
  end)

  it("keeps only so many, so large and so long", function()
    local provider = cached { max_size = 2, ttl_seconds = 60 }
    local function ask(number) return assert(provider:analyze_image(picture(number))).summary end
    ask(1) ask(2) ask(1) ask(3)
    assert.equal("answer 1", ask(1))
    assert.equal("answer 4", ask(2)) -- was the one used least recently
    assert.equal(2, provider.cache_stats.evictions)
    world:advance(60)
    assert.equal("answer 5", ask(1))
    assert.equal(1, provider.cache_stats.expirations)
  end)

  it("says when a reading is too large to be kept, and gives it all the same", function()
    local said = {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    local provider = cached { max_bytes = 100 }
    assert.same({ "answer 1", "answer 2" }, summaries(provider, { false, false }))
    log.set_sink(nil)
    assert.equal(2, #said)
    assert.matches("more than a cache of 100 bytes keeps", said[1], 1, true)
  end)

  it("forgets when told to", function()
    local provider = cached()
    summaries(provider, { false })
    provider:cache_clear()
    assert.same({ "answer 2" }, summaries(provider, { false }))
  end)

  it("takes another page, prompt or option for another question", function()
    local options = { false, { page = 1 }, { page = 2 }, { pages = { 1, 2 } }, { dpi = 100 },
      { prompt = "general" }, { detail = "low" }, { no_text_layer = true } }
    local provider = cached()
    for _ = 1, 2 do
      local found = summaries(provider, options)
      for i = 1, #options do assert.equal("answer " .. i, found[i]) end
    end
    assert.equal("answer 9", assert(provider:analyze_image(picture(1))).summary)
  end)

  it("does not take what is switched off for what was not said", function()
    local found = summaries(cached(), { {}, { tile = false }, { tile = true }, { tile = false } })
    assert.same({ "answer 1", "answer 2", "answer 3", "answer 2" }, found)
  end)

  it("takes what changes no answer for the same question", function()
    local found = summaries(cached(), { false, {}, { timeout_seconds = 5 }, { local_only = true },
      { on_progress = print }, { prompt = "engineering_drawing" } })
    for _, summary in ipairs(found) do assert.equal("answer 1", summary) end
  end)

  it("takes options of layers inside for the same question, and passes them on", function()
    local Inside = layer.class("inside", {}, { patient = { "waits", type = "boolean" } })
    layer.around(Inside, { before = function(_, own) return own end, after = function() end })
    local provider = cached({}, assert(layer.creator(Inside)(inner)))
    assert.same({ "answer 1", "answer 1" }, summaries(provider, { { patient = true }, {} }))
    assert.same({}, inner.options)
  end)

  it("takes options of layers around one of several for the same question", function()
    local limited = assert(vision.create_rate_limited_provider(inner, { requests_per_minute = 60 }))
    local provider = cached({}, assert(failover.create_failover_provider { limited }))
    assert.same({ "answer 1", "answer 1" },
      summaries(provider, { {}, { wait_for_rate_limit = false } }))
  end)

  it("does not confuse providers, models and their settings", function()
    local keys = {}
    for _, given in ipairs { { model = "a" }, { model = "b" }, { model = "a", detail = "low" },
      { model = "a", max_tokens = 9 }, { model = "a", base_url = "http://127.0.0.1/v1" },
      { model = "a", temperature = 0 }, { model = "a", tile = true } } do
      given.api_key = "sk-x"
      local key = cached({}, assert(vision.create_vision_provider("openai", given))).keys
        :of(images.image_bytes(picture()))
      assert.is_nil(keys[key])
      keys[key] = true
    end
    local function key_of(given, options)
      return (cached({}, assert(vision.create_vision_provider("openai", given))).keys
        :of(images.image_bytes(picture()), options))
    end
    local identity = vision.create_vision_provider("openai", { api_key = "sk-secret" }):identity()
    assert.is_nil(identity:find("secret", 1, true))
    local plain = { api_key = "sk-y", model = "a", timeout_seconds = 5 }
    assert.is_true(keys[key_of(plain)])
    assert.is_true(keys[key_of(plain, { detail = "high", max_tokens = 2048 })]) -- the defaults
  end)

  it("does not confuse what is made of several providers", function()
    local function openai(detail)
      return assert(vision.create_vision_provider("openai", { api_key = "k", detail = detail }))
    end
    local stub = assert(vision.create_vision_provider "stub")
    local identities = {}
    for _, provider in ipairs {
      failover.create_failover_provider { openai "low", stub },
      failover.create_failover_provider { openai "high", stub },
      failover.create_failover_provider({ openai "high", stub }, { strategy = "latency" }),
      comparison.create_comparison_provider { openai "low", stub },
      comparison.create_comparison_provider { openai "high", stub },
      comparison.create_comparison_provider({ openai "high", stub }, { weights = { stub = 2 } }),
      vision.create_ab_provider(openai "low", { experiment = "x", variant = stub }),
      vision.create_ab_provider(openai "low", { experiment = "x", variant = openai "high" }),
      vision.create_ab_provider(openai "low", { experiment = "y", variant = stub }),
      vision.create_ab_provider(openai "low", { experiment = "x", variant = stub, share = 0.1 }),
      vision.create_ab_provider(openai "low", { experiment = "x", prompt = "general" }),
    } do
      local identity = provider:identity()
      assert.is_nil(identities[identity])
      identities[identity] = true
    end
  end)

  it("asks anew with no_cache, and keeps nothing of it", function()
    local provider = cached()
    assert.same({ "answer 1", "answer 2", "answer 1" },
      summaries(provider, { false, { no_cache = true }, false }))
    assert.same({}, inner.options)
  end)

  it("is not asked where nothing is asked", function()
    local provider = cached()
    summaries(provider, { { include_description = false }, { include_description = false } })
    assert.equal(2, inner.calls)
    assert.equal(0, provider.cache_stats.size)
  end)

  it("keeps no error, no raw text and no stub in the place of another", function()
    local unkept = { { parsed = false }, { fallback_from = "openai", grounding = "none" } }
    for _, fields in ipairs(unkept) do
      inner.fields = fields
      local provider = cached()
      summaries(provider, { false, false })
      assert.equal(0, provider.cache_stats.size)
    end
    assert.equal(4, inner.calls)
    inner.fields = { fallback_from = "openai/a", grounding = "image" } -- a real reading
    local provider = cached()
    summaries(provider, { false, false })
    assert.equal(5, inner.calls)
    inner.err = errors.new("overloaded", "busy")
    for _ = 1, 2 do
      assert.equal("overloaded", select(2, provider:analyze_image(picture(1))).reason)
    end
    assert.equal(7, inner.calls)
  end)

  it("keeps the stub's own answer", function()
    local provider = cached({}, assert(vision.create_vision_provider "stub"))
    provider:analyze_image(picture())
    assert.is_true(provider:analyze_image(picture()).cached)
  end)

  it("says what is wrong with the picture, the prompt and its own options", function()
    local provider = cached()
    assert.equal("unsupported_format", select(2, provider:analyze_image "no picture").reason)
    local _, err = provider:analyze_image(picture(), { prompt = "enginering_drawing" })
    assert.matches("engineering_drawing", err.message)
    _, err = provider:analyze_image(picture(), { no_cache = 1 })
    assert.matches("no_cache", err.message)
    for name, value in pairs { max_size = 0, ttl_seconds = 0, max_bytes = 0 } do
      _, err = cache.create_cached_provider(inner, { [name] = value })
      assert.matches(name, err.message)
    end
    assert.equal(0, inner.calls)
    assert.has_error(function() cache.create_cached_provider {} end)
  end)

  describe("asked by many at once", function()
    local function gather(provider, count, options)
      local list = {}
      for i = 1, count do
        list[i] = function() return provider:analyze_image(picture(), options and options[i]) end
      end
      return assert(task.gather(list))
    end

    it("makes one call", function()
      local provider = cached()
      local results = world:run(gather, provider, 100)
      local fresh, copies = 0, {}
      for _, result in ipairs(results) do
        assert.equal("answer 1", result[1].summary)
        fresh = fresh + (result[1].cached and 0 or 1)
        copies[result[1]] = true
      end
      assert.equal(1, inner.calls)
      assert.equal(1, fresh)
      local count = 0
      for _ in pairs(copies) do count = count + 1 end
      assert.equal(100, count)
      local stats = provider.cache_stats
      assert.same({ 1, 99, 99 }, { stats.misses, stats.hits, stats.joined })
    end)

    it("gives all of them the error", function()
      inner.err = errors.new("overloaded", "busy")
      local provider = cached()
      for _, result in ipairs(world:run(gather, provider, 3)) do
        assert.equal("overloaded", result[2].reason)
      end
      assert.equal(1, inner.calls)
      assert.equal(0, provider.cache_stats.hits)
    end)

    it("does not let one fail by another's time", function()
      local provider = cached()
      world:run(gather, provider, 2, { { timeout_seconds = 1 }, { timeout_seconds = 60 } })
      assert.equal(2, inner.calls)
    end)

    it("lets a stopped one go, and cancels the call with the last", function()
      local provider = cached()
      local function call() return provider:analyze_image(picture()) end
      world:run(function()
        local one, other = task.spawn(call), task.spawn(call)
        task.sleep(0.5)
        one:cancel()
        assert.equal("cancelled", select(2, one:join()).reason)
        assert.equal("answer 1", other:join().summary)
        provider:cache_clear()
        one = task.spawn(call)
        task.sleep(0.5)
        one:cancel()
        one:join()
      end)
      assert.equal(0, world.pending) -- the timer of the call is gone
      assert.equal(0, provider.cache_stats.size)
    end)
  end)

  describe("as a stream", function()
    local function types_of(events)
      local seen, last = {}, nil
      for event in events do
        seen[#seen + 1], last = event.event_type, event
      end
      return table.concat(seen, " "), last
    end

    it("gives what was read before at once", function()
      local provider = cached()
      summaries(provider, { false })
      local now = world.now
      local seen, last = types_of(provider:analyze_image_stream(picture()))
      assert.equal("start progress complete", seen)
      assert.is_true(last.data.result.cached)
      assert.equal("answer 1", last.data.result.summary)
      assert.equal(now, world.now)
      assert.equal(1, provider.cache_stats.hits)
    end)

    it("keeps what a stream brought, and makes one call for many", function()
      local provider = cached()
      local results = world:run(function()
        local list = {}
        for i = 1, 5 do
          list[i] = function() return types_of(provider:analyze_image_stream(picture())) end
        end
        list[6] = function() return provider:analyze_image(picture()) end
        return task.gather(list)
      end)
      for i = 1, 5 do
        assert.equal("start progress complete", results[i][1])
        assert.equal(i > 1 or nil, results[i][2].data.result.cached)
      end
      assert.is_true(results[6][1].cached)
      assert.equal(1, inner.calls)
      world:install() -- `run` has put the machine's clock back
      assert.same({ "answer 1" }, summaries(provider, { false }))
    end)

    it("joins a call under way", function()
      local provider = cached()
      local last
      world:run(function()
        local call = task.spawn(function() return provider:analyze_image(picture()) end)
        task.sleep(0.5)
        last = select(2, types_of(provider:analyze_image_stream(picture())))
        call:join()
      end)
      assert.is_true(last.data.result.cached)
      assert.equal(1, inner.calls)
    end)

    it("passes errors on and keeps none", function()
      local provider = cached()
      local seen, last = types_of(provider:analyze_image_stream "no picture")
      assert.equal("error", seen)
      assert.equal("unsupported_format", last.data.error.reason)
      inner.err = errors.new("overloaded", "busy")
      for _ = 1, 2 do
        assert.equal("start progress error", (types_of(provider:analyze_image_stream(picture()))))
      end
      assert.equal(2, inner.calls)
    end)

    it("passes by with no_cache", function()
      local provider = cached()
      for _ = 1, 2 do types_of(provider:analyze_image_stream(picture(), { no_cache = true })) end
      assert.equal(2, inner.calls)
    end)
  end)
end)
