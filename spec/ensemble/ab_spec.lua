-- SPDX-License-Identifier: MIT
local ab = require "vision.ensemble.ab"
local intervals = require "vision.ensemble.intervals"
local readers = require "spec.support.readers"
local virtual = require "spec.support.virtual"

local in_world = virtual.test

local function near(wanted, found, tolerance)
  assert.is_true(math.abs(wanted - found) <= (tolerance or 1e-4),
    ("%s expected, %s found"):format(wanted, tostring(found)))
end

describe("an experiment", function()
  it("sends a picture the same way each time, and another name parts otherwise", in_world(function()
    local pictures = readers.pictures(400)
    local function arms(name)
      local provider = assert(ab.create_ab_provider(readers.new "a",
        { experiment = name, share = 0.25, variant = readers.new "b" }))
      local list, count = {}, 0
      for i, picture in ipairs(pictures) do
        local reading = assert(provider:analyze_image(picture))
        list[i] = reading.experiment.arm
        assert.equal(list[i] == "variant" and "b" or "a", reading.provider)
        count = count + (list[i] == "variant" and 1 or 0)
      end
      return table.concat(list, " "), count
    end
    local first, count = arms "one"
    assert.is_true(count > 70 and count < 130, tostring(count))
    assert.equal(first, (arms "one"))
    assert.are_not.equal(first, (arms "two"))
  end))

  it("may be another prompt of the same provider", in_world(function()
    local a = readers.new "a"
    local provider = assert(ab.create_ab_provider(a,
      { experiment = "p", share = 1, prompt = "general" }))
    local given = { page = 2 }
    provider:analyze_image(readers.PICTURE, given)
    assert.same({ page = 2, prompt = "general" }, a.options[1])
    assert.same({ page = 2 }, given)
    provider = assert(ab.create_ab_provider(a, { experiment = "p", share = 0, prompt = "general" }))
    provider:analyze_image(readers.PICTURE, given)
    assert.equal(given, a.options[2])
  end))

  it("reports differences with their intervals", in_world(function()
    local a = readers.new("a", function(number)
      return { seconds = 4 + number % 3, fails = number % 10 == 0 and "timeout" or nil,
        reading = { confidence = 0.8 } }
    end)
    local b = readers.new("b", function(number)
      return { seconds = 1 + number % 3, fails = number % 2 == 0 and "refused" or nil,
        reading = { confidence = 0.6 + number % 2 / 10 } }
    end)
    local provider = assert(ab.create_ab_provider(a, { experiment = "x", variant = b }))
    assert.is_nil(provider:report().success_rate)
    for _, picture in ipairs(readers.pictures(200)) do provider:analyze_image(picture) end
    local report = provider:report()
    assert.equal(200, report.control.requests + report.variant.requests)
    near(0.9, report.control.success_rate, 0.02)
    assert.same("a", report.control.endpoint)
    assert.is_true(report.variant.errors.refused > 30)
    assert.is_true(report.success_rate.certain)
    assert.is_true(report.success_rate.high < 0)
    near(-3000, report.latency_ms.difference, 400)
    assert.is_true(report.latency_ms.certain)
    assert.is_true(report.latency_ms.low < report.latency_ms.difference)
    assert.is_true(report.confidence.high < 0)
    assert.matches("Newcombe", report.success_rate.method)
    assert.matches("bootstrap", report.latency_ms.method)
    assert.same(report, provider:report())
  end))

  it("does not count what says nothing of an arm", in_world(function()
    local provider = assert(ab.create_ab_provider(readers.new("a", { fails = "invalid_image" }),
      { experiment = "x", share = 0, variant = readers.new "b" }))
    provider:analyze_image(readers.PICTURE)
    assert.equal(0, provider:report().control.requests)
    local _, err = provider:analyze_image "no picture"
    assert.equal("unsupported_format", err.reason)
  end))

  it("follows streams", in_world(function()
    local provider = assert(ab.create_ab_provider(readers.streaming "a",
      { experiment = "x", share = 0, variant = readers.new "b" }))
    local last
    for event in provider:analyze_image_stream(readers.PICTURE) do last = event end
    assert.same({ name = "x", arm = "control" }, last.data.result.experiment)
    assert.equal(1, provider:report().control.successes)
  end))

  it("refuses what is none", function()
    local function refused(pattern, options)
      local provider, err = ab.create_ab_provider(readers.new "a", options)
      assert.is_nil(provider)
      assert.matches(pattern, err.message)
    end
    refused("needs a name", { variant = readers.new "b" })
    refused("nothing to compare", { experiment = "x" })
    refused("'share'", { experiment = "x", prompt = "p", share = 2 })
    assert.has_error(function()
      ab.create_ab_provider(readers.new "a", { experiment = "x", variant = {} })
    end)
  end)
end)

describe("intervals", function()
  it("of shares are those of the tables", function()
    -- Newcombe 1998, table II and its example (a): 56/70 and 48/80.
    local low, high = intervals.wilson(15, 148)
    near(0.0624, low)
    near(0.1605, high)
    low, high = intervals.wilson(0, 20)
    near(0, low)
    near(0.1611, high)
    low, high = intervals.newcombe(48, 80, 56, 70)
    near(0.0524, low)
    near(0.3339, high)
    assert.is_nil(intervals.wilson(0, 0))
    assert.is_nil(intervals.newcombe(1, 2, 0, 0))
  end)

  it("of means hold the difference, and are the same each time", function()
    local a, b = {}, {}
    for i = 1, 100 do a[i], b[i] = i % 10, i % 10 + 1 end
    local low, high = intervals.bootstrap(a, b)
    assert.is_true(low > 0.1 and low < 0.5, tostring(low))
    assert.is_true(high > 1.5 and high < 1.9, tostring(high))
    assert.equal(low, (intervals.bootstrap(a, b)))
    assert.is_nil(intervals.bootstrap({ 1 }, { 1, 2 }))
  end)
end)
