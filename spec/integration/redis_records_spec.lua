-- SPDX-License-Identifier: MIT
local clock = require "vision.base.clock"
local contract = require "spec.support.storage_contract"
local log = require "vision.base.log"
local redis_storage = require "vision.records.storage.redis"
local samples = require "spec.support.record_samples"
local server_of = require "spec.support.redis"
local storage = require "vision.records.storage"

describe("records in Redis", function()
  local server, r, said

  setup(function() server = server_of.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    said = {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    r = server:handle()
    assert(r:call "FLUSHALL")
  end)
  after_each(function()
    log.set_sink(nil)
    r:close()
  end)

  contract(function() return assert(storage.open(server.url)) end)

  it("are gone without a trace when they were deleted", function()
    local store = assert(storage.open(server.url))
    assert(store:save(samples.records(20, function(i) return { tags = { "t" .. i, "all" } } end)))
    assert.equal(20, store:delete())
    assert.same({ "vision:records" }, r:call("KEYS", "*"))
    store:close()
  end)

  it("have an end of their own with a ttl, and so has every key", function()
    local store = assert(redis_storage.open(server.url .. "?ttl_seconds=3600"))
    local now = clock.wall()
    local list = {
      samples.record { created_at = now - 10 }, samples.record { created_at = now - 3599.5 },
      samples.record { created_at = now - 4000 },
    }
    assert(store:save(list))
    assert.equal(2, store:count())
    assert.is_false(store:get(list[3].record_id))
    assert.same({ list[1], list[2] }, store:query().records)
    for _, key in ipairs(r:call("KEYS", "vision:records:*")) do
      assert.are_not.equal(-1, r:call("TTL", key), key)
    end
    local give_up = clock.mono() + 5
    while store:get(list[2].record_id) and clock.mono() < give_up do end
    assert.equal(1, store:count())
    assert.equal(1, store:count { provider = "openai", status = "completed" })
    assert.equal(1, #store:query({ tags = { "t" } }).records)
    local _, err = storage.open(server.url)
    assert.matches("ttl_seconds = 3600, not 0", err.message)
    store:close()
  end)

  it("are pages of the index however many came at the same moment", function()
    local store = assert(storage.open(server.url))
    assert(store:save(samples.records(1000, { created_at = samples.START, tags = {} })))
    assert(store:save(samples.records(300, { created_at = samples.START, tags = {} })))
    local seen, cursor, pages = {}, nil, 0
    repeat
      local page = assert(store:query { cursor = cursor, limit = 400, status = "completed" })
      for _, record in ipairs(page.records) do
        assert.is_nil(seen[record.record_id])
        seen[record.record_id], pages = true, pages + 1
      end
      cursor = page.next_cursor
    until not cursor
    assert.equal(1300, pages)
    assert.equal(1300, store:delete { status = "completed" })
    store:close()
  end)

  it("say what is lost when the server fails", function()
    local function opened(...)
      for _, command in ipairs { ... } do assert(r:call((table.unpack or unpack)(command))) end
      local store = assert(storage.open(server.url))
      store:close()
      return store.durability
    end
    assert.matches("everything is lost", opened())
    assert.matches("everything is lost", said[1])
    assert.matches("last snapshot", opened { "CONFIG", "SET", "save", "3600 1" })
    assert.matches("on disk before", opened({ "CONFIG", "SET", "save", "" },
      { "CONFIG", "SET", "appendonly", "yes" }))
    assert.matches("a second of changes.*thrown away",
      opened({ "CONFIG", "SET", "appendfsync", "everysec" },
        { "CONFIG", "SET", "maxmemory-policy", "allkeys-lru" }))
    assert(r:pipeline { { "CONFIG", "SET", "appendonly", "no", "maxmemory-policy", "noeviction" } })
    assert.equal(1, #said)
  end)

  it("of a newer program are refused", function()
    assert(r:call("HSET", "vision:records", "version", 2))
    local store, err = storage.open(server.url)
    assert.is_nil(store)
    assert.equal("store_newer", err.reason)
  end)

  it("that were answered outlive the server, with appendonly", function()
    local keeping = server_of.start { arguments = "--appendonly yes" }
    local store = assert(storage.open(keeping.url))
    local list = samples.records(3)
    assert(store:save(list))
    keeping:kill()
    keeping:restart()
    assert.equal(3, store:count())
    assert.same(list[2], store:get(list[2].record_id))
    store:close()
    keeping:stop()
  end)

  it("fail with the server's reason when it has no room, and lose none before", function()
    local store = assert(storage.open(server.url))
    assert(store:save(samples.records(3)))
    assert(r:call("CONFIG", "SET", "maxmemory", "1mb"))
    local ok, err = store:save(samples.records(3))
    assert(r:call("CONFIG", "SET", "maxmemory", "0"))
    assert.is_nil(ok)
    assert.equal("store_full", err.reason)
    assert.equal(3, store:count())
    store:close()
  end)

  it("are saved a thousand at a time at most", function()
    local store = assert(storage.open(server.url))
    local one = samples.record()
    local list = {}
    for i = 1, 1001 do list[i] = one end
    local ok, err = store:save(list)
    assert.is_nil(ok)
    assert.equal("too_large", err.reason)
    store:close()
  end)
end)
