-- SPDX-License-Identifier: MIT

local contract = require "spec.support.storage_contract"
local log = require "vision.base.log"
local memory = require "vision.records.storage.memory"
local samples = require "spec.support.record_samples"
local storage = require "vision.records.storage"

describe("records in memory", function()
  contract(function() return assert(storage.open "memory:") end)

  describe("when it is full", function()
    local said
    before_each(function()
      said = {}
      log.set_sink(function(_, message) said[#said + 1] = message end)
    end)
    after_each(function() log.set_sink(nil) end)

    it("lets the oldest go, from its sums too, and says so once", function()
      local store = assert(memory.InMemoryStorage.new { max_records = 3 })
      local list = samples.records(5)
      for _, record in ipairs(list) do assert(store:save { record }) end
      assert.equal(3, store:count())
      assert.is_false(store:get(list[2].record_id))
      assert.is_table(store:get(list[3].record_id))
      assert.equal(3, store:sums({ from = samples.START, to = samples.START + 86400 * 2,
        every = 86400 * 2 })[1].requests)
      assert.equal(1, #said)
      assert.matches("store in memory is full", said[1])
    end)

    it("keeps to its bytes", function()
      local store = assert(memory.InMemoryStorage.new { max_bytes = 4 * 1024 * 1024 })
      for _ = 1, 10 do
        assert(store:save { samples.record {
          result = samples.reading { summary = ("x"):rep(1000000) } } })
      end
      assert.equal(4, store:count())
    end)
  end)

  it("refuses options that it has not", function()
    local _, err = memory.InMemoryStorage.new { max_record = 1 }
    assert.matches("max_records", err.message)
  end)
end)
