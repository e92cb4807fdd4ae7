-- SPDX-License-Identifier: MIT
-- What is added up as records come and go.

local assert = require "luassert"
local at_hand = require "spec.support.storage_contract.at_hand"
local it = require("busted").it
local rollup = require "vision.records.rollup"
local samples = require "spec.support.record_samples"

local store, save, is_refused = at_hand.store, at_hand.save, at_hand.is_refused

local DAY = { from = samples.START, to = samples.START + 86400 }

local function day(fields)
  local period = { from = DAY.from, to = DAY.to }
  for name, value in pairs(fields or {}) do period[name] = value end
  return period
end

local function at(seconds, fields)
  fields.created_at = DAY.from + seconds
  return samples.record(fields)
end

return function()
  it("adds up by quarter of an hour, provider, model, status and reason", function()
    save {
      at(0, {}), at(899.999, { cost_usd = "none" }), at(900, {}), at(5, { provider = "a" }),
      at(6, { error = samples.failure(), cost_usd = 0 }),
      at(7, { cached = true, cost_usd = 0, saved_usd = 0.5, model = "none", disagreements = 3 }),
    }
    local rows = assert(store:sums(day()))
    assert.equal(5, #rows)
    local keys = {}
    for i, row in ipairs(rows) do
      keys[i] = table.concat({ row.slot - DAY.from, row.provider, row.model, row.status,
        row.reason }, " ")
    end
    assert.same({
      "0 a gpt-5.4-mini completed ", "0 openai  completed ", "0 openai gpt-5.4-mini completed ",
      "0 openai gpt-5.4-mini failed timeout", "900 openai gpt-5.4-mini completed ",
    }, keys)
    assert.same({
      slot = DAY.from, provider = "openai", model = "gpt-5.4-mini", status = "completed",
      reason = "", requests = 2, cached = 0, cost_micro_usd = 2500, unpriced = 1,
      input_tokens = 2000, output_tokens = 400, cached_tokens = 20, processing_us = 2469000,
      confidence_ppm = 1800000, confidence_count = 2, disagreements = 0, saved_micro_usd = 0,
    }, rows[3])
    assert.same({ 1, 0, 500000, 3 }, { rows[2].cached, rows[2].input_tokens,
      rows[2].saved_micro_usd, rows[2].disagreements })
    assert.equal(1, #store:sums(day { provider = "a" }))
    assert.equal(1, #store:sums(day { from = DAY.from + 900 }))
    assert.equal(4, #store:sums(day { to = DAY.from + 900 }))
  end)

  it("adds up over wider slots", function()
    save { at(0, {}), at(3599, {}), at(3600, {}), at(86399, {}), at(86400, {}) }
    local function requests(rows)
      local list = {}
      for i, row in ipairs(rows) do list[i] = { row.slot - DAY.from, row.requests } end
      return list
    end
    assert.same({ { 0, 2 }, { 3600, 1 }, { 82800, 1 } }, requests(store:sums(day { every = 3600 })))
    assert.same({ { 0, 4 } }, requests(store:sums(day { every = 86400 })))
    assert.same({ { 900, 2 }, { 900 + 43200, 1 } },
      requests(store:sums(day { from = DAY.from + 900, every = 43200 })))
    local rows = store:counts(day { dimension = "tag", every = 86400 })
    assert.same({ { hour = DAY.from, provider = "openai", dimension = "tag", value = "t",
      count = 4 } }, rows)
  end)

  it("counts tags, confidences and latencies by hour and provider", function()
    local odd = "a,b\n\"c\" 漢字"
    save {
      at(0, { tags = { odd, "x" }, result = samples.reading { confidence = 0.97 } }),
      at(1, { tags = { odd }, result = samples.reading { confidence = 1 } }),
      at(2, { tags = {}, result = samples.reading { confidence = "none" } }),
      at(3600, { tags = { "x" }, provider = "a", error = samples.failure() }),
      at(3601, { tags = {}, provider = "a", cached = true }),
    }
    local function listed(dimension, fields)
      local period, list = day(fields), {}
      period.dimension = dimension
      for i, row in ipairs(assert(store:counts(period))) do
        assert.equal(dimension, row.dimension)
        list[i] = { row.hour - DAY.from, row.provider, row.value, row.count }
      end
      return list
    end
    assert.same({ { 0, "openai", odd, 2 }, { 0, "openai", "x", 1 }, { 3600, "a", "x", 1 } },
      listed "tag")
    assert.same({ { 0, "openai", "9", 2 }, { 0, "openai", "none", 1 }, { 3600, "a", "9", 1 } },
      listed "confidence")
    assert.same({ { 0, "openai", tostring(rollup.bucket(1234.5)), 3 } }, listed "latency")
    assert.same({ { 3600, "a", "x", 1 } }, listed("tag", { provider = "a" }))
    assert.same({ { 3600, "a", "x", 1 } }, listed("tag", { from = DAY.from + 3600 }))
  end)

  it("takes away what is deleted", function()
    save { at(0, { provider = "a" }), at(1, {}), at(2, {}) }
    store:delete { provider = "a" }
    store:delete { order = "oldest", limit = 1 }
    local rows = store:sums(day())
    assert.equal(1, #rows)
    assert.equal(1, rows[1].requests)
    assert.equal(1, #store:counts(day { dimension = "tag" }))
    store:delete()
    assert.same({}, store:sums(day()))
    for _, dimension in ipairs(rollup.DIMENSIONS) do
      assert.same({}, store:counts(day { dimension = dimension }))
    end
  end)

  it("refuses a period that is none", function()
    for word, period in pairs {
      ["multiple of 900"] = { from = 1, to = 900 }, ["after it, 'to'"] = { from = 900, to = 900 },
      ["it needs 'from'"] = { to = 900 }, ["'every'"] = { from = 0, to = 900, every = 60 },
    } do
      local ok, err = store:sums(period)
      is_refused(ok, err, word)
    end
    local ok, err = store:counts { from = 0, to = 3600 }
    is_refused(ok, err, "dimension")
    ok, err = store:counts { from = 0, to = 3600, dimension = "colour" }
    is_refused(ok, err, "colour")
    ok, err = store:counts { from = 900, to = 3600, dimension = "tag" }
    is_refused(ok, err, "multiple of 3600")
  end)
end
