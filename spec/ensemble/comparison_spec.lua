-- SPDX-License-Identifier: MIT
local comparison = require "vision.ensemble.comparison"
local readers = require "spec.support.readers"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local PICTURE = readers.PICTURE

local function sure(endpoint, confidence, seconds, summary)
  return readers.new(endpoint, { seconds = seconds, reading = { confidence = confidence,
    summary = summary } })
end

local in_world = virtual.test

local function compare(providers, given)
  return assert(comparison.compare_providers(PICTURE, providers, given))
end

describe("a comparison", function()
  it("takes the surest; without a confidence one is below any number", in_world(function()
    local result = compare { sure("a/x", nil, 1), sure("b", 0, 2), sure("c", 0.8, 3),
      sure("d", 0.8, 1) }
    assert.equal("c", result.selected_provider)
    assert.equal(0.8, result.selected_result.confidence)
    assert.equal(3000, result.total_time_ms) -- all at once
    assert.same({ b = 0, c = 0.8, d = 0.8 }, result.confidence_scores)
    assert.equal(4, result.success_count)
    assert.equal(4, result.providers_compared)
    assert.equal("highest_confidence", result.strategy_used)
    assert.same({ "a/x", "b", "c", "d" }, result.endpoints)
    assert.equal("c: c 1\nd: d 1\nb: b 1\na/x: a/x 1", result.aggregated_summary)
    result = compare { sure("a", nil), sure("b", 0) }
    assert.equal("b", result.selected_provider)
  end))

  it("keeps who failed beside who did not", in_world(function()
    local result = compare { readers.new("a", { fails = "timeout" }), sure("b"),
      readers.new("c", { throws = "misused" }) }
    assert.equal("b", result.selected_provider)
    assert.equal(1, result.success_count)
    assert.equal("timeout", result.provider_results.a.error.reason)
    assert.is_false(result.provider_results.a.success)
    assert.equal("internal", result.provider_results.c.error.reason)
    assert.equal(1000, result.provider_results.b.time_ms)
    assert.same({}, result.confidence_scores)
  end))

  it("is there where nobody could read it", in_world(function()
    local result = compare { readers.new("a", { fails = "timeout" }) }
    assert.is_nil(result.selected_result)
    assert.is_nil(result.selected_provider)
    assert.is_nil(result.aggregated_summary)
    assert.equal(0, result.success_count)
  end))

  it("takes the first success and gives up the rest", in_world(function()
    local slow, quick = sure("slow", 0.9, 30), sure("quick", 0.1, 5)
    local failed = readers.new("failed", { seconds = 1, fails = "server_error" })
    local result = compare({ slow, failed, quick }, { strategy = "first_success" })
    assert.equal("quick", result.selected_provider)
    assert.equal(5000, result.total_time_ms)
    assert.equal(1, slow.cancelled)
    assert.equal("cancelled", result.provider_results.slow.error.reason)
    assert.matches("quick has answered first", result.provider_results.slow.error.message)
  end))

  it("takes what most say", in_world(function()
    local result = compare({ sure("a", 0.9, 1, "A round flange with 8 holes"),
      sure("b", 0.3, 1, "A square plate without holes"),
      sure("c", 0.4, 1, "A square plate without any holes") }, { strategy = "majority_vote" })
    assert.equal("c", result.selected_provider)
  end))

  it("makes one of all by their weights", in_world(function()
    local result = compare({ sure("a", 0.9, 1, "A"), sure("b", 0.3, 1, "B"), sure("c", nil) },
      { strategy = "weighted_average", weights = { b = 2 } })
    assert.equal("A", result.selected_result.summary)
    assert.equal("a", result.selected_provider)
    assert.equal("comparison", result.selected_result.provider)
    assert.equal((0.9 * 0.9 + 0.6 * 0.3) / 1.5, result.selected_result.confidence)
    assert.same({ "a", "b" }, result.selected_result.sources)
    -- Nobody says how sure it is: the first one stands.
    result = compare({ sure "a", sure "b" }, { strategy = "weighted_average" })
    assert.equal("a", result.selected_provider)
  end))

  it("votes call-out by call-out", in_world(function()
    local function reading(name, ...)
      local callouts = {}
      for i, text in ipairs { ... } do callouts[i] = { text = text, type = "other" } end
      local drawing = { callouts = callouts, title_block = {} }
      return readers.new(name, { reading = { drawing = drawing } })
    end
    local list = { reading("a", "M8", "R5"), reading("b", "M8", "R7"), reading("c", "M8") }
    local result = compare(list, { strategy = "consensus" })
    assert.equal("consensus", result.selected_result.provider)
    assert.equal("M8", result.selected_result.drawing.callouts[1].text)
    assert.equal(1, #result.selected_result.drawing.callouts)
    assert.equal("a", result.selected_provider)
    -- Where nobody read a drawing, the surest stands.
    result = compare({ sure("x", 0.1), sure("y", 0.5) }, { strategy = "consensus" })
    assert.equal("y", result.selected_result.provider)
  end))

  it("gives each a deadline", in_world(function()
    local result = compare({ sure("a", 0.9, 100), sure("b", 0.1, 1) }, { timeout_seconds = 10 })
    assert.equal("b", result.selected_provider)
    assert.equal("timeout", result.provider_results.a.error.reason)
    assert.equal(10000, result.total_time_ms)
  end))

  it("hands the options of the analysis to all", in_world(function()
    local a, b = sure "a", sure "b"
    compare({ a, b }, { options = { page = 2 } })
    assert.same({ page = 2 }, a.options[1])
    assert.equal(a.images[1], b.images[1]) -- one handle of the bytes for all
  end))

  it("is left by who is cancelled, with all it asked", in_world(function()
    local a, b = sure("a", 1, 10), sure("b", 1, 10)
    local work = task.spawn(function() return comparison.compare_providers(PICTURE, { a, b }) end)
    task.sleep(5)
    work:cancel()
    local result, err = work:join()
    assert.is_nil(result)
    assert.equal("cancelled", err.reason)
    task.sleep(0)
    assert.equal(2, a.cancelled + b.cancelled)
  end))

  it("refuses a list that is none", in_world(function()
    local function refused(pattern, ...)
      local result, err = comparison.compare_providers(...)
      assert.is_nil(result)
      assert.equal("invalid_option", err.reason)
      assert.matches(pattern, err.message)
    end
    refused("the list of providers is empty", PICTURE, {})
    refused("'a/x' stands there twice", PICTURE, { sure "a/x", sure "b", sure "a/x" })
    refused("no script selection/best.lua", PICTURE, { sure "a" }, { strategy = "best" })
    refused("there is no endpoint 'z'", PICTURE, { sure "a" }, { weights = { z = 1 } })
    refused("weight of 'a' must be", PICTURE, { sure "a" }, { weights = { a = -1 } })
    assert.has_error(function() comparison.compare_providers(PICTURE, { {} }) end)
    local _, err = comparison.compare_providers("no picture", { sure "a" })
    assert.equal("unsupported_format", err.reason)
  end))
end)

describe("a comparison as a provider", function()
  it("answers with what was chosen, and says who was asked", in_world(function()
    local provider = assert(comparison.create_comparison_provider({ sure("a", 0.2),
      readers.new("b", { fails = "blank" }), sure("c", 0.4) }))
    assert.equal("comparison(a,b,c)", provider.endpoint_name)
    assert.is_true(provider.capabilities.vision)
    local reading = assert(provider:analyze_image(PICTURE))
    assert.equal("c", reading.provider)
    assert.equal(3, #reading.trail)
    assert.same({ endpoint = "b", attempt = 1, seconds = 1, reason = "blank", message = "blank",
      action = "compare" }, reading.trail[2])
    local last
    for event in provider:analyze_image_stream(PICTURE) do last = event end
    assert.equal("c", last.data.result.provider)
  end))

  it("fails with what the first one failed with", in_world(function()
    local provider = assert(comparison.create_comparison_provider({
      readers.new("a", { fails = "auth" }),
      readers.new("b", { fails = "rate_limited", retry_after = 7 }) }))
    local _, err = provider:analyze_image(PICTURE)
    assert.equal("auth", err.reason)
    assert.matches("all 2 endpoints failed: a: auth.*; b: rate_limited", err.message)
    assert.is_true(err.retryable)
    assert.equal(7, err.retry_after)
    assert.equal(2, #err.trail)
  end))
end)
