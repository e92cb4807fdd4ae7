-- SPDX-License-Identifier: MIT

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local log = require "vision.base.log"
local persistence = require "vision.records.persistence"
local records = require "vision.records.record"
local samples = require "spec.support.record_samples"
local storage_in_memory = require "vision.records.storage.memory"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local function with(list)
  local kept = assert(persistence.ResultPersistence.new())
  assert(kept:open():save(list or {}))
  return kept
end

local function reasons(ok, err)
  assert.is_nil(ok)
  return err.reason
end

describe("ResultPersistence", function()
  it("saves, finds and gets", function()
    local kept = with()
    local record = assert(kept:save_result { image_hash = samples.hash(1), provider = "p",
      processing_time_ms = 3, result = samples.reading(), tags = { "x" } })
    assert.same(record, kept:get(record.record_id))
    assert.equal(1, #kept:query_results({ tags = { "x" } }).records)
    assert.equal(1, kept:count())
    assert.equal("input", reasons(kept:save_result { provider = "p" }))
    assert.equal("invalid_option", reasons(kept:query_results { limit = 0 }))
  end)

  it("goes through all, however many pages that are", function()
    local list = samples.records(257)
    local kept = with(list)
    for _, limit in ipairs { false, 3, 100, 101, 1000 } do
      local seen = 0
      for record in kept:each { order = "oldest", limit = limit or nil } do
        seen = seen + 1
        assert.equal(list[seen].record_id, record.record_id)
      end
      assert.equal(math.min(limit or 257, 257), seen)
    end
    assert.is_nil(with():each()())
  end)

  it("says where going through all broke off", function()
    local inner = storage_in_memory.open()
    assert(inner:save(samples.records(150)))
    local pages = 0
    local query = inner.query
    function inner:query(filter)
      pages = pages + 1
      if pages == 2 then return nil, errors.new("internal", "gone") end
      return query(self, filter)
    end
    local kept = assert(persistence.ResultPersistence.new { storage = inner })
    local count, next_record = 0, kept:each()
    local record, err
    repeat
      record, err = next_record()
      count = count + (record and 1 or 0)
    until not record
    assert.equal(100, count)
    assert.equal("gone", err.message)
    assert.is_nil(next_record())
    pages = 0
    assert.equal("internal", reasons(kept:export { format = "jsonl", write = function()
      return true
    end }))
  end)

  it("exports in a format that there is", function()
    local list = samples.records(3)
    local texts = {}
    local function write(text)
      texts[#texts + 1] = text
      return true
    end
    assert.equal(2, with(list):export { format = "jsonl", write = write, filter = { limit = 2 } })
    assert.same(list[1], records.from_json(texts[1]))
    local _, err = with():export { format = "csvs", write = write }
    assert.matches("did you mean 'csv'", err.message)
    assert.equal("input", reasons(with(list):export { format = "csv", write = function()
      return nil, "No space left on device"
    end }))
  end)

  it("prunes by age, by number and by both", virtual.test(function()
    local now = clock.wall()
    local function aged(days) return samples.record { created_at = now - days * 86400 } end
    local function kept_by(limits)
      local kept = with { aged(0), aged(1), aged(2), aged(10), aged(20) }
      local deleted = assert(kept:prune(limits))
      return { deleted, kept:count() }
    end
    assert.same({ 2, 3 }, kept_by { max_age_days = 5 })
    assert.same({ 4, 1 }, kept_by { max_records = 1 })
    assert.same({ 3, 2 }, kept_by { max_age_days = 15, max_records = 2 })
    assert.same({ 0, 5 }, kept_by { max_age_days = 36525, max_records = 100 })
    assert.same({ 5, 0 }, kept_by { max_records = 0 })
    assert.equal("invalid_option", reasons(with():prune {}))
    assert.equal("invalid_option", reasons(with():prune { max_age_days = 0 }))
    local many = with(samples.records(2500))
    assert.equal(2499, many:prune { max_records = 1 })
  end))

  it("keeps to its limits by itself, with the first save and then once an hour",
    virtual.test(function()
      local inner = storage_in_memory.open()
      local kept = assert(persistence.ResultPersistence.new { storage = inner, max_records = 3,
        max_age_days = 10 })
      local function save(days)
        assert(kept:save_result { image_hash = samples.hash(1), provider = "p",
          processing_time_ms = 3, result = samples.reading(),
          created_at = clock.wall() - days * 86400 })
        task.sleep(0.001)
        return kept:count()
      end
      assert(inner:save(samples.records(5, { created_at = clock.wall() - 86400 })))
      assert.equal(3, save(0))
      assert.equal(4, save(11))
      assert.equal(5, save(0))
      task.sleep(3600)
      assert.equal(3, save(0))
      assert.equal(0, kept:count { to = clock.wall() - 10 * 86400 })
      kept:close()
    end))

  it("says when it cannot, and goes on", virtual.test(function()
    local said = {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    finally(function() log.set_sink(nil) end)
    local inner = storage_in_memory.open()
    function inner.delete() return nil, errors.new("internal", "locked") end
    local kept = assert(persistence.ResultPersistence.new { storage = inner, max_age_days = 1 })
    assert(kept:save_result { image_hash = samples.hash(1), provider = "p",
      processing_time_ms = 3, result = samples.reading() })
    task.sleep(1)
    assert.same({ "old records were not deleted: locked" }, said)
    kept:close()
  end))

  it("deletes what it is told, and never all by mistake", function()
    local list = samples.records(3, function(i) return { image_hash = samples.hash(i % 2) } end)
    local kept = with(list)
    assert.equal("invalid_option", reasons(kept:delete {}))
    assert.equal("invalid_option", reasons(kept:delete()))
    assert.equal("invalid_option", reasons(kept:delete_picture()))
    assert.equal(3, kept:count())
    assert.equal(2, kept:delete_picture(samples.hash(1)))
    assert.equal(1, kept:count())
  end)

  it("closes what it opened, not what it was given", function()
    local closed = 0
    local inner = storage_in_memory.open()
    inner.close = function() closed = closed + 1 end
    assert(persistence.ResultPersistence.new { storage = inner }):close()
    assert.equal(0, closed)
  end)
end)
