-- SPDX-License-Identifier: MIT
-- What must hold of the ensemble in any course of things; the seed of each course is in its name.

local batch = require "vision.ensemble.batch"
local clock = require "vision.base.clock"
local consensus = require "vision.ensemble.consensus"
local corruption = dofile "bench/corruption.lua"
local description = require "vision.drawing.description"
local failover = require "vision.ensemble.failover"
local readers = require "spec.support.readers"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local SEEDS = 25

local function each_seed(what, body)
  for seed = 1, SEEDS do
    it(("%s (seed %d)"):format(what, seed), function()
      local world = virtual.new { seed = seed }
      world:run(function() body(world.random, seed) end)
    end)
  end
end

local function one_of(list, random)
  return list[1 + math.floor(random() * #list)]
end

describe("a failover in any weather", function()
  local OTHERS = { "rate_limited", "refused", "auth", "circuit_open", "budget_exceeded" }

  local function failure(random)
    return random() < 0.9 and "server_error" or one_of(OTHERS, random)
  end

  -- Well and ill by turns, for a while each.
  local function weather(name, random)
    local ill, until_ = false, 0
    return readers.new(name, function()
      if clock.mono() > until_ then
        ill, until_ = not ill, clock.mono() + random() * 300
      end
      local fails = ill and failure(random) or random() < 0.05 and "invalid_image" or nil
      return { seconds = random() * 8, fails = fails,
        retry_after = fails == "rate_limited" and random() * 20 or nil }
    end)
  end

  -- No call of an ill one before its time, and never two; unless nobody else is well.
  local function watch(endpoint, manager)
    local provider, asked = endpoint.provider, 0
    local analyze = provider.analyze_image
    rawset(provider, "analyze_image", function(self, ...)
      local was_ill = endpoint.health == "unhealthy"
      if was_ill then
        local others_ill = true
        for _, other in ipairs(manager.endpoints) do
          others_ill = others_ill and other.health == "unhealthy"
        end
        assert(others_ill or clock.mono() >= endpoint.rests_until, "asked before its time")
        assert(asked == 0, "two tries of an ill one")
        asked = asked + 1
      end
      local reading, err = analyze(self, ...)
      if was_ill then asked = asked - 1 end
      return reading, err
    end)
  end

  local function check_trail(reading, err)
    local steps = (reading or err).trail
    for i, step in ipairs(steps or {}) do
      local is_last = i == #steps
      assert((step.reason == nil) == (reading ~= nil and is_last), "a trail that is not so")
    end
  end

  each_seed("leaves the ill alone, tells what it tried, and loses count of nothing",
    function(random)
      local provider = assert(failover.create_failover_provider({ weather("a", random),
        weather("b", random), weather("c", random) },
        { strategy = one_of({ "priority", "round_robin", "latency", "weighted" }, random) }))
      local manager = provider.failover_manager
      for _, endpoint in ipairs(manager.endpoints) do watch(endpoint, manager) end
      local jobs = {}
      for i = 1, 200 do
        jobs[i] = task.spawn(function() return provider:analyze_image(readers.PICTURE) end)
        if random() < 0.1 then one_of(jobs, random):cancel() end
        task.sleep(random() * 6)
      end
      for _, job in ipairs(jobs) do
        local reading, err = job:join()
        assert(reading or err.reason ~= "internal", err and err.message)
        check_trail(reading, err)
      end
      for _, endpoint in ipairs(manager.endpoints) do
        assert.equal(0, endpoint.in_flight)
        assert.is_falsy(endpoint.probing)
      end
    end)
end)

describe("a batch in any course", function()
  each_seed("accounts for every picture, whenever it is stopped", function(random)
    local reader = readers.new("a", function()
      return { seconds = random() * 5, fails = random() < 0.3 and "timeout" or nil }
    end)
    local limit, count = 1 + math.floor(random() * 6), math.floor(random() * 60)
    local processor = assert(batch.BatchProcessor.new(reader, { max_concurrency = limit }))
    if random() < 0.5 then
      task.spawn(function()
        task.sleep(random() * 30)
        processor:stop(random() < 0.5)
      end)
    end
    local result = processor:process(readers.pictures(count))
    assert.is_true(reader.most <= limit)
    assert.equal(result.total, #result.results)
    assert.equal(result.total, result.completed + result.failed)
    assert.is_true(result.stopped or result.total == count)
    for i = 1, result.total do
      assert.equal(result.results[i] == false, result.errors[i] ~= nil)
    end
    assert.equal(0, reader.running)
  end)
end)

describe("a consensus of any readings", function()
  local LABEL = {
    dimensions = { "Ø20", "Ø20", "12,5", "4x Ø6,6 +0,1/0", "R5", "60°", "Ø40 H7", "16", "8",
      "120" },
    threads = { "M8", "4x M6 - 6H ↧ 12" }, gdt = { "⏥|0,2", "⌖|Ø0,1|A|B" },
    roughness = { "Ra 3,2" }, title_block = { title = "Flange", material = "1.4301" },
  }

  local function rate(random, most) return random() * most end

  local function inputs_of(random, seed)
    local inputs = {}
    for i = 1, 2 + math.floor(random() * 4) do
      local rates = { miss = rate(random, 0.4), misread = rate(random, 0.4),
        invent = rate(random, 0.3) }
      inputs[i] = { name = "r" .. i, reading = description.new { provider = "r" .. i,
        drawing = corruption.drawing(LABEL, rates, seed * 10 + i) } }
    end
    return inputs
  end

  -- How often each reader stands in the answer, in whatever way.
  local function count_words(drawing)
    local counts = {}
    local function count(names)
      for _, name in ipairs(names) do counts[name] = (counts[name] or 0) + 1 end
    end
    for _, list in ipairs { drawing.callouts, drawing.unconfirmed } do
      for _, callout in ipairs(list) do
        count(callout.sources)
        for _, other in ipairs(callout.alternatives or {}) do count(other.sources) end
      end
    end
    return counts
  end

  each_seed("loses no word of anybody, and states shares", function(random, seed)
    local inputs = inputs_of(random, seed)
    local drawing = assert(consensus.of(inputs,
      { calibration = { version = 1, readers = {} } })).drawing
    local counts = count_words(drawing)
    for _, input in ipairs(inputs) do
      assert.equal(#input.reading.drawing.callouts, counts[input.name] or 0, input.name)
    end
    for _, callout in ipairs(drawing.callouts) do
      assert.is_true(callout.confidence >= 0.5 and callout.confidence <= 1)
    end
    for _, callout in ipairs(drawing.unconfirmed) do
      assert.is_true(callout.confidence >= 0 and callout.confidence <= 0.5)
    end
  end)
end)
