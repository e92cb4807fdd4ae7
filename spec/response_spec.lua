-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local json = require "vision.base.json"
local response = require "vision.response"

local READING = {
  schema = 1, provider = "openai", model = "m", parsed = true, grounding = "picture",
  summary = "A flange", details = { "one" }, confidence = 0.9, drawing = { callouts = {} },
  usage = { input_tokens = 1 }, warnings = { "w" },
}

local function keys(object)
  local names = {}
  for name in pairs(object) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

describe("an answer", function()
  it("has the same keys in JSON when it succeeded and when it failed", function()
    local good = response.to_json(response.success(READING, nil, 12.5))
    local bad = response.to_json(response.failure(errors.new("timeout", "slow"), "openai", 12.5))
    assert.same(keys(good), keys(bad))
    for _, name in ipairs {
      "success", "description", "ocr", "provider", "processing_time_ms", "error", "code",
    } do
      assert.not_nil(good[name], name)
    end
  end)

  it("splits a reading into what it says of the drawing and of itself", function()
    local answer = response.success(READING, nil, 12.5)
    assert.same({
      summary = "A flange", details = { "one" }, confidence = 0.9, drawing = { callouts = {} },
    }, answer.description)
    assert.equal("openai", answer.provider)
    assert.equal("picture", answer.grounding)
    assert.same({ "w" }, answer.warnings)
    assert.is_true(answer.success)
    assert.is_nil(answer.error)
  end)

  it("warns of what both the reading and the OCR warn of once", function()
    local ocr = { provider = "tesseract", warnings = { "w", "x" } }
    assert.same({ "w", "x" }, response.success(READING, ocr, 1).warnings)
    assert.same({ "w", "x" }, response.success(nil, ocr, 1).warnings)
  end)

  it("writes what is absent as null and an empty list as []", function()
    local text = json.encode(response.to_json(response.success({ summary = "s" }, nil, 1)))
    assert.truthy(text:find('"confidence":null', 1, true))
    assert.truthy(text:find('"details":[]', 1, true))
    assert.truthy(text:find('"error":null', 1, true))
    assert.truthy(text:find('"warnings":[]', 1, true))
  end)

  it("says who was asked, why it failed and how to tell by program", function()
    local err = errors.new("rate_limited", "slow down", { provider = "openai", retry_after = 3 })
    local answer = response.failure(err, "anthropic", 1)
    assert.is_false(answer.success)
    assert.equal("openai", answer.provider)
    assert.equal("slow down", answer.error)
    assert.equal("RATE_LIMIT_ERROR", answer.code)
    assert.equal("rate_limited", answer.reason)
    assert.equal(3, answer.retry_after)
    assert.is_true(answer.retryable)
  end)

  it("names who recognised the text where no one described it", function()
    assert.equal("tesseract", response.success(nil, { provider = "tesseract" }, 1).provider)
  end)
end)
