-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local signature = require "vision.webhooks.signature"

-- The example of the Standard Webhooks specification and its libraries.
local SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
local ID, TIME, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'
local SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

local OTHER = "whsec_" .. core.base64_encode(("k"):rep(32))

local function headers_of(lines)
  local headers = {}
  for _, line in ipairs(lines) do
    local name, value = line:match "^([^:]+): (.*)$"
    headers[name] = value
  end
  return headers
end

describe("webhook signatures", function()
  local verify, standard = signature.verify_signature, signature.verify_standard_signature

  describe("of the body", function()
    -- echo -n '{"a":1}' | openssl dgst -sha256 -hmac my-secret-key
    local HEX = core.hmac_sha256("my-secret-key", '{"a":1}')

    it("verify", function()
      assert.is_true(verify('{"a":1}', HEX, "my-secret-key"))
      assert.is_true(verify('{"a":1}', HEX:upper(), "my-secret-key"))
    end)

    it("are the HMAC-SHA256 that OpenSSL reckons", function()
      local pipe = io.popen "printf '{\"a\":1}' | openssl dgst -sha256 -hmac my-secret-key -r"
      local hex = pipe:read("*a"):match "^%x+"
      pipe:close()
      assert.is_true(verify('{"a":1}', hex, "my-secret-key"))
    end)

    it("do not verify for another body, secret or signature", function()
      assert.is_false(verify('{"a":2}', HEX, "my-secret-key"))
      assert.is_false(verify('{"a":1} ', HEX, "my-secret-key"))
      assert.is_false(verify('{"a":1}', HEX, "my-secret-keY"))
      assert.is_false(verify('{"a":1}', HEX:sub(1, 63), "my-secret-key"))
      assert.is_false(verify('{"a":1}', HEX .. "0", "my-secret-key"))
      assert.is_false(verify('{"a":1}', "", "my-secret-key"))
      assert.is_false(verify('{"a":1}', nil, "my-secret-key"))
      for i = 1, 64 do
        local digit = HEX:sub(i, i) == "0" and "1" or "0"
        assert.is_false(verify('{"a":1}', HEX:sub(1, i - 1) .. digit .. HEX:sub(i + 1),
          "my-secret-key"))
      end
    end)

    it("verify with any of several secrets", function()
      assert.is_true(verify('{"a":1}', HEX, { "new", "my-secret-key" }))
      assert.is_false(verify('{"a":1}', HEX, { "new", "newer" }))
    end)

    it("throw where there is no secret: nothing may verify by accident", function()
      assert.has_error(function() verify("x", HEX, nil) end)
      assert.has_error(function() verify("x", HEX, "") end)
      assert.has_error(function() verify("x", HEX, {}) end)
      assert.has_error(function() verify({}, HEX, "s") end)
    end)
  end)

  describe("of Standard Webhooks", function()
    it("are those of the specification's example", function()
      local headers = headers_of(signature.headers(ID, TIME, BODY, SECRET))
      assert.equal(SIGNATURE, headers["webhook-signature"])
      assert.equal(ID, headers["webhook-id"])
      assert.equal("1614265330", headers["webhook-timestamp"])
      assert.is_true(verify(BODY, headers["X-Webhook-Signature"], SECRET))
    end)

    local function given(changes)
      local headers = { ["webhook-id"] = ID, ["Webhook-Timestamp"] = ("%d"):format(TIME),
        ["WEBHOOK-SIGNATURE"] = SIGNATURE }
      for name, value in pairs(changes or {}) do headers[name] = value or nil end
      return headers
    end

    it("verify, whatever the case of the headers", function()
      assert.is_true(standard(BODY, given(), SECRET, nil, TIME + 299))
      assert.is_true(standard(BODY, given(), SECRET, nil, TIME - 299))
    end)

    it("are of a time, which is part of what is signed", function()
      local ok, why = standard(BODY, given(), SECRET, nil, TIME + 301)
      assert.is_false(ok)
      assert.matches("301 s old", why)
      ok, why = standard(BODY, given(), SECRET, nil, TIME - 301)
      assert.is_false(ok)
      assert.matches("301 s ahead", why)
      assert.is_true(standard(BODY, given(), SECRET, 600, TIME + 500))
      local later = given { ["Webhook-Timestamp"] = ("%d"):format(TIME + 1) }
      assert.is_false(standard(BODY, later, SECRET, nil, TIME))
      assert.is_false(standard(BODY, given(), SECRET)) -- of 2021
    end)

    it("do not verify for another body, id, secret or kind", function()
      assert.is_false(standard(BODY .. " ", given(), SECRET, nil, TIME))
      assert.is_false(standard(BODY, given { ["webhook-id"] = "msg_x" }, SECRET, nil, TIME))
      assert.is_false(standard(BODY, given(), OTHER, nil, TIME))
      assert.is_false(standard(BODY, given { ["WEBHOOK-SIGNATURE"] = "v2" .. SIGNATURE:sub(3) },
        SECRET, nil, TIME))
    end)

    it("need all three headers, and a time that is one", function()
      for _, name in ipairs { "webhook-id", "Webhook-Timestamp", "WEBHOOK-SIGNATURE" } do
        local headers = given()
        headers[name] = nil
        local ok, why = standard(BODY, headers, SECRET, nil, TIME)
        assert.is_false(ok)
        assert.matches("missing", why)
      end
      for _, time in ipairs { "", "now", "-5", "1e9", "0x10", ("9"):rep(400), "16142653.3" } do
        local ok, why = standard(BODY, given { ["Webhook-Timestamp"] = time }, SECRET, nil, TIME)
        assert.is_false(ok)
        assert.matches("is no time", why)
      end
    end)

    it("are one of each secret while it changes", function()
      local headers = headers_of(signature.headers(ID, TIME, BODY, { OTHER, SECRET }))
      local words = {}
      for word in headers["webhook-signature"]:gmatch "%S+" do words[#words + 1] = word end
      assert.equal(2, #words)
      assert.equal(SIGNATURE, words[2])
      assert.is_true(standard(BODY, headers, SECRET, nil, TIME))
      assert.is_true(standard(BODY, headers, OTHER, nil, TIME))
      assert.is_true(standard(BODY, headers, { "unknown", OTHER }, nil, TIME))
      assert.is_true(verify(BODY, headers["X-Webhook-Signature"], OTHER))
    end)

    it("take a secret that is no whsec_ as it is", function()
      local headers = headers_of(signature.headers(ID, TIME, BODY, "my-secret-key"))
      assert.is_true(standard(BODY, headers, "my-secret-key", nil, TIME))
      assert.is_false(standard(BODY, headers, "my-secret", nil, TIME))
    end)
  end)

  describe("secrets", function()
    it("are checked and never shown", function()
      for _, bad in ipairs { 5, true, "", {}, { "good", "" }, "whsec_", "whsec_hidden!",
        "whsec_" .. core.base64_encode(("h"):rep(23)),
        "whsec_" .. core.base64_encode(("h"):rep(65)), ("hidden"):rep(1000) } do
        local ok, err = signature.check(bad)
        assert.is_nil(ok)
        assert.equal("invalid_option", err.reason)
        assert.is_nil(err.message:find("hidden", 1, true))
      end
      for _, good in ipairs { "x", SECRET, OTHER, { SECRET, "my-secret-key" } } do
        assert.is_true(signature.check(good))
      end
    end)

    it("can be made", function()
      local secret = signature.new_secret()
      assert.is_true(signature.check(secret))
      assert.equal(32, #core.base64_decode(secret:sub(7)))
      assert.not_equal(secret, signature.new_secret())
    end)
  end)
end)
