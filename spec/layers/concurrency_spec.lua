-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local concurrency = require "vision.layers.concurrency"
local core = require "vision.core"
local fake = require "spec.support.fake_provider"
local folder = require "spec.support.folder"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

-- A provider that keeps count of its calls under way and of their order.
local function counting(seconds)
  local provider = fake.provider()
  provider.under_way, provider.most, provider.order = 0, 0, {}
  function provider:analyze_image(image)
    self.under_way = self.under_way + 1
    self.most = math.max(self.most, self.under_way)
    self.order[#self.order + 1] = image
    local ok, err = task.sleep(type(seconds) == "function" and seconds(image) or seconds or 1)
    self.under_way = self.under_way - 1
    if not ok then return nil, err end
    return { summary = image }
  end
  return provider
end

local function limited(provider, options)
  return assert(concurrency.create_concurrency_limited_provider(provider, options))
end

local function ask(provider, image)
  return task.spawn(function() return provider:analyze_image(image) end)
end

local function ask_many(provider, count)
  local calls = {}
  for i = 1, count do calls[i] = ask(provider, i) end
  return calls
end

-- What became of calls: summaries and reasons.
local function ends_of(calls)
  local found = {}
  for i, call in ipairs(calls) do
    local reading, err = call:join()
    found[i] = reading and reading.summary or err.reason
  end
  return found
end

describe("create_concurrency_limited_provider", function()
  local world

  before_each(function() world = virtual.new() end)

  it("lets so many go at a time, in the order they came", function()
    local inner = counting()
    local provider = limited(inner, { max_concurrent = 3 })
    local found = world:run(function() return ends_of(ask_many(provider, 10)) end)
    assert.same({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, found)
    assert.same(found, inner.order)
    assert.equal(3, inner.most)
    assert.equal(1004, world.now)
    assert.same({ in_flight = 0, peak = 3, waiting = 0, waited = 7, queue_full = 0, timed_out = 0 },
      provider.concurrency_stats)
    assert.equal(0, world.pending)
  end)

  it("refuses who comes when the line is full", function()
    local provider = limited(counting(), { max_concurrent = 1, max_queue = 2 })
    world:run(function()
      local calls = ask_many(provider, 5)
      assert.same({ 1, 2, 3, "queue_full", "queue_full" }, ends_of(calls))
      local _, err = calls[4]:join()
      assert.equal("fake: 1 calls are under way and 2 wait (max_queue) (queue_full)", tostring(err))
    end)
    assert.equal(2, provider.concurrency_stats.queue_full)
  end)

  it("says how long one has waited in vain", function()
    local inner = counting(100)
    local provider = limited(inner, { max_concurrent = 1, queue_timeout_seconds = 2.5 })
    world:run(function()
      local calls = ask_many(provider, 3)
      assert.same({ 1, "timeout", "timeout" }, ends_of(calls))
      local _, err = calls[2]:join()
      assert.matches("waited 2.5 s for one of 1 calls", err.message, 1, true)
      assert.equal("ours", err.fault)
    end)
    assert.same({ 1 }, inner.order)
    assert.equal(2, provider.concurrency_stats.timed_out)
  end)

  it("does not wait at all where it may not", function()
    local provider = limited(counting(), { max_concurrent = 1, queue_timeout_seconds = 0 })
    world:run(function()
      assert.same({ 1, "timeout" }, ends_of(ask_many(provider, 2)))
    end)
  end)

  it("lets who is stopped go, and the next one in", function()
    local inner = counting()
    local provider = limited(inner, { max_concurrent = 1 })
    world:run(function()
      local calls = ask_many(provider, 5)
      task.sleep(0.5)
      calls[2]:cancel() -- in line
      calls[1]:cancel() -- under way
      assert.same({ "cancelled", "cancelled", 3, 4, 5 }, ends_of(calls))
    end)
    assert.same({ 1, 3, 4, 5 }, inner.order)
    assert.equal(0, provider.concurrency_stats.in_flight)
    assert.equal(0, world.pending)
  end)

  it("gives the permit back when a provider throws, and when a stream is left", function()
    local inner = fake.provider { function() error "broken" end }
    local provider = limited(inner, { max_concurrent = 1, max_queue = 0 })
    world:install()
    assert.has_error(function() provider:analyze_image "i" end)
    inner.steps = { { partial = true } }
    local events = provider:analyze_image_stream "i"
    events()
    assert.equal(1, provider.concurrency_stats.in_flight)
    assert.equal("queue_full", select(2, provider:analyze_image "i").reason)
    events:close()
    assert.equal(0, provider.concurrency_stats.in_flight)
    events = provider:analyze_image_stream "i"
    assert.same({ "start", "partial", "complete" }, (fake.follow(events)))
    assert.equal(0, provider.concurrency_stats.in_flight)
    world.uninstall()
  end)

  it("never has more under way, and loses nobody, whatever happens", function()
    chance.runs(60, function(source)
      local course = virtual.new()
      local inner = counting(function() return source:number(0, 5) end)
      local most = source:integer(1, 4)
      local provider = limited(inner, { max_concurrent = most, max_queue = source:integer(0, 9),
        queue_timeout_seconds = source:number(0, 8) })
      course:run(function()
        local calls = {}
        for i = 1, 30 do
          calls[i] = ask(provider, i)
          if source:integer(1, 3) == 1 then
            local victim = calls[source:integer(1, i)]
            task.spawn(function()
              task.sleep(source:number(0, 4))
              victim:cancel()
            end)
          end
          task.sleep(source:number(0, 1))
        end
        ends_of(calls)
      end)
      assert.is_true(inner.most <= most)
      local stats = provider.concurrency_stats
      assert.same({ 0, 0, 0 }, { stats.in_flight, stats.waiting, inner.under_way })
      for i = 2, #inner.order do assert.is_true(inner.order[i] > inner.order[i - 1]) end
    end)
  end)

  it("checks its options", function()
    for name, value in pairs { max_concurrent = 257, max_queue = -1, queue_timeout_seconds = -1,
      shared = "path" } do
      local _, err = concurrency.create_concurrency_limited_provider(counting(), { [name] = value })
      assert.equal("invalid_option", err.reason)
      assert.matches(name, err.message)
    end
  end)

  it("shares its limit with other processes, and finds out when one of them is done", function()
    folder.with(function(path)
      os.execute("chmod 700 " .. path)
      local state = assert(core.shared_state(path .. "/state"))
      local inner = counting()
      local provider = limited(inner, { max_concurrent = 2, shared = state })
      local elsewhere = state:concurrency("calls of fake", 2)
      local permit = assert(elsewhere:acquire(3600, world.now))
      world:run(function()
        local calls = ask_many(provider, 3)
        task.sleep(0.5)
        assert.equal(2, provider.concurrency_stats.in_flight)
        assert.equal(1, inner.under_way)
        elsewhere:release(permit)
        task.sleep(0.1)
        assert.equal(2, inner.under_way)
        assert.same({ 1, 2, 3 }, ends_of(calls))
      end)
      assert.equal(0, elsewhere:in_flight())
      state:close()
    end)
  end)
end)
