-- SPDX-License-Identifier: MIT
local cache = require "vision.layers.cache"
local clock = require "vision.base.clock"
local fake = require "spec.support.fake_provider"
local log = require "vision.base.log"
local server_of = require "spec.support.redis"
local task = require "vision.base.task"

local PICTURE = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

describe("a cache in Redis", function()
  local server, opened, said

  setup(function() server = server_of.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    opened, said = {}, {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    local r = server:handle()
    assert(r:call "FLUSHALL")
    r:close()
  end)
  after_each(function()
    for _, provider in ipairs(opened) do provider:cache_close() end
    log.set_sink(nil)
  end)

  -- One more process, so far as Redis knows.
  local function cached(provider, options)
    options = options or {}
    options.path = server.url
    opened[#opened + 1] = assert(cache.create_cached_provider(provider, options))
    return opened[#opened]
  end

  it("knows what another process was told, for as long as it said", function()
    local inner = fake.provider { { summary = "one" }, { summary = "two" } }
    local first = cached(inner, { ttl_seconds = 0.3 })
    assert.equal("one", first:analyze_image(PICTURE).summary)
    local second = cached(inner)
    local reading = assert(second:analyze_image(PICTURE))
    assert.same({ "one", true }, { reading.summary, reading.cached })
    assert.equal(1, second.cache_stats.hits)
    local give_up = clock.mono() + 10
    while cached(inner):analyze_image(PICTURE).cached do
      assert.is_true(clock.mono() < give_up)
      task.sleep(0.05)
    end
    assert.equal("two", cached(inner):analyze_image(PICTURE).summary)
  end)

  it("forgets for all", function()
    local inner = fake.provider { { summary = "one" }, { summary = "two" } }
    local first, second = cached(inner), cached(inner)
    first:analyze_image(PICTURE)
    second:cache_clear()
    assert.equal("two", cached(inner):analyze_image(PICTURE).summary)
  end)

  it("asks anew while Redis is away, says so once, and comes back", function()
    local inner = fake.provider { { summary = "one" }, { summary = "two" }, { summary = "three" },
      { summary = "four" } }
    cached(inner):analyze_image(PICTURE)
    local other = cached(inner)
    server:kill()
    assert.equal("two", other:analyze_image(PICTURE, { dpi = 100 }).summary)
    assert.equal("three", other:analyze_image(PICTURE, { dpi = 150 }).summary)
    assert.equal("two", other:analyze_image(PICTURE, { dpi = 100 }).summary)
    assert.equal(1, #said)
    assert.matches("not shared", said[1])
    server:restart()
    local give_up = clock.mono() + 10
    repeat
      task.sleep(0.02)
      other.file:get "anything"
    until #said > 1 or clock.mono() > give_up
    assert.matches("shared again", said[2])
  end)

  it("refuses an address that is none, and does not show it", function()
    local made, err = cache.create_cached_provider(fake.provider {},
      { path = "redis://u:SECRET@h:x" })
    assert.is_nil(made)
    assert.equal("invalid_option", err.reason)
    assert.is_nil(tostring(err):find("SECRET", 1, true))
  end)
end)
