-- SPDX-License-Identifier: MIT
local batch = require "vision.ensemble.batch"
local errors = require "vision.base.error"
local log = require "vision.base.log"
local readers = require "spec.support.readers"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local in_world = virtual.test

-- A lazy iterator over so many pictures that says how far it was asked.
local function lazy(count)
  local source = { given = 0 }
  return source, function()
    if source.given == count then return nil end
    source.given = source.given + 1
    return readers.PICTURE, ("%d.gif"):format(source.given)
  end
end

describe("a batch", function()
  it("reads all, a few at a time, and keeps the order", in_world(function()
    local reader = readers.new("a/m", function(number) return { seconds = 11 - number } end)
    local result = assert(batch.process_images_batch(reader, readers.pictures(7),
      { max_concurrency = 3 }))
    assert.equal(3, reader.most)
    assert.equal(7, result.total)
    assert.equal(7, result.completed)
    assert.equal(0, result.failed)
    assert.equal(1, result.success_rate)
    assert.equal(7, #result.results)
    assert.equal("a/m 2", result.results[2].summary)
    assert.is_false(result.stopped)
    -- 10 9 8, then 7 6 5 as each has room (8, 9, 10), then 4 after the 7 that began at 8
    assert.equal(19000, result.total_time_ms)
  end))

  it("reads five at a time without being told", in_world(function()
    local reader = readers.new "a"
    batch.process_images_batch(reader, readers.pictures(20))
    assert.equal(5, reader.most)
  end))

  it("keeps what failed by its index", in_world(function()
    local reader = readers.new("a", { {}, { fails = "timeout" }, { throws = "misused" }, {} })
    local result = batch.process_images_batch(reader, readers.pictures(4), { max_concurrency = 1 })
    assert.equal(2, result.completed)
    assert.equal(2, result.failed)
    assert.equal(0.5, result.success_rate)
    assert.is_false(result.results[2])
    assert.equal("timeout", result.errors[2].reason)
    assert.is_false(result.results[3])
    assert.equal("internal", result.errors[3].reason)
    assert.equal("a 4", result.results[4].summary)
    assert.is_nil(result.errors[1])
  end))

  it("says how far it is and how long the rest may take", in_world(function()
    local seen = {}
    local reader = readers.new("a", { { seconds = 10 }, { seconds = 2, fails = "blank" },
      { seconds = 2 } })
    batch.process_images_batch(reader, readers.pictures(4), {
      max_concurrency = 1,
      progress_callback = function(progress)
        seen[#seen + 1] = { progress.progress_percent, progress.estimated_remaining_seconds,
          progress.completed, progress.failed, progress.total }
      end,
    })
    assert.same({ { 25, 30, 1, 0, 4 }, { 50, 12, 1, 1, 4 }, { 75, 14 / 3, 2, 1, 4 },
      { 100, 0, 3, 1, 4 } }, seen)
  end))

  it("tells the time from the speed of late", in_world(function()
    local last
    local reader = readers.new("a", function(number) return { seconds = number > 50 and 1 or 100 }
    end)
    batch.process_images_batch(reader, readers.pictures(100), {
      max_concurrency = 1,
      progress_callback = function(progress)
        if progress.completed == 90 then last = progress.estimated_remaining_seconds end
      end,
    })
    assert.equal(10, last)
  end))

  it("takes pictures in only as there is room, and keeps none", in_world(function()
    local source, next_image = lazy(1000)
    local most, ended = 0, 0
    local result = batch.process_images_batch(readers.new "a", next_image, {
      max_concurrency = 4,
      on_result = function(index, reading, err, path)
        ended = ended + 1
        assert(reading and not err)
        assert.equal(("%d.gif"):format(index), path)
        most = math.max(most, source.given - ended)
      end,
    })
    assert.is_true(most <= 4)
    assert.equal(1000, ended)
    assert.equal(1000, result.total)
    assert.same({}, result.results)
    assert.same({}, result.paths)
  end))

  it("has no total and no time left of an iterator", in_world(function()
    local _, next_image = lazy(3)
    local seen = {}
    batch.process_images_batch(readers.new "a", next_image, { max_concurrency = 1,
      progress_callback = function(progress)
        table.insert(seen, ("%.0f %.0f"):format(progress.progress_percent,
          progress.estimated_remaining_seconds))
      end })
    assert.same({ "0 inf", "0 inf", "0 inf" }, seen)
  end))

  it("is no worse for a callback that fails", in_world(function()
    local said, calls = {}, 0
    log.set_sink(function(_, message) said[#said + 1] = message end)
    local result = batch.process_images_batch(readers.new "a", readers.pictures(3), {
      progress_callback = function()
        calls = calls + 1
        error "no such widget"
      end })
    log.set_sink(nil)
    assert.equal(3, result.completed)
    assert.equal(1, calls)
    assert.equal(1, #said)
    assert.matches("progress_callback failed.*no such widget", said[1])
  end))

  it("of nothing is nothing", in_world(function()
    local result = batch.process_images_batch(readers.new "a", {})
    assert.equal(0, result.total)
    assert.equal(0, result.success_rate)
  end))

  it("is stopped on demand: what runs ends", in_world(function()
    local reader = readers.new("a", { seconds = 10 })
    local processor = assert(batch.BatchProcessor.new(reader, { max_concurrency = 2 }))
    task.spawn(function()
      task.sleep(15)
      processor:stop()
    end)
    local result = processor:process(readers.pictures(100))
    assert.is_true(result.stopped)
    assert.equal(4, result.total)
    assert.equal(4, result.completed)
    assert.equal(20000, result.total_time_ms)
    assert.equal(1, processor:process(readers.pictures(1)).completed) -- and may work again
  end))

  it("is stopped at once: what runs is cancelled", in_world(function()
    local reader = readers.new("a", { seconds = 10 })
    local processor = assert(batch.BatchProcessor.new(reader, { max_concurrency = 2 }))
    task.spawn(function()
      task.sleep(15)
      processor:stop(true)
    end)
    local result = processor:process(readers.pictures(100))
    assert.equal(2, result.completed)
    assert.equal("cancelled", result.errors[3].reason)
    assert.equal(15000, result.total_time_ms)
    assert.equal(2, reader.cancelled)
  end))

  it("begins no picture that was being opened when it was stopped", in_world(function()
    local reader = readers.new("a", { seconds = 10 })
    local processor = assert(batch.BatchProcessor.new(reader, { max_concurrency = 2 }))
    task.spawn(function()
      task.sleep(4)
      processor:stop(true)
    end)
    local result = processor:process(function()
      task.sleep(3)
      return readers.PICTURE
    end)
    assert.same({ true, 1, 1 }, { result.stopped, result.total, reader.calls })
    assert.equal("cancelled", result.errors[1].reason)
  end))

  it("waits for a provider that is given a rest", in_world(function()
    local rest = { seconds = 0, fails = "circuit_open", retry_after = 60 }
    local reader = readers.new("a", { { fails = "server_error" }, rest, rest, {} })
    local said = {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    local result = batch.process_images_batch(reader, readers.pictures(4), { max_concurrency = 1 })
    log.set_sink()
    assert.same({ 3, 1, 6 }, { result.completed, result.failed, reader.calls })
    assert.same({ "waiting: a: circuit_open (circuit_open)" }, said)
    assert.equal("server_error", result.errors[1].reason)
    assert.equal(124000, result.total_time_ms)
  end))

  it("does not wait where somebody has to pay first", in_world(function()
    local reader = readers.new("a", function()
      return { seconds = 0, fails = "circuit_open", cause = errors.new("billing", "no credit") }
    end)
    local result = batch.process_images_batch(reader, readers.pictures(9))
    assert.same({ 9, 0 }, { result.failed, result.total_time_ms })
  end))

  it("does not wait longer than five minutes without a reading", in_world(function()
    local rests = false
    local reader = readers.new("a", function(number)
      rests = number > 2
      return rests and { seconds = 0, fails = "circuit_open", retry_after = 60 }
        or { seconds = 200 }
    end)
    log.set_sink(function() end)
    local result = batch.process_images_batch(reader, readers.pictures(100),
      { max_concurrency = 1 })
    log.set_sink()
    assert.same({ 2, 98 }, { result.completed, result.failed })
    assert.equal("circuit_open", result.errors[3].reason)
    assert.equal(1000 * (2 * 200 + 300), result.total_time_ms)
  end))

  -- A limit of 10; a call reserves 4, and costs 1.
  local function with_limit(reader)
    local limit, spent, reserved, ask = 10, 0, 0, reader.analyze_image
    reader.analyze_image = function(...)
      task.sleep(0) -- it looks at the picture first
      if spent + reserved + 4 > limit then
        return nil, errors.new("budget_exceeded", "no room",
          { frees_up = reserved > 0 and spent + 4 <= limit, cost_usd = 0 })
      end
      reserved = reserved + 4
      local reading, err = ask(...)
      reserved, spent = reserved - 4, spent + 1
      return reading, err
    end
    return reader
  end

  it("waits for what calls under way give back of a limit", in_world(function()
    local reader = with_limit(readers.new("a", { seconds = 10 }))
    local result = batch.process_images_batch(reader, readers.pictures(7), { max_concurrency = 7 })
    assert.same({ 7, 2 }, { result.completed, reader.most })
    result = batch.process_images_batch(reader, readers.pictures(3), { max_concurrency = 3 })
    assert.equal(0, result.completed)
    assert.equal("budget_exceeded", result.errors[1].reason)
  end))

  it("gives what was done when who waits is cancelled", in_world(function()
    local reader = readers.new("a", { seconds = 10 })
    local result
    local work = task.spawn(function()
      result = batch.process_images_batch(reader, readers.pictures(100), { max_concurrency = 2 })
    end)
    task.sleep(25)
    work:cancel()
    work:join()
    assert.equal(4, result.completed)
    assert.equal(2, result.failed)
    assert.is_true(result.stopped)
    assert.equal("cancelled", result.errors[6].reason)
    task.sleep(0)
    assert.equal(2, reader.cancelled)
  end))

  it("refuses wrong options and no images", in_world(function()
    local _, err = batch.process_images_batch(readers.new "a", {}, { max_concurrency = 0 })
    assert.equal("invalid_option", err.reason)
    assert.matches("from 1 to 1000", err.message)
    assert.has_error(function() batch.process_images_batch(readers.new "a", "x") end)
    assert.has_error(function() batch.process_images_batch({}, {}) end)
    assert.is_true(errors.is(err))
  end))
end)
