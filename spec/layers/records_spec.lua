-- SPDX-License-Identifier: MIT

local core = require "vision.core"
local errors = require "vision.base.error"
local fake = require "spec.support.fake_provider"
local folder = require "spec.support.folder"
local log = require "vision.base.log"
local pdf = require "spec.support.pdf"
local recording = require "vision.layers.records"
local storage_in_memory = require "vision.records.storage.memory"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local vision = require "vision"

local PAGE = { width = 100, height = 100 }
local THREE_PAGES = pdf.write { PAGE, PAGE, PAGE }

-- The smallest GIF there is; `number` makes another file of it.
local function picture(number)
  return "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;" .. (number or "")
end

local function answer(fields)
  return function(provider)
    local reading = { summary = "answer " .. provider.calls, details = {}, warnings = {},
      provider = "openai", model = "gpt", confidence = 0.9,
      usage = { input_tokens = 100, output_tokens = 10 }, request_id = "req-7",
      trail = { { endpoint = "openai", attempt = 1, seconds = 1 } } }
    for name, value in pairs(fields or {}) do reading[name] = value end
    return reading
  end
end

-- A storage that fails, or takes its time, as it is told.
local function storage_that()
  local inner = storage_in_memory.open()
  local Faulty = setmetatable({}, { __index = inner })
  function Faulty:save(records)
    self.saves = (self.saves or 0) + 1
    if self.seconds then task.sleep(self.seconds) end
    if self.err then return nil, self.err end
    return inner:save(records)
  end
  return Faulty
end

