-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local errors = require "vision.base.error"
local events = require "vision.webhooks.events"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local virtual = require "spec.support.virtual"

local Type = events.WebhookEventType

local function payload_of(payload)
  local event = events.new(Type.ANALYSIS_COMPLETED, payload)
  assert.is_true(#event.body <= events.BODY_MAX)
  return json.decode(event.body).payload, event.body
end

describe("webhook events", function()
  it("have the body of the description", function()
    virtual.new({ wall = 1705314600.9 }):run(function()
      local event = events.new(Type.ANALYSIS_COMPLETED, {
        request_id = "req-456", provider = "openai", elapsed_ms = 1234.5,
        result = { summary = "Engineering drawing analysis...", confidence = 0.92 },
      }, "req-456")
      assert.equal(('{"event_id":"%s","event_type":"analysis.completed","payload":'
        .. '{"elapsed_ms":1234.5,"provider":"openai","request_id":"req-456","result":'
        .. '{"confidence":0.92,"summary":"Engineering drawing analysis..."}},'
        .. '"timestamp":"2024-01-15T10:30:00Z"}'):format(event.event_id), event.body)
      assert.same({ "req-456", "analysis.completed" }, { event.subject, event.event_type })
      assert.near(1705314600.9, event.created_at, 1e-3)
    end)
  end)

  it("differ by their id, and are their own subject where none is given", function()
    local one, other = events.new(Type.WEBHOOK_TEST, {}), events.new(Type.WEBHOOK_TEST, {})
    assert.not_equal(one.event_id, other.event_id)
    assert.equal(one.event_id, one.subject)
    assert.matches("^%x+$", one.event_id)
  end)

  it("are the seven of the description, and ours", function()
    assert.is_true(events.is_type "batch.progress")
    assert.is_true(events.is_type "consensus.disagreement")
    assert.is_false(events.is_type "analysis")
    assert.is_false(events.is_type(nil))
    assert.equal(12, #events.TYPES)
  end)

  it("hold no picture", function()
    local picture = assert(core.image_from_bytes(pictures.png_of(4, 4, 2, ("\17\200a"):rep(1000))))
    local said = payload_of { image = picture, list = { picture, "kept" }, call = print, n = 1 }
    assert.same({ list = { "kept" }, n = 1 }, said)
  end)

  it("say what JSON cannot say not at all", function()
    local said = payload_of { inf = math.huge, nan = 0 / 0, [1.5] = "x", yes = true, no = false,
      null = json.null, empty = json.array {} }
    assert.same({ yes = true, no = false, empty = {} }, said)
  end)

  it("are no deeper and no longer than their bounds", function()
    local deep, loop = { v = 1 }, {}
    for _ = 1, 50 do deep = { d = deep } end
    loop.again = loop
    local wide = {}
    for i = 1, 5000 do wide["field" .. i] = ("ä"):rep(200) end
    local many = {}
    for i = 1, 100000 do many[i] = i end
    local said, body = payload_of { deep = deep, loop = loop, wide = wide, many = many,
      text = ("ü\0"):rep(100000) }
    assert.is_true(#body < events.BODY_MAX)
    assert.is_nil(core.utf8_error(body))
    assert.equal(1, said.many[1])
    assert.matches(" …$", said.text)
  end)

  it("are cut between two characters", function()
    for length = 3990, 4010 do
      local said = payload_of { text = ("a"):rep(length - 3990) .. ("€"):rep(1400) }
      assert.is_nil(said.text:find("\239\191\189", 1, true)) -- U+FFFD
    end
  end)

  it("say of a reading what a person would want first, and nothing of its drawing", function()
    local result = events.result_of { summary = "s", details = { "d" }, confidence = 0.5,
      model = "m", usage = { input_tokens = 5 }, sent = { {} }, trail = {}, record_id = "r",
      drawing = { callouts = { {} }, title_block = { title = "FLANGE", revision = "B",
        owner = "ACME" } } }
    assert.same({ summary = "s", details = { "d" }, confidence = 0.5, model = "m", record_id = "r",
      title_block = { title = "FLANGE", revision = "B" } }, result)
  end)

  it("say of a failure its code, reason and message", function()
    local err = errors.new("rate_limited", "too many", { provider = "openai", cause = {} })
    assert.same({ code = "RATE_LIMIT_ERROR", reason = "rate_limited", message = "too many",
      retryable = true, provider = "openai" }, events.error_of(err))
  end)
end)
