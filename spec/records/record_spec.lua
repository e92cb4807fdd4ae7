-- SPDX-License-Identifier: MIT

local errors = require "vision.base.error"
local records = require "vision.records.record"
local samples = require "spec.support.record_samples"
local ulid = require "vision.records.ulid"
local virtual = require "spec.support.virtual"

describe("a record", function()
  it("is filled in where nothing is said", function()
    local world = virtual.new { wall = 1793491200.12345 }
    world:run(function()
      local one = assert(records.make { image_hash = samples.hash(1), provider = "openai",
        result = samples.reading(), processing_time_ms = 5, tags = { "a", "b", "a" } })
      assert.equal(1793491200.123, one.created_at)
      assert.equal(26, #one.record_id)
      assert.same({ "completed", false }, { one.status, one.cached })
      assert.same({ "a", "b" }, { one.tags[1], one.tags[2], one.tags[3] })
    end)
  end)

  it("of a failure has its code, reason and message, and nothing else of it", function()
    local err = errors.new("timeout", "too late \255", { provider = "openai", cause = print })
    local one = assert(records.make { image_hash = samples.hash(1), provider = "openai",
      error = err, processing_time_ms = 5, file = "r\246hre.pdf" })
    assert.equal("failed", one.status)
    assert.same({ code = "EXTERNAL_SERVICE_ERROR", reason = "timeout",
      message = "too late \239\191\189" }, one.error)
    assert.equal("r\239\191\189hre.pdf", one.file)
  end)

  it("has the fields of the description in JSON, unknown ones as null", function()
    local text = assert(records.to_json(samples.record { cost_usd = "none", tags = {},
      created_at = 1793491200.5 }))
    assert.matches('"cost_usd":null', text, 1, true)
    assert.matches('"tags":[]', text, 1, true)
    assert.matches('"created_at":"2026-11-01T00:00:00.500Z"', text, 1, true)
    assert.is_nil(text:find "\n")
  end)

  it("says what is wrong with it", function()
    for said, fields in pairs {
      ["image_hash is none: 'abc'"] = { image_hash = "abc" },
      ["record_id is none"] = { record_id = "1" },
      ["created_at must be a number"] = { created_at = "x" },
      ["cost_usd must be a number from 0"] = { cost_usd = -1 },
      ["processing_time_ms must be"] = { processing_time_ms = 0 / 0 },
      ["field 'colour' is none"] = { colour = "red" },
      ["tags must be a table"] = { tags = "a" }, ["tags[1] must be"] = { tags = { 5 } },
      ["tags[x] must be"] = { tags = { x = "y" } },
      ["tags[1] is not valid UTF-8"] = { tags = { "\255" } },
      ["the most is 16384"] = { tags = { ("x"):rep(20000) } },
      ["provider is not valid UTF-8"] = { provider = "a\0b" },
      ["status must be"] = { status = "failed" },
      ["error has no message"] = { status = "failed", error = { reason = "timeout" } },
    } do
      local one = samples.record()
      for name, value in pairs(fields) do one[name] = value end
      local ok, err = records.check(one)
      assert.is_nil(ok, said)
      assert.equal("input", err.reason)
      assert.matches(said, err.message, 1, true)
    end
    local many = {}
    for i = 1, 101 do many[i] = "t" .. i end
    assert.matches("tags are 101", select(2, records.check_tags(many)).message)
    local lacking = samples.record()
    lacking.provider = nil
    assert.matches("provider is missing", select(2, records.check(lacking)).message)
  end)

  it("is bounded, and holds what can be written down", function()
    local _, err = records.to_json(samples.record { result = samples.reading {
      summary = ("x"):rep(records.MAX_BYTES) } })
    assert.equal("too_large", err.reason)
    _, err = records.to_json(samples.record { result = samples.reading { details = { print } } })
    assert.equal("input", err.reason)
  end)

  it("is not made of any JSON", function()
    for text, reason in pairs {
      ["{"] = "invalid_json", ["5"] = "input", ["null"] = "input", ["{}"] = "input",
      ['{"created_at":"2026-02-30T00:00:00.000Z"}'] = "input", ["[[]]"] = "input",
    } do
      local one, err = records.from_json(text)
      assert.is_nil(one)
      assert.equal(reason, err.reason, text)
    end
  end)
end)

describe("the name of a record", function()
  it("sorts by time, and as it was made within a millisecond", function()
    local list = {}
    for i = 1, 1000 do list[i] = ulid.new(1.7e9 + math.floor(i / 100) / 1000) end
    for i = 2, #list do assert.is_true(list[i - 1] < list[i]) end
    for _, name in ipairs(list) do assert.matches(ulid.PATTERN, name) end
  end)

  it("holds the time in its first ten letters", function()
    assert.equal("01ARYZ6S41", ulid.new(1469918176.385):sub(1, 10)) -- of the ULID specification
  end)
end)
