-- SPDX-License-Identifier: MIT
-- What is saved, and what comes back.

local assert = require "luassert"
local at_hand = require "spec.support.storage_contract.at_hand"
local it = require("busted").it
local records = require "vision.records.record"
local samples = require "spec.support.record_samples"

local store, save, found = at_hand.store, at_hand.save, at_hand.found

return function()
  it("gives back what was saved, every field of it", function()
    local one = samples.record {
      cached = false, disagreements = 2, saved_usd = 0.125, tags = { "a", "b" },
      result = samples.reading {
        summary = "Wärme Ø19,9 ±0,1 \"q\" \\ \r\n\t 漢字 \240\159\148\169",
        confidence = 0.123456789012, details = { "one", "two" }, provider = "openai",
        drawing = { kind = "mechanical", title_block = { title = "Flange" }, callouts = {
          { type = "diameter", text = "Ø6", quantity = 4, nominal = 6.6, sources = { "openai" } },
        }, notes = { "n" }, missing = {} },
      },
    }
    local failed = samples.record { error = samples.failure(), cost_usd = "none", usage = "none" }
    save { one, failed }
    for _, record in ipairs { one, failed } do
      local back = assert(store:get(record.record_id))
      assert.same(record, back)
      assert.equal(records.to_json(record), records.to_json(back)) -- empty lists are lists
    end
  end)

  it("has none of an id that was never given, or is no id", function()
    for _, id in ipairs { samples.record().record_id, "", "x'; drop table records; --",
      ("x"):rep(9999) } do
      local one, err = store:get(id)
      assert.is_false(one)
      assert.is_nil(err)
    end
  end)

  it("keeps the copy it was given", function()
    local one = samples.record()
    save { one }
    one.tags[1], one.provider = "changed", "changed"
    local back = store:get(one.record_id)
    assert.equal("openai", back.provider)
    assert.equal("t", back.tags[1])
    back.provider = "changed too"
    assert.equal("openai", store:get(one.record_id).provider)
  end)

  it("saves the same record once", function()
    local one, other = samples.record(), samples.record()
    save { one }
    save { one, other, other }
    save { one }
    assert.equal(2, store:count())
    assert.equal(2, store:sums { from = samples.START, to = samples.START + 86400,
      every = 86400 }[1].requests)
    local changed = samples.record { record_id = one.record_id, created_at = one.created_at,
      provider = "changed" }
    save { changed }
    assert.equal("openai", store:get(one.record_id).provider)
  end)

  it("saves all of a list or none", function()
    local list = samples.records(3)
    list[2].tags = { "" }
    local ok, err = store:save(list)
    assert.is_nil(ok)
    assert.equal("input", err.reason)
    assert.matches("tags", err.message)
    list[2] = samples.record()
    list[2].result.extra = print
    ok, err = store:save(list)
    assert.is_nil(ok)
    assert.equal("input", err.reason)
    assert.equal(0, store:count())
    assert.same({}, store:sums { from = 0, to = 900 * 1e7, every = 900 * 1e7 })
  end)

  it("saves nothing at all without a fault, and many at once", function()
    save {}
    local list = save(samples.records(300))
    assert.equal(300, store:count())
    assert.same(list[299], store:get(list[299].record_id))
  end)

  it("keeps and counts a reading that is none, as a provider of somebody's own gave it", function()
    local list = save {
      samples.record { result = { summary = { "pin" }, confidence = "high" } },
      samples.record { result = { summary = "nut", confidence = 7, drawing = { callouts = 7 } } },
      samples.record { result = { summary = "cap", drawing = { callouts = { 5, { text = 5 } } } } },
    }
    assert.same({ 3, 2, 1 }, found(list))
    assert.same({}, found(list, { min_confidence = 0 }))
    assert.same({ 2 }, found(list, { text = "nut" }))
    assert.same(list[1].result, assert(store:get(list[1].record_id)).result)
    assert.equal(3, store:delete { provider = "openai" })
  end)

  it("keeps a confidence of null, of 0 and an unknown cost apart", function()
    local list = save {
      samples.record { result = samples.reading { confidence = "none" } },
      samples.record { result = samples.reading { confidence = 0 } },
      samples.record { cost_usd = "none" }, samples.record { cost_usd = 0 },
    }
    local back = {}
    for i, record in ipairs(list) do back[i] = store:get(record.record_id) end
    assert.is_nil(back[1].result.confidence)
    assert.equal(0, back[2].result.confidence)
    assert.is_nil(back[3].cost_usd)
    assert.equal(0, back[4].cost_usd)
  end)
end
