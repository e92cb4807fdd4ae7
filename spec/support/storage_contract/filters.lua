-- SPDX-License-Identifier: MIT
-- What filters find, and what is none.

local assert = require "luassert"
local at_hand = require "spec.support.storage_contract.at_hand"
local it = require("busted").it
local samples = require "spec.support.record_samples"

local store, save = at_hand.store, at_hand.save
local found, is_refused = at_hand.found, at_hand.is_refused

return function()
  it("finds by each field", function()
    local list = save {
      samples.record(),
      samples.record { provider = "anthropic", model = "claude" },
      samples.record { error = samples.failure(), settings_key = "other" },
      samples.record { request_id = "req-2", model = "none" },
    }
    assert.same({ 4, 3, 2, 1 }, found(list))
    assert.same({ 2 }, found(list, { provider = "anthropic" }))
    assert.same({ 2 }, found(list, { model = "claude" }))
    assert.same({ 3, 1 }, found(list, { model = "gpt-5.4-mini" }))
    assert.same({ 3 }, found(list, { status = "failed" }))
    assert.same({ 4, 2, 1 }, found(list, { status = "completed" }))
    assert.same({ 3 }, found(list, { settings_key = "other" }))
    assert.same({ 4 }, found(list, { request_id = "req-2" }))
    assert.same({ 1 }, found(list, { image_hash = list[1].image_hash }))
    assert.same({ 1 }, found(list, { image_hash = list[1].image_hash:upper() }))
    assert.same({ 4, 1 }, found(list, { provider = "openai", status = "completed" }))
    assert.same({}, found(list, { provider = "open" }))
    assert.same({}, found(list, { provider = "' or 1=1 --" }))
    assert.same({}, found(list, { provider = "%" }))
  end)

  it("finds by time: from is in it, to is not", function()
    local base = samples.START
    local list = save {
      samples.record { created_at = base - 0.001 }, samples.record { created_at = base },
      samples.record { created_at = base + 0.001 }, samples.record { created_at = base + 86400 },
    }
    assert.same({ 4, 3, 2 }, found(list, { from = base }))
    assert.same({ 1 }, found(list, { to = base }))
    assert.same({ 3, 2 }, found(list, { from = base, to = base + 86400 }))
    assert.same({ 2 }, found(list, { from = base, to = base + 0.001 }))
    assert.same({ 3, 2 }, found(list, { from = "2026-11-01", to = "2026-11-02" }))
    assert.same({ 3 }, found(list, { from = "2026-11-01T01:00:00.001+01:00",
      to = "2026-11-02T00:00:00Z" }))
  end)

  it("finds by times of any century", function()
    local latest = require("vision.records.record").LATEST
    local list = save { samples.record { created_at = 0 }, samples.record(),
      samples.record { created_at = latest } }
    assert.same({ 3, 2, 1 }, found(list, { to = "3000-01-01" }))
    assert.same({ 3, 2, 1 }, found(list, { from = -1e12, to = 253402300800 }))
    assert.same({}, found(list, { from = "2500-01-01" }))
    assert.same({ 3 }, found(list, { from = latest }))
    assert.same({ 1, 2, 3 }, found(list, { order = "oldest" }))
    assert.same({}, found(list, { to = -1 }))
  end)

  it("finds by confidence; without one a record passes no limit", function()
    local list = {}
    for i, confidence in ipairs { 0, 0.5, 1, "none" } do
      list[i] = samples.record { result = samples.reading { confidence = confidence } }
    end
    list[5] = samples.record { error = samples.failure() }
    save(list)
    assert.same({ 3, 2 }, found(list, { min_confidence = 0.5 }))
    assert.same({ 2, 1 }, found(list, { max_confidence = 0.5 }))
    assert.same({ 2 }, found(list, { min_confidence = 0.5, max_confidence = 0.5 }))
    assert.same({ 3, 2, 1 }, found(list, { min_confidence = 0 }))
    assert.same({ 3, 2, 1 }, found(list, { max_confidence = 1 }))
  end)

  it("finds by tags, whatever stands in them", function()
    local long = ("wärme 漢字 \240\159\148\169 "):rep(600)
    assert.is_true(#long > 10000)
    local odd = { "a,b", 'say "x"', "it's", "line\nbreak\r\n", "tab\t", "{}", "[1]", "null", "%_",
      "back\\slash", " blank ", "A", long, long .. "x" }
    local list = {}
    for i, tag in ipairs(odd) do list[i] = samples.record { tags = { tag, "all" } } end
    list[#list + 1] = samples.record { tags = odd }
    list[#list + 1] = samples.record { tags = {} }
    save(list)
    for i, tag in ipairs(odd) do
      assert.same({ #odd + 1, i }, found(list, { tags = { tag } }))
      assert.same({ i }, found(list, { tags = { "all", tag } }))
    end
    assert.same({ #odd + 1 }, found(list, { tags = odd }))
    for _, tag in ipairs { "a", "b", "%", "_", "it", "null,", " " } do
      assert.same({}, found(list, { tags = { tag } }))
    end
    assert.equal(#odd + 2, store:count { tags = {} })
    assert.same(odd, { (table.unpack or unpack)(store:get(list[#odd + 1].record_id).tags) })
  end)

  it("counts", function()
    local list = save(samples.records(7, function(i)
      return { provider = i % 2 == 0 and "even" or "odd" }
    end))
    assert.equal(7, store:count())
    assert.equal(3, store:count { provider = "even" })
    assert.equal(0, store:count { provider = "none of them" })
    assert.equal(7, store:count { limit = 2, order = "oldest" })
    assert.equal(2, store:count { from = list[6].created_at })
  end)

  it("refuses what makes no sense, and says what", function()
    for word, filter in pairs {
      ["min_confidence"] = { min_confidence = 1.5 }, ["max_confidence"] = { max_confidence = "x" },
      ["did you mean 'provider'"] = { provder = "x" }, ["limit"] = { limit = 0 },
      ["from 1 to 1000"] = { limit = 1001 }, ["order"] = { order = "best" },
      ["status"] = { status = "done" }, ["64 hexadecimal"] = { image_hash = "abc" },
      ["that month has 28 days"] = { from = "2026-02-30" },
      ["no 2026-13-01"] = { to = "2026-13-01" },
      ["no date"] = { from = "yesterday" }, ["must be before"] = { from = 10, to = 5 },
      ["above max_confidence"] = { min_confidence = 0.9, max_confidence = 0.1 },
      ["cursor"] = { cursor = "nonsense" }, ["tags"] = { tags = { "" } },
      ["no word"] = { text = "-- !" },
      ["20 words"] = { text = "a b c d e f g h i j k l m n o p q r s t u v w x y z" },
    } do
      for _, method in ipairs { "query", "count", "delete" } do
        local ok, err = store[method](store, filter)
        is_refused(ok, err, word)
      end
    end
  end)

  it("takes no text that no record can hold, and none for SQL", function()
    save(samples.records(3))
    for _, name in ipairs { "provider", "model", "settings_key", "request_id", "text", "cursor" } do
      for _, text in ipairs { "a\0b", "\255", "a\195" } do
        for _, method in ipairs { "query", "count", "delete" } do
          local ok, err = store[method](store, { [name] = text })
          is_refused(ok, err, name)
        end
      end
    end
    for _, text in ipairs { "' OR 1 = 1 --", "'; DROP TABLE records; --", '" OR "a', "%", "_",
      "*" } do
      for _, name in ipairs { "provider", "model", "settings_key", "request_id" } do
        assert.equal(0, assert(store:count { [name] = text }))
      end
      assert.equal(0, assert(store:count { tags = { text } }))
      assert.is_false((store:get(text)))
    end
    for _, id in ipairs { "", "a\0b", "\255", ("x"):rep(1e5) } do
      local none, err = store:get(id)
      assert.is_false(none, err and err.message)
    end
    assert.equal(3, assert(store:count()))
  end)
end
