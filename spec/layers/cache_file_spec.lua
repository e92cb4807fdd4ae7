-- SPDX-License-Identifier: MIT
local cache = require "vision.layers.cache"
local command = require "spec.support.command"
local core = require "vision.core"
local fake = require "spec.support.fake_provider"
local folder = require "spec.support.folder"
local frozen = require "vision.layers.frozen"
local log = require "vision.base.log"
local task = require "vision.base.task"

local PICTURE = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

describe("a cache with a file", function()
  local opened, said

  before_each(function()
    opened, said = {}, {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
  end)

  after_each(function()
    for _, provider in ipairs(opened) do provider:cache_close() end
    log.set_sink(nil)
  end)

  local function cached(provider, path, options)
    options = options or {}
    options.path = path
    opened[#opened + 1] = assert(cache.create_cached_provider(provider, options))
    return opened[#opened]
  end

  it("knows after a restart what was read before it", function()
    folder.with(function(path)
      local inner = fake.provider { { summary = "one" }, { summary = "two" } }
      local first = cached(inner, path .. "/cache.db")
      assert.equal("one", first:analyze_image(PICTURE).summary)
      first:cache_close()
      local second = cached(inner, path .. "/cache.db")
      for _ = 1, 2 do
        local reading = assert(second:analyze_image(PICTURE))
        assert.equal("one", reading.summary)
        assert.is_true(reading.cached)
      end
      assert.equal(1, inner.calls)
      local stats = second.cache_stats
      assert.same({ 2, 0, 1 }, { stats.hits, stats.misses, stats.size })
      assert.same({}, said)
    end)
  end)

  it("asks anew where the file holds what is no reading", function()
    folder.with(function(path)
      local inner = fake.provider { { summary = "one" } }
      local provider = cached(inner, path .. "/cache.db")
      local key = provider.keys:of(assert(core.image_from_bytes(PICTURE)))
      for i, wrong in ipairs { {}, { summary = 5 }, { summary = "x",
        drawing = { callouts = 7 } } } do
        provider.memory:clear()
        provider.file:put(key, assert(frozen.freeze(wrong)), 60)
        assert.equal("one", provider:analyze_image(PICTURE).summary)
        assert.equal(i, inner.calls)
      end
    end)
  end)

  it("gives a stream what was read before", function()
    folder.with(function(path)
      local inner = fake.provider { { summary = "one" } }
      fake.follow(cached(inner, path .. "/cache.db"):analyze_image_stream(PICTURE))
      local provider = cached(inner, path .. "/cache.db")
      local seen, last = fake.follow(provider:analyze_image_stream(PICTURE))
      assert.same({ "start", "progress", "complete" }, seen)
      assert.is_true(last.data.result.cached)
      assert.equal(1, inner.calls)
      assert.equal(1, provider.cache_stats.hits)
    end)
  end)

  it("asks the file and the provider once, however many come", function()
    folder.with(function(path)
      local inner = fake.provider { { summary = "one", seconds = 0.01 } }
      local provider = cached(inner, path .. "/cache.db")
      local list = {}
      for i = 1, 50 do list[i] = function() return provider:analyze_image(PICTURE) end end
      for _, result in ipairs(task.gather(list)) do assert.equal("one", result[1].summary) end
      assert.equal(1, inner.calls)
      assert.equal(49, provider.cache_stats.joined)
    end)
  end)

  it("forgets in the file, too", function()
    folder.with(function(path)
      local inner = fake.provider()
      local provider = cached(inner, path .. "/cache.db")
      provider:analyze_image(PICTURE)
      provider:cache_clear()
      cached(inner, path .. "/cache.db"):analyze_image(PICTURE)
      assert.equal(2, inner.calls)
    end)
  end)

  it("keeps no longer than it was told", function()
    folder.with(function(path)
      local file = path .. "/cache.db"
      local inner = fake.provider()
      local provider = cached(inner, file, { ttl_seconds = 1e-6 })
      provider:analyze_image(PICTURE)
      cached(inner, file):analyze_image(PICTURE)
      assert.equal(2, inner.calls)
    end)
  end)

  it("begins anew where the file is damaged, and says so", function()
    folder.with(function(path)
      folder.write(path .. "/cache.db", ("no database "):rep(100))
      local inner = fake.provider()
      local provider = cached(inner, path .. "/cache.db")
      provider:analyze_image(PICTURE)
      assert.equal(1, #said)
      assert.matches("cache.db.old and begun anew", said[1], 1, true)
      assert.is_true(provider:analyze_image(PICTURE).cached)
      local old = io.open(path .. "/cache.db.old")
      assert.equal("no database", old:read(11))
      old:close()
    end)
  end)

  it("refuses a path that cannot be used", function()
    local _, err = cache.create_cached_provider(fake.provider(), { path = "/no/such/cache.db" })
    assert.equal("not_found", err.reason)
    folder.with(function(path)
      _, err = cache.create_cached_provider(fake.provider(), { path = path })
      assert.equal("unreadable", err.reason)
    end)
  end)

  it("is shared by two processes", function()
    folder.with(function(path)
      local file = path .. "/cache.db"
      local inner = fake.provider { { summary = "of this process" } }
      cached(inner, file):analyze_image(PICTURE)
      local answered = command.script(([[
        local fake = require "spec.support.fake_provider"
        local provider = fake.provider { { summary = "of another" } }
        local cached = assert(require "vision".create_cached_provider(provider, { path = %q }))
        local reading = assert(cached:analyze_image(%q))
        print(reading.summary, reading.cached)]]):format(file, PICTURE))
      assert.equal("of this process\ttrue\n", answered)
    end)
  end)
end)

describe("core.sqlite_store", function()
  it("carries out what nobody waits for any more, and may be left at once", function()
    folder.with(function(path)
      local left = assert(core.sqlite_store(path .. "/left.db", 1e6))
      left:put("k", "value", core.wall() + 100, core.wall()):close()
      left:close()
      local store = assert(core.sqlite_store(path .. "/store.db", 1e6))
      store:put("k", "value", core.wall() + 100, core.wall()):close()
      local operation = store:get("k", core.wall())
      store:close()
      store:close()
      assert.is_nil(operation:result())
      assert(task.wait(operation))
      assert.equal("value", (operation:result()))
      operation:close()
      operation:close()
      assert.error_matches(function() operation:result() end, "closed")
      assert.error_matches(function() store:open() end, "closed")
    end)
  end)

  it("throws at misuse, and names what was expected", function()
    assert.error_matches(function() core.sqlite_store("", 1) end, "path")
    assert.error_matches(function() core.sqlite_store("x", 0) end, "1 byte to 1 TiB")
    local store = core.sqlite_store("/no/such/store.db", 1)
    assert.error_matches(function() store:get("", 0) end, "at least 1 byte")
    store:close()
  end)
end)
