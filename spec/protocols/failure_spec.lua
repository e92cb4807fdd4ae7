-- SPDX-License-Identifier: MIT
local failure = require "vision.protocols.failure"
local outcome = require "vision.protocols.outcome"

describe("failure.of_response", function()
  local function of(status, body, headers, secret)
    return failure.of_response({ status = status, body = body, headers = headers or {} }, secret)
  end

  it("never shows a key", function()
    local err = of(401, '{"error":{"message":"bad key a.b-c%d+4 and sk-proj-12*34 here"}}', nil,
      "a.b-c%d+4")
    assert.equal("HTTP 401: bad key [key] and [key] here", err.message)
  end)

  it("leaves words alone that only stand where a key is wanted", function()
    local err = of(401, '{"error":{"message":"check the key"}}', nil, "k")
    assert.equal("HTTP 401: check the key", err.message)
  end)

  it("bounds and cleans what a provider says", function()
    local err = of(500, '{"error":"' .. ("ab\\n\\u0000"):rep(5000) .. '"}')
    assert.is_true(#err.message < 450)
    assert.is_nil(err.message:find "%c")
    assert.equal("HTTP 500: \239\191\189", of(500, "\255").message)
    assert.equal("HTTP 502: a page of HTML ('Bad gateway')",
      of(502, "<html><title>\nBad gateway </title></html>").message)
    assert.equal("HTTP 503 without a word", of(503, "").message)
    assert.equal("HTTP 500 without a word", of(500, " \n").message)
  end)

  it("takes any JSON for an answer", function()
    for _, body in ipairs { "null", "5", "[]", "{}", '"text"', '{"error":null}', '{"error":5}',
      '{"error":{}}', '[{"error":{}}]', '{"error":{"message":5,"code":{},"type":[]}}' } do
      assert.equal("server_error", of(500, body).reason)
      assert.equal("bad_request", of(400, body).reason)
    end
  end)

  it("never takes a bill that is due for a limit of rate", function()
    for _, code in ipairs { "insufficient_quota", "credit_balance_exhausted",
      "organization_spend_limit_exceeded", "project_spend_limit_exceeded",
      "organization_usage_limit_exceeded" } do
      local err = of(429, ('{"error":{"message":"m","type":"t","code":"%s"}}'):format(code))
      assert.same({ code, "billing", false }, { code, err.reason, err.retryable })
    end
    for _, code in ipairs { "enforced_spend_limit_reached", "contract_spend_limit_reached" } do
      local err = of(429, ('{"type":"error","error":{"type":"rate_limit_error","message":"m",'
        .. '"details":{"error_code":"%s"}}}'):format(code))
      assert.same({ code, "billing", false }, { code, err.reason, err.retryable })
    end
  end)

  it("knows which statuses are worth another try", function()
    for status, retryable in pairs { [400] = false, [401] = false, [402] = false, [403] = false,
      [404] = false, [408] = true, [409] = true, [413] = false, [422] = false, [429] = true,
      [500] = true, [503] = true, [504] = true, [529] = true } do
      assert.same({ status, retryable }, { status, of(status, "").retryable })
    end
  end)

  it("waits as the headers say, the finer one first", function()
    assert.equal(1.5, of(429, "", { ["retry-after-ms"] = "1500", ["retry-after"] = "9" })
      .retry_after)
    assert.equal(9, of(429, "", { ["retry-after"] = "9" }).retry_after)
    assert.is_nil(of(429, "", { ["retry-after"] = "soon", ["retry-after-ms"] = "-1" }).retry_after)
  end)

  it("lets the server's word on retrying count only where the provider failed", function()
    assert.is_false(of(500, "", { ["x-should-retry"] = "false" }).retryable)
    assert.is_true(of(502, "", { ["x-should-retry"] = "maybe" }).retryable)
    assert.is_false(of(400, "", { ["x-should-retry"] = "true" }).retryable)
    assert.is_false(of(402, "", { ["x-should-retry"] = "true" }).retryable)
  end)

  it("finds none in an answer without one", function()
    assert.is_nil(failure.of_body { choices = {} })
    assert.is_nil(failure.of_body(nil))
    assert.equal("overloaded", failure.of_body({ type = "error",
      error = { type = "overloaded_error", message = "Overloaded" } }).reason)
  end)
end)

describe("outcome.judge", function()
  it("passes a good answer on", function()
    for _, finish in ipairs { "stop", "end_turn", "stop_sequence", "tool_use" } do
      local answer = { text = "x", finish = finish }
      assert.equal(answer, outcome.judge(answer))
    end
  end)

  it("keeps the usage of a bad one", function()
    local usage = { input_tokens = 1 }
    local none, err = outcome.judge { text = "", finish = "stop", usage = usage }
    assert.is_nil(none)
    assert.equal("blank", err.reason)
    assert.equal(usage, err.usage)
  end)
end)
