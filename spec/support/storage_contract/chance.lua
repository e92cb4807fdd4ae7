-- SPDX-License-Identifier: MIT
-- All of it together, by chance, beside a model that looks at each record.

local assert = require "luassert"
local at_hand = require "spec.support.storage_contract.at_hand"
local chance = require "spec.support.chance"
local filter_of = require "vision.records.filter"
local it = require("busted").it
local rollup = require "vision.records.rollup"
local samples = require "spec.support.record_samples"
local words = require "vision.records.words"

local store, save, all_pages, ids = at_hand.store, at_hand.save, at_hand.all_pages, at_hand.ids

local PERIOD = { from = samples.START, to = samples.START + 10 * 86400 }

local function random_record(source)
  local failed = source:integer(1, 5) == 1
  local confidence = source:one_of { "none", 0, 0.3, 0.75, 1 }
  local tags = {}
  for _, tag in ipairs { "a", "b,c", "d\ne", "ü" } do
    if source:integer(1, 3) == 1 then tags[#tags + 1] = tag end
  end
  return samples.record {
    created_at = PERIOD.from + source:integer(0, 10 * 86400 * 1000 - 1) / 1000,
    provider = source:one_of { "p", "q", "r" }, model = source:one_of { "none", "m" },
    error = failed and samples.failure(source:one_of { "timeout", "billing" }) or nil,
    result = not failed and samples.reading { confidence = confidence,
      summary = source:one_of { "shaft", "flange shaft", "bracket" } } or nil,
    image_hash = samples.hash(source:integer(1, 8)), tags = tags,
    cost_usd = source:one_of { "none", 0, 0.000001, 1.234567 },
    processing_time_ms = source:number(0, 5000), cached = source:integer(1, 4) == 1,
    disagreements = source:one_of { "none", 0, 4 },
  }
end

local function random_filter(source)
  local filter = {}
  local function maybe(name, value)
    if source:integer(1, 4) == 1 then filter[name] = value end
  end
  local edge = PERIOD.from + source:integer(0, 10 * 86400)
  maybe("provider", source:one_of { "p", "q" })
  maybe("model", "m")
  maybe("status", source:one_of { "completed", "failed" })
  maybe("from", edge)
  maybe("to", edge + source:integer(1, 3 * 86400))
  maybe("min_confidence", source:one_of { 0, 0.3, 0.5 })
  maybe("max_confidence", source:one_of { 0.75, 1 })
  maybe("tags", { source:one_of { "a", "b,c", "d\ne", "ü" } })
  maybe("image_hash", samples.hash(source:integer(1, 8)))
  maybe("text", source:one_of { "shaft", "flange", "shaft flange" })
  return filter
end

-- The same, by looking at each record.
local function model_finds(model, given)
  local filter = assert(filter_of.check(given))
  local list = {}
  for _, record in pairs(model) do
    if filter_of.matches(filter, record)
      and (not filter.words or words.all_in(words.line(record), filter.words)) then
      list[#list + 1] = record
    end
  end
  table.sort(list, function(a, b)
    if a.created_at ~= b.created_at then return a.created_at > b.created_at end
    return a.record_id > b.record_id
  end)
  return list
end

local function compare_rollups(model)
  local list = {}
  for _, record in pairs(model) do list[#list + 1] = record end
  local expected = rollup.of_all(list):rows()
  assert.same(expected.sums, store:sums(PERIOD))
  local counts = {}
  for _, dimension in ipairs(rollup.DIMENSIONS) do
    for _, row in ipairs(store:counts { from = PERIOD.from, to = PERIOD.to,
      dimension = dimension }) do
      counts[#counts + 1] = row
    end
  end
  local totals = rollup.totals()
  totals:add { sums = {}, counts = counts }
  assert.same(expected.counts, totals:rows().counts)
end

return function()
  it("finds, counts and adds up what a full scan does, after any saves and deletions", function()
    chance.runs(4, function(source)
      store:delete()
      local model = {}
      for _ = 1, 12 do
        local list = {}
        for i = 1, source:integer(1, 8) do list[i] = random_record(source) end
        save(list)
        for _, record in ipairs(list) do model[record.record_id] = record end
        local filter = random_filter(source)
        local expected = model_finds(model, filter)
        assert.equal(#expected, store:count(filter))
        filter.limit = source:integer(3, 9)
        assert.same(ids(expected), (all_pages(filter)))
        if source:integer(1, 3) == 1 then
          for i = #expected, filter.limit + 1, -1 do expected[i] = nil end
          assert.equal(#expected, store:delete(filter))
          for _, record in ipairs(expected) do model[record.record_id] = nil end
        end
      end
      compare_rollups(model)
    end)
  end)
end
