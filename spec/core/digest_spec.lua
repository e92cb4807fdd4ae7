-- SPDX-License-Identifier: MIT
local core = require "vision.core"

describe("core digests", function()
  it("give the published values", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      core.sha256("abc"))
    assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      core.hmac_sha256("Jefe", "what do ya want for nothing?"))
  end)

  it("compare without telling where two texts differ", function()
    assert.is_true(core.equal("secret", "secret"))
    assert.is_true(core.equal("", ""))
    assert.is_false(core.equal("secret", "secres"))
    assert.is_false(core.equal("secret", "secret\0"))
  end)

  it("refuse a key beyond use", function()
    local digest, err = core.hmac_sha256(("k"):rep(2 ^ 20 + 1), "x")
    assert.is_nil(digest)
    assert.equal("too_large", err.reason)
  end)
end)

describe("core.random_id", function()
  it("is 32 hexadecimal digits, never the same", function()
    local seen = {}
    for _ = 1, 100 do
      local id = core.random_id()
      assert.matches("^%x+$", id)
      assert.equal(32, #id)
      assert.is_nil(seen[id])
      seen[id] = true
    end
  end)
end)

describe("core base64", function()
  local function random_bytes(length)
    local bytes = {}
    for i = 1, length do
      bytes[i] = string.char(math.random(0, 255))
    end
    return table.concat(bytes)
  end

  it("goes there and back", function()
    for length = 0, 200 do
      local bytes = random_bytes(length)
      assert.equal(bytes, core.base64_decode(core.base64_encode(bytes)))
    end
    assert.equal("Zm9vYg==", core.base64_encode("foob"))
  end)

  it("is strict, and says where", function()
    for text, place in pairs { ["Zm9v?A=="] = 5, ["Zg=="] = false, ["Zg"] = 3, ["Zh=="] = 3 } do
      local bytes, err = core.base64_decode(text)
      if place then
        assert.is_nil(bytes)
        assert.equal("invalid_base64", err.reason)
        assert.matches("at character " .. place .. "$", err.message)
      else
        assert.equal("f", bytes)
      end
    end
  end)
end)
