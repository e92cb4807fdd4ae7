-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"

describe("an error", function()
  it("carries what its reason says", function()
    local fields = { provider = "openai", status = 429, retry_after = 2 }
    local err = errors.new("rate_limited", "too many requests", fields)
    assert.equal("RATE_LIMIT_ERROR", err.code)
    assert.equal("RateLimitError", err.class)
    assert.equal("provider", err.fault)
    assert.equal(429, err.http_status)
    assert.is_true(err.retryable)
    assert.equal(2, err.retry_after)
  end)

  it("reads well", function()
    local missing = errors.new("not_found", "no such file: a.png")
    assert.equal("no such file: a.png (not_found)", tostring(missing))
    assert.equal("openai: too many requests (rate_limited)",
      tostring(errors.new("rate_limited", "too many requests", { provider = "openai" })))
  end)

  it("honours the hierarchy", function()
    local err = errors.new("rate_limited", "x")
    for _, class in ipairs { "RateLimitError", "VisionProviderError", "VisionError" } do
      assert.is_true(errors.is(err, class))
    end
    assert.is_false(errors.is(err, "VisionInputError"))
    assert.is_false(errors.is(err, "CircuitOpenError"))
    assert.is_true(errors.is(err))
    assert.is_false(errors.is("text"))
    assert.is_false(errors.is({ reason = "input" }))
  end)

  it("comes out of what the core returns, in place", function()
    local core = { reason = "timeout", message = "no answer within 60 s" }
    local err = errors.from(core, { provider = "openai" })
    assert.equal(core, err)
    assert.is_true(errors.is(err, "VisionProviderError"))
    assert.equal("EXTERNAL_SERVICE_ERROR", err.code)
    assert.equal("anthropic", errors.from(err, { provider = "anthropic" }).provider)
  end)

  it("comes out of a caught text and of an unknown reason as an internal one", function()
    assert.equal("INTERNAL_ERROR", errors.from("boom").code)
    local err = errors.from { reason = "unheard_of", message = "boom" }
    assert.equal("internal", err.reason)
    assert.truthy(err.message:find("unheard_of", 1, true))
  end)

  it("is misuse with an unknown reason or class", function()
    assert.has_error(function() errors.new("unheard_of", "x") end)
    assert.has_error(function() errors.is({}, "NoSuchError") end)
  end)

  it("bounds its message, between two characters", function()
    local err = errors.new("server_error", ("ä"):rep(5000))
    assert.equal(("ä"):rep(2047) .. " … (10000 bytes in all)", err.message)
    assert.is_true(#errors.from(("x"):rep(1e6)).message < 4200)
    assert.equal(("x"):rep(4096), errors.new("internal", ("x"):rep(4096)).message)
  end)

  it("has only the five codes", function()
    local codes = {
      INPUT_ERROR = true, EXTERNAL_SERVICE_ERROR = true, INTERNAL_ERROR = true,
      RATE_LIMIT_ERROR = true, CIRCUIT_OPEN_ERROR = true,
    }
    for reason, row in pairs(errors.REASONS) do
      assert.is_true(codes[row.code], reason)
      assert.is_true(row.http_status >= 400 and row.http_status < 600, reason)
    end
  end)

  it("knows every reason of the C core", function()
    local header = assert(io.open "csrc/core/error.h"):read "*a"
    for word in header:gmatch 'X%([A-Z_]+,%s*"([a-z_]+)"%)' do
      assert.is_table(errors.REASONS[word], word)
    end
  end)
end)
