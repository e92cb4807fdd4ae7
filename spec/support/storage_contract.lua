-- SPDX-License-Identifier: MIT
-- What every storage of records must do (vision.RecordStorage), as specs:
--
--   describe("records in memory", function()
--     contract(function() return assert(memory.open()) end)
--   end)
--
-- `open` gives a storage with nothing in it; it is closed after each test.

local assert = require "luassert"
local busted = require "busted"
local chance = require "spec.support.chance"
local filter_of = require "vision.records.filter"
local records = require "vision.records.record"
local rollup = require "vision.records.rollup"
local samples = require "spec.support.record_samples"
local words = require "vision.records.words"

local it, describe = busted.it, busted.describe

local store

local function ids(list)
  local found = {}
  for i, record in ipairs(list) do found[i] = record.record_id end
  return found
end

local function save(list)
  assert.is_true(assert(store:save(list)))
  return list
end

-- The numbers, in the order of `list`, of what a query finds.
local function found(list, filter)
  local number = {}
  for i, record in ipairs(list) do number[record.record_id] = i end
  local page = assert(store:query(filter))
  local numbers = {}
  for i, record in ipairs(page.records) do numbers[i] = number[record.record_id] or "stranger" end
  return numbers, page.next_cursor
end

-- All pages of a query.
local function all_pages(filter, between)
  local list, pages, cursor = {}, 0, nil
  repeat
    local asked = { cursor = cursor }
    for name, value in pairs(filter) do asked[name] = value end
    local page = assert(store:query(asked))
    for _, record in ipairs(page.records) do list[#list + 1] = record.record_id end
    cursor, pages = page.next_cursor, pages + 1
    if between then between(pages) end
    assert.is_true(pages < 1000)
  until not cursor
  return list, pages
end

local function is_refused(ok, err, word)
  assert.is_nil(ok)
  assert.equal("invalid_option", err.reason)
  assert.matches(word, err.message, 1, true)
end

-- ---- saving and getting ----

local function saving()
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

-- ---- filters ----

local function filters()
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

-- ---- text ----

local function text_search()
  it("finds whole words of what was read, in any case", function()
    local function read(fields)
      fields.summary, fields.details = fields.summary or "", fields.details or {}
      return samples.record { file = "sheet.pdf", result = samples.reading(fields) }
    end
    local list = save {
      read { summary = "Flange with FOUR holes" },
      read { details = { "thread M8x1", "Bohrung Ø19,9 h7" } },
      read { drawing = { title_block = { title = "Wärmetauscher", drawing_number = "4711-02" },
        notes = { "Break all sharp edges." }, callouts = { { text = "4x Ø6,6" } },
        missing = { "surface finish" } } },
      samples.record { file = "drawings/Pump_flange.pdf", error = samples.failure() },
    }
    for text, numbers in pairs {
      flange = { 4, 1 }, FLANGE = { 4, 1 }, ["four flange"] = { 1 }, m8x1 = { 2 },
      ["M8X1"] = { 2 }, ["Ø19"] = { 2 }, ["ø19,9"] = { 2 }, ["bohrung thread"] = { 2 },
      ["WÄRMETAUSCHER"] = { 3 },
      ["4711-02"] = { 3 }, ["sharp edges"] = { 3 }, ["Ø6"] = { 3 }, pump = { 4 },
      pdf = { 4, 3, 2, 1 }, ["pump holes"] = {}, flang = {}, lange = {}, nothing = {},
      finish = {}, diameter = {}, ["\" OR *"] = {}, ["flange NOT four"] = {},
      ["holes four"] = { 1 },
    } do
      assert.same(numbers, found(list, { text = text }), text)
    end
    assert.same({ 4 }, found(list, { text = "flange", status = "failed" }))
    assert.equal(2, store:count { text = "flange" })
    assert.equal(1, store:delete { text = "wärmetauscher" })
    assert.equal(2, store:count { text = "flange" })
    assert.equal(0, store:count { text = "4711" })
  end)

  it("finds in the newest that were saved after a search", function()
    for i = 1, 3 do
      save { samples.record { result = samples.reading { summary = "word" .. i } } }
      assert.equal(1, store:count { text = "word" .. i })
    end
  end)

  it("lets any bytes of text in and finds none by accident", function()
    save { samples.record { result = samples.reading {
      summary = "nul\0byte \1\2 \239\191\189 \239\187\191bom", details = { ("x"):rep(100000) } } } }
    assert.equal(1, store:count())
    assert.equal(1, store:count { text = "nul byte" })
    assert.equal("nul\0byte", store:query().records[1].result.summary:sub(1, 8))
  end)
end

-- ---- pages ----

local function pages()
  it("sorts by time, then id, from either end", function()
    local at = samples.START + 1e6
    local list = samples.records(6, function(i) return { created_at = at + math.floor(i / 3) } end)
    local mixed = { list[4], list[1], list[6], list[3], list[2], list[5] }
    save(mixed)
    assert.same({ 6, 5, 4, 3, 2, 1 }, found(list))
    assert.same({ 1, 2, 3, 4, 5, 6 }, found(list, { order = "oldest" }))
    assert.same({ 1, 2 }, found(list, { order = "oldest", limit = 2 }))
  end)

  it("gives every record once, in pages of any size, from either end", function()
    local at = samples.START + 2e6
    local list = save(samples.records(23, function(i)
      return { created_at = at + math.floor(i / 5) / 1000, provider = i % 4 == 0 and "p" or "q" }
    end))
    local forth = ids(list)
    local back = {}
    for i = 1, #forth do back[i] = forth[#forth + 1 - i] end
    for _, limit in ipairs { 1, 4, 23, 24 } do
      local got, count = all_pages { limit = limit }
      assert.same(back, got)
      assert.equal(math.ceil(23 / limit), count)
      assert.same(forth, (all_pages { limit = limit, order = "oldest" }))
    end
    assert.same(5, #all_pages { limit = 2, provider = "p" })
  end)

  it("neither repeats nor leaves out one while others come and go", function()
    local list = save(samples.records(40))
    local got = all_pages({ limit = 7 }, function(page)
      save(samples.records(3))
      if page == 1 then -- the very record that the cursor stands on
        assert.equal(1, store:delete { image_hash = list[34].image_hash })
      end
    end)
    local seen = {}
    for _, id in ipairs(got) do
      assert.is_nil(seen[id])
      seen[id] = true
    end
    for _, record in ipairs(list) do assert.is_true(seen[record.record_id]) end
    got = all_pages({ limit = 7, order = "oldest" }, function(page)
      if page < 4 then save { samples.record() } end
    end)
    assert.equal(store:count(), #got)
  end)

  it("refuses a cursor of the other order", function()
    save(samples.records(2))
    local cursor = store:query({ limit = 1 }).next_cursor
    local ok, err = store:query { cursor = cursor, order = "oldest" }
    is_refused(ok, err, "order = 'newest'")
  end)

  it("gives pages of 50 where nothing is said", function()
    save(samples.records(51))
    local page = store:query()
    assert.equal(50, #page.records)
    assert.is_string(page.next_cursor)
    assert.equal(1, #store:query({ cursor = page.next_cursor }).records)
    assert.is_nil(store:query({ cursor = page.next_cursor }).next_cursor)
    assert.equal(51, #store:query({ limit = 1000 }).records)
  end)
end

-- ---- deleting ----

local function deleting()
  it("deletes what matches, and only that", function()
    local list = save(samples.records(6, function(i)
      return { provider = i < 3 and "a" or "b", tags = { "x", i == 6 and "y" or nil } }
    end))
    assert.equal(2, store:delete { provider = "a" })
    assert.equal(0, store:delete { provider = "a" })
    assert.same({ 6, 5, 4, 3 }, found(list))
    assert.is_false(store:get(list[1].record_id))
    assert.equal(1, store:delete { tags = { "y" } })
    assert.equal(1, store:delete { image_hash = list[3].image_hash })
    assert.same({ 5, 4 }, found(list))
    assert.equal(2, store:delete())
    assert.equal(0, store:count())
  end)

  it("deletes the oldest or the newest few", function()
    local list = save(samples.records(10))
    assert.equal(3, store:delete { order = "oldest", limit = 3 })
    assert.equal(2, store:delete { limit = 2 })
    assert.same({ 8, 7, 6, 5, 4 }, found(list))
    assert.equal(2, store:delete { to = list[6].created_at })
    assert.same({ 8, 7, 6 }, found(list))
  end)

  it("takes a record again that was deleted", function()
    local list = save(samples.records(1))
    store:delete()
    save(list)
    assert.same({ 1 }, found(list))
    assert.equal(1, store:count { text = "flange" })
  end)
end

-- ---- rollups ----

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

local function scan(list)
  return rollup.of_all(list)
end

local function rollups()
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

-- ---- all together, by chance ----

local PERIOD = { from = DAY.from, to = DAY.from + 10 * 86400 }

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
  local expected = scan(list)
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

local function property()
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

--- Describes all of it, for one kind of storage.
---@param open fun(): vision.RecordStorage
return function(open)
  describe("as a storage of records", function()
    busted.before_each(function() store = open() end)
    busted.after_each(function() store:close() end)

    describe("saving", saving)
    describe("filters", filters)
    describe("text", text_search)
    describe("pages", pages)
    describe("deleting", deleting)
    describe("rollups", rollups)
    describe("by chance", property)
  end)
end
