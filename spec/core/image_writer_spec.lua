-- SPDX-License-Identifier: MIT
local core = require "vision.core"

local PIXEL = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

describe("core.image_writer", function()
  it("makes the image that all its bytes at once would be, however they are cut", function()
    local whole = assert(core.image_from_bytes(PIXEL))
    for size = 1, #PIXEL do
      local writer = core.image_writer()
      for at = 1, #PIXEL, size do assert.is_true(writer:feed(PIXEL:sub(at, at + size - 1))) end
      local image = assert(writer:finish())
      assert.equal(whole:sha256(), image:sha256())
    end
  end)

  it("says what is wrong with the bytes", function()
    for _, bytes in ipairs { "", "no picture", PIXEL:sub(1, 5) } do
      local writer = core.image_writer()
      assert(writer:feed(bytes))
      local image, err = writer:finish()
      local _, expected = core.image_from_bytes(bytes)
      assert.is_nil(image)
      assert.same(expected, err)
    end
  end)

  it("takes as many bytes as an image may have", function()
    local writer, piece = core.image_writer(), ("x"):rep(2 ^ 20)
    for _ = 1, 128 do assert(writer:feed(piece)) end
    local ok, err = writer:feed "x"
    assert.is_nil(ok)
    assert.equal("too_large", err.reason)
    writer:close()
  end)

  it("is finished once, and closed any number of times", function()
    local writer = core.image_writer()
    assert(writer:feed(PIXEL))
    assert(writer:finish())
    assert.has_error(function() writer:feed "x" end)
    assert.has_error(function() writer:finish() end)
    writer:close()
    writer:close()
    assert.is_nil((core.image_writer():finish())) -- never fed
  end)
end)