describe("create_persistent_provider", function()
  local said

  before_each(function()
    said = {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
  end)
  after_each(function() log.set_sink(nil) end)

  local function persistent(inner, options)
    return assert(recording.create_persistent_provider(inner, options))
  end

  local function records_of(provider, filter)
    return assert(provider.persistence:query_results(filter)).records
  end

  it("keeps a reading with all that is known of it", virtual.test(function()
    local inner = fake.provider({ function(self)
      task.sleep(2)
      return answer { cost_usd = 0.0125 } (self)
    end }, { name = "openai", model = "m" })
    local provider = persistent(inner, { auto_tag = { "production", "x" } })
    local reading, err, record = provider:analyze_image(picture(), {
      tags = { "urgent", "x" }, file = "a/flange.gif", page = 2 })
    assert.is_nil(err)
    assert.equal("answer 1", reading.summary)
    assert.equal(record.record_id, reading.record_id)
    assert.same({ page = 2, tags = { "production", "x", "urgent", "x" } }, inner.options[1])
    local kept = provider.persistence:get(record.record_id)
    assert.same({ "production", "x", "urgent" }, { kept.tags[1], kept.tags[2], kept.tags[3],
      kept.tags[4] })
    for name, value in pairs { image_hash = core.sha256(picture()), provider = "openai",
      model = "gpt", status = "completed", cached = false, cost_usd = 0.0125,
      processing_time_ms = 2000, request_id = "req-7", page = 2, file = "a/flange.gif" } do
      assert.equal(value, kept[name], name)
    end
    assert.same({ input_tokens = 100, output_tokens = 10 }, kept.usage)
    assert.equal("openai", kept.trail[1].endpoint)
    assert.equal("answer 1", kept.result.summary)
    assert.is_nil(kept.result.usage)
    assert.matches("^engineering_drawing@%x+$", kept.prompt_version)
    assert.equal(64, #kept.settings_key)
  end))

  it("says of which page it is, where it is of one", virtual.test(function()
    local three = THREE_PAGES
    local function page_of(image, options, fields)
      local provider = persistent(fake.provider { answer(fields) })
      local _, _, record = provider:analyze_image(image, options)
      return record.page
    end
    assert.equal(1, page_of(picture()))
    assert.equal(2, page_of(three, { page = 2 }))
    assert.equal(2, page_of(three, { pages = { 2 } }))
    assert.is_nil(page_of(three, { pages = { 2, 3 } }, { sent = { { page = 2 } } }))
    assert.equal(1, page_of(three, nil, { drawing = { sheets = { { page = 1 } } } }))
    assert.equal(1, page_of(three, nil, { sent = { { page = 1 }, { page = 1, part = "tile" } } }))
    assert.is_nil(page_of(three, nil, { sent = { { page = 1 }, { page = 2 } } }))
    assert.is_nil(page_of(three, nil, { sent = { { part = "document" } } }))
    assert.is_nil(page_of(three))
    for _, odd in ipairs { 7, "first", { 7 }, { { page = 0 } }, { { page = "one" } } } do
      assert.is_nil(page_of(three, nil, { sent = odd, drawing = 7 }))
    end
  end))

  it("says of which page a failure is", virtual.test(function()
    local provider = persistent(fake.provider { { reason = "timeout" } })
    local function page_of(image, options)
      local _, _, record = provider:analyze_image(image, options)
      return record.page
    end
    local three = THREE_PAGES
    assert.same({ 1, 3 }, { page_of(picture()), page_of(three, { page = 3 }) })
    assert.is_nil(page_of(three))
    assert.is_nil(page_of(three, { pages = { 1, 2 } }))
  end))

  it("gives each caller a reading of his own", virtual.test(function()
    local one = answer() { calls = 1 }
    local provider = persistent(fake.provider { function() return one end })
    local first, second = provider:analyze_image(picture()), provider:analyze_image(picture())
    assert.is_nil(one.record_id)
    assert.are_not.equal(first.record_id, second.record_id)
  end))

  it("keeps a failure, too", virtual.test(function()
    local step = { reason = "timeout", usage = { input_tokens = 7 } }
    local provider = persistent(fake.provider({ step }, { name = "openai" }))
    local reading, err, record = provider:analyze_image(picture(), { tags = { "t" } })
    assert.is_nil(reading)
    assert.equal("timeout", err.reason)
    local kept = provider.persistence:get(record.record_id)
    assert.same({ "failed", "openai", "timeout", 7, "t" }, { kept.status, kept.provider,
      kept.error.reason, kept.usage.input_tokens, kept.tags[1] })
    assert.is_nil(kept.cost_usd)
  end))

  it("names of several that failed the one that was asked first", virtual.test(function()
    local providers = {}
    for i, name in ipairs { "openai", "anthropic" } do
      providers[i] = fake.provider({ { reason = "overloaded" } },
        { name = name, endpoint_name = name .. "/m" })
    end
    local provider = persistent(assert(vision.create_failover_provider(providers)))
    local record = select(3, provider:analyze_image(picture()))
    assert.same({ "openai", "m", "overloaded" }, { record.provider, record.model,
      record.error.reason })
    assert.equal(2, #record.trail)
  end))

  it("says that a failure cost nothing only where nobody can have worked", virtual.test(function()
    local provider = persistent(fake.provider { { reason = "timeout" }, { reason = "auth" },
      { reason = "refused_connection" }, { reason = "missing_key" } })
    local costs = {}
    for i = 1, 4 do
      costs[i] = select(3, provider:analyze_image(picture())).cost_usd or "unknown"
    end
    assert.same({ "unknown", 0, 0, 0 }, costs)
  end))

  it("knows that a failure on this machine cost nothing", virtual.test(function()
    local function cost_of(trail)
      local inner = fake.provider { answer() }
      function inner.analyze_image()
        return nil, errors.new("timeout", "too late", { trail = trail })
      end
      return select(3, persistent(inner):analyze_image(picture())).cost_usd
    end
    local own = { endpoint = "local", reason = "timeout", attempt = 1, seconds = 1 }
    local other = { endpoint = "openai/gpt", reason = "timeout", attempt = 1, seconds = 1 }
    assert.equal(0, cost_of { own })
    assert.is_nil(cost_of { other, own })
  end))

  it("keeps what is no picture under the digest of its bytes", virtual.test(function()
    local provider = persistent(assert(vision.create_vision_provider "stub"))
    local _, err, record = provider:analyze_image "no picture"
    assert.equal("unsupported_format", err.reason)
    assert.equal(core.sha256 "no picture", record.image_hash)
    assert.equal(0, record.cost_usd)
  end))

  it("does not keep who was stopped, nor where nothing was asked", virtual.test(function()
    local provider = persistent(fake.provider { { seconds = 10 } })
    local call = task.spawn(function() return provider:analyze_image(picture()) end)
    task.sleep(1)
    call:cancel()
    call:join()
    provider:analyze_image(picture(), { include_description = false })
    assert.equal(0, provider.persistence:count())
  end))

  it("keeps the stub's answer in the place of another as a failure", virtual.test(function()
    local provider = persistent(fake.provider { answer { grounding = "none", provider = "stub",
      fallback_from = "openai", trail = { { endpoint = "openai", reason = "billing" } } } })
    local reading, _, record = provider:analyze_image(picture())
    assert.equal("answer 1", reading.summary)
    assert.is_nil(reading.record_id)
    assert.same({ "failed", "openai", "billing" }, { record.status, record.provider,
      record.error.reason })
    assert.is_nil(record.result)
    -- asked for by name it is what was wanted
    provider = persistent(assert(vision.create_vision_provider "stub"))
    reading, _, record = provider:analyze_image(picture())
    assert.equal(reading.record_id, record.record_id)
    assert.same({ "completed", 0 }, { record.status, record.cost_usd })
  end))

  it("marks what came from a cache, which cost nothing and saved something", virtual.test(function()
    local cached = vision.create_cached_provider(fake.provider { answer { cost_usd = 0.5 } })
    local provider = persistent(cached)
    provider:analyze_image(picture())
    local reading = provider:analyze_image(picture())
    assert.is_true(reading.cached)
    local list = records_of(provider)
    assert.same({ true, 0, 0.5 }, { list[1].cached, list[1].cost_usd, list[1].saved_usd })
    assert.same({ false, 0.5 }, { list[2].cached, list[2].cost_usd })
    local sums = provider.persistence:open():sums { from = 0, to = 900 * 1e7, every = 900 * 1e7 }[1]
    assert.same({ 2, 1, 500000, 500000, 100 }, { sums.requests, sums.cached, sums.cost_micro_usd,
      sums.saved_micro_usd, sums.input_tokens })
  end))

  it("counts where the readers of a consensus part", virtual.test(function()
    local provider = persistent(fake.provider { answer { drawing = {
      callouts = { { text = "Ø6" }, { text = "M8", alternatives = { { text = "M3" } } } },
      unconfirmed = { { text = "R5" } } } } })
    assert.equal(2, (select(3, provider:analyze_image(picture()))).disagreements)
  end))

  describe("with a store that is down", function()
    it("returns the reading with a warning, and says so once", virtual.test(function()
      local store = storage_that()
      store.err = errors.new("internal", "no connection")
      local inner = fake.provider { answer() }
      local provider = persistent(inner, { storage = store })
      for _ = 1, 3 do
        local reading, err, record = provider:analyze_image(picture())
        assert.is_nil(err)
        assert.is_nil(record)
        assert.is_nil(reading.record_id)
        assert.same({ "this result was not stored: no connection" }, { reading.warnings[1] })
      end
      store.err = nil
      local reading = provider:analyze_image(picture())
      assert.is_string(reading.record_id)
      assert.same({}, { reading.warnings[1] })
      store.err = errors.new("internal", "gone again")
      provider:analyze_image(picture())
      assert.same({ "results are not stored: no connection", "results are not stored: gone again" },
        said)
    end))

    it("is an error where storing is required, and holds the reading", virtual.test(function()
      local store = storage_that()
      store.err = errors.new("internal", "no connection")
      local provider = persistent(fake.provider { answer() }, { storage = store, required = true })
      local reading, err = provider:analyze_image(picture())
      assert.is_nil(reading)
      assert.matches("could not be stored: no connection", err.message)
      assert.equal("answer 1", err.reading.summary)
    end))

    it("passes the failure of an analysis on as it is", virtual.test(function()
      local store = storage_that()
      store.err = errors.new("internal", "no connection")
      local provider = persistent(fake.provider { { reason = "billing" } }, { storage = store })
      assert.equal("billing", select(2, provider:analyze_image(picture())).reason)
    end))

    it("tries to open it once for many, and again after some seconds", virtual.test(function()
      local provider = persistent(fake.provider { answer() }, { store = "memory:" })
      local storage, opened = require "vision.records.storage", 0
      local open = storage.open
      finally(function() storage.open = open end)
      storage.open = function(url)
        opened = opened + 1
        task.sleep(1)
        if opened == 1 then return nil, errors.new("internal", "not there") end
        return open(url)
      end
      local function all()
        local calls = {}
        for i = 1, 5 do calls[i] = function() return provider:analyze_image(picture(i)) end end
        return task.gather(calls)
      end
      for _, result in ipairs(all()) do assert.matches("not there", result[1].warnings[1]) end
      for _, result in ipairs(all()) do assert.matches("not there", result[1].warnings[1]) end
      assert.equal(1, opened)
      task.sleep(5)
      for _, result in ipairs(all()) do assert.is_string(result[1].record_id) end
      assert.equal(2, opened)
    end))
  end)

  it("stores what was read also for one who is stopped meanwhile", virtual.test(function()
    local store = storage_that()
    store.seconds = 5
    local provider = persistent(fake.provider { answer() }, { storage = store })
    local call = task.spawn(function() return provider:analyze_image(picture()) end)
    task.sleep(1)
    call:cancel()
    assert.equal("answer 1", call:join().summary)
    assert.equal(0, provider.persistence:count())
    provider.persistence:flush()
    assert.equal(1, provider.persistence:count())
    assert.same({}, said)
  end))

  describe("as a stream", function()
    it("gives the last event when the record is there", virtual.test(function()
      local provider = persistent(fake.provider { answer() })
      local seen, last = fake.follow(provider:analyze_image_stream(picture(), { tags = { "s" } }))
      assert.same({ "start", "partial", "complete" }, seen)
      local record = provider.persistence:get(last.data.result.record_id)
      assert.same({ "completed", "s" }, { record.status, record.tags[1] })
    end))

    it("keeps a failure and what broke off, and not what was left", virtual.test(function()
      local provider = persistent(fake.provider { { reason = "timeout" }, { cut = true,
        reason = "network" }, { seconds = 1 } })
      fake.follow(provider:analyze_image_stream(picture()))
      fake.follow(provider:analyze_image_stream(picture()))
      local events = provider:analyze_image_stream(picture())
      events()
      events:close()
      local list = records_of(provider)
      assert.same({ "cut_stream", "timeout" }, { list[1].error.reason, list[2].error.reason })
      assert.equal(2, #list)
    end))

    it("ends with an error where storing is required", virtual.test(function()
      local store = storage_that()
      store.err = errors.new("internal", "no connection")
      local provider = persistent(fake.provider { answer() }, { storage = store, required = true })
      local seen, last = fake.follow(provider:analyze_image_stream(picture()))
      assert.same({ "start", "partial", "error" }, seen)
      assert.matches("no connection", last.data.error.message)
    end))
  end)

  describe("with resume", function()
    it("does not ask again what was read with the same words", virtual.test(function()
      local inner = fake.provider { answer() }
      local provider = persistent(inner, { resume = true })
      local first = provider:analyze_image(picture())
      local again, _, record = provider:analyze_image(picture())
      assert.equal(1, inner.calls)
      assert.same({ true, true, first.record_id, "answer 1" },
        { again.resumed, again.cached, again.record_id, again.summary })
      assert.equal(first.record_id, record.record_id)
      assert.equal(1, provider.persistence:count())
      local _, last = fake.follow(provider:analyze_image_stream(picture()))
      assert.is_true(last.data.result.resumed)
      provider:analyze_image(picture(), { page = 2 })
      provider:analyze_image(picture(2))
      provider:analyze_image(picture(), { timeout_seconds = 5, tags = { "u" }, file = "renamed" })
      assert.equal(3, inner.calls)
    end))

    it("asks nothing while nobody knows what is there: it may be paid for already",
      virtual.test(function()
        local store = storage_that()
        local inner = fake.provider { answer() }
        local provider = persistent(inner, { storage = store, resume = true })
        provider:analyze_image(picture())
        local query = store.query
        function store.query() return nil, errors.new("store_unavailable", "gone") end
        local reading, err = provider:analyze_image(picture())
        assert.same({ nil, "store_unavailable", 1 }, { reading, err.reason, inner.calls })
        store.query = query
        assert.is_true(provider:analyze_image(picture()).resumed)
      end))

    it("asks again what failed", virtual.test(function()
      local inner = fake.provider { { reason = "timeout" }, answer() }
      local provider = persistent(inner, { resume = true })
      provider:analyze_image(picture())
      assert.equal("answer 2", provider:analyze_image(picture()).summary)
      assert.equal("answer 2", provider:analyze_image(picture()).summary)
      assert.equal(2, inner.calls)
    end))
  end)

  it("keeps pictures only where that was asked for, and forgets them, too", function()
    folder.with(function(path)
      local provider = persistent(fake.provider { answer() }, { keep_pictures = path })
      local image = picture "picture"
      local name = ("%s/%s.gif"):format(path, core.sha256(image))
      assert(provider:analyze_image(image))
      assert(provider:analyze_image(image))
      assert.equal(image, io.open(name, "rb"):read "*a")
      local mode = io.popen("stat -c %a '" .. name .. "'")
      assert.equal("600", mode:read "*l")
      mode:close()
      assert.equal(2, provider:delete_picture(core.sha256(image)))
      assert.is_nil((io.open(name)))
      provider = persistent(fake.provider { answer() }, { keep_pictures = path .. "/not there" })
      assert.matches("picture cannot be kept", provider:analyze_image(image).warnings[1])
    end)
  end)

  it("says what is wrong with its options", function()
    local inner = fake.provider()
    for said_of_it, options in pairs {
      ["auto_tag' must be a list of texts"] = { auto_tag = { "" } },
      ["keep_pictures"] = { keep_pictures = true }, ["did you mean 'store'"] = { stoer = "x" },
      ["'store' is a matter of the persistence"] = { store = "memory:",
        persistence = assert(vision.ResultPersistence.new()) },
      ["max_age_days"] = { max_age_days = 0 },
      ["either store or storage"] = { store = "memory:", storage = storage_that() },
    } do
      local provider, err = recording.create_persistent_provider(inner, options)
      assert.is_nil(provider)
      assert.matches(said_of_it, err.message, 1, true)
    end
    local _, err = persistent(inner):analyze_image(picture(), { tags = "t" })
    assert.matches("tags", err.message)
    assert.equal(0, inner.calls)
  end)
end)
