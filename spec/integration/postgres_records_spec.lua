-- SPDX-License-Identifier: MIT
local contract = require "spec.support.storage_contract"
local postgres = require "vision.database.postgres"
local rollup = require "vision.records.rollup"
local samples = require "spec.support.record_samples"
local server_of = require "spec.support.postgres"
local storage = require "vision.records.storage"
local storage_of = require "vision.records.storage.postgres"
local task = require "vision.base.task"

local server, admin

local function open() return assert(storage.open(server.socket_url)) end

-- A storage with nothing in it.
local function fresh()
  assert(admin:write { { "TRUNCATE records, record_sums, record_counts" } })
  return open()
end

describe("records in PostgreSQL", function()
  setup(function()
    server = server_of.start()
    admin = assert(postgres.open(server.socket_url))
    open():close() -- makes the tables
  end)

  teardown(function()
    admin:close()
    server:stop()
  end)

  contract(fresh)

  describe("of several processes", function()
    local store, other

    before_each(function()
      store = fresh()
      other = open()
    end)

    after_each(function()
      store:close()
      other:close()
    end)

    local function equals_a_scan(list)
      local period = { from = 0, to = 900 * 1e7 }
      assert.same(rollup.of_all(list):rows().sums, store:sums(period))
      local counts = 0
      for _, dimension in ipairs(rollup.DIMENSIONS) do
        for _, row in ipairs(store:counts { from = 0, to = 3600 * 1e6, dimension = dimension }) do
          counts = counts + row.count
        end
      end
      local expected = 0
      for _, row in ipairs(rollup.of_all(list):rows().counts) do expected = expected + row.count end
      assert.equal(expected, counts)
    end

    it("are saved by both at a time, each once, and added up", function()
      local list = samples.records(120, function(i) return { provider = "p" .. i % 7 } end)
      local jobs = {}
      for i = 1, 60 do
        jobs[2 * i - 1] = function() return store:save { list[i], list[i + 30], list[i + 60] } end
        jobs[2 * i] = function() return other:save { list[i + 60], list[121 - i], list[i] } end
      end
      for _, result in ipairs(task.gather(jobs)) do assert.is_true(result[1], result[2]) end
      assert.equal(120, other:count())
      equals_a_scan(list)
    end)

    it("are deleted by both at a time, each once, and subtracted", function()
      local list = samples.records(250)
      assert(store:save(list))
      local results = task.gather {
        function() return store:delete { to = list[201].created_at } end,
        function() return other:delete { to = list[201].created_at } end,
      }
      assert.equal(200, results[1][1] + results[2][1])
      local left = {}
      for i = 201, 250 do left[#left + 1] = list[i] end
      equals_a_scan(left)
      store:delete()
      equals_a_scan {}
    end)
  end)

  it("of a later program are left alone", function()
    assert(admin:write { { "UPDATE vision_schema SET version = version + 98" } })
    local store, err = storage.open(server.url)
    assert(admin:write { { "UPDATE vision_schema SET version = version - 98" } })
    assert.is_nil(store)
    assert.equal("store_newer", err.reason)
    assert.matches("version 99", err.message, 1, true)
  end)

  it("that are no records any more are named as damaged", function()
    local store = fresh()
    local one = samples.record()
    assert(store:save { one })
    assert(admin:write { { "UPDATE records SET json = '{}'" } })
    local record, err = store:get(one.record_id)
    assert.is_nil(record)
    assert.equal("store_damaged", err.reason)
    assert.matches(":" .. server.port .. "/postgres", err.message, 1, true)
    store:close()
  end)

  it("outlive a server that is killed while they are saved: each is there once", function()
    fresh():close()
    local store = assert(storage_of.PostgreSQLStorage.new(server.url, { timeout = 20 }))
    local list, jobs, saved = samples.records(400), {}, 0
    for w = 1, 20 do
      jobs[w] = function()
        for i = w, #list, 20 do
          assert(store:save { list[i] })
          saved = saved + 1
        end
      end
    end
    jobs[#jobs + 1] = function()
      for _, at in ipairs { 50, 200, 300 } do
        repeat task.sleep(0.001) until saved >= at
        server:kill()
        server:resume()
      end
    end
    for _, result in ipairs(task.gather(jobs)) do assert.is_nil(result[2], tostring(result[2])) end
    assert.equal(400, store:count())
    assert.same(rollup.of_all(list):rows().sums, store:sums { from = 0, to = 900 * 1e7 })
    store:close()
  end)

  it("cannot be opened while it is away", function()
    server:pause()
    finally(function() server:resume() end)
    local store, err = storage.open(server.url .. "?connect_timeout=0.05")
    assert.is_nil(store)
    assert.equal("store_unavailable", err.reason)
    assert.is_nil(err.message:find("s3cret", 1, true))
  end)
end)
