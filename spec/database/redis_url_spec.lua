-- SPDX-License-Identifier: MIT
local redis_url = require "vision.database.redis_url"

describe("the address of a Redis server", function()
  it("has its parts, and what is left out is the usual", function()
    for url, expected in pairs {
      ["redis://"] = { "localhost", 6379, 0, "redis://localhost:6379/0" },
      ["redis://h"] = { "h", 6379, 0, "redis://h:6379/0" },
      ["redis://10.0.0.1:7000/3"] = { "10.0.0.1", 7000, 3, "redis://10.0.0.1:7000/3" },
      ["redis://[::1]:7000/"] = { "::1", 7000, 0, "redis://[::1]:7000/0" },
      ["redis://:p%40ss@h"] = { "h", 6379, 0, "redis://h:6379/0", nil, "p@ss" },
      ["redis://u:a:b@c@h:1/2"] = { "h", 1, 2, "redis://h:1/2", "u", "a:b@c" },
    } do
      local a = assert(redis_url.parse(url))
      assert.same(expected, { a.host, a.port, a.number, a.name, a.user, a.password() }, url)
    end
  end)

  it("is refused with what it should look like, and never shown", function()
    for _, url in ipairs {
      "", "http://secret@h", "redis://h:secret/0", "redis://secret@h", "redis://u:secret@h:99999",
      "redis://u:secret@h/0?tls=secret", "redis://u:secret@h:1:2", "rediss://u:secret@h",
      "redis://u:secret@h\n", "redis://u:sec/secret@h",
    } do
      local address, err = redis_url.parse(url)
      assert.is_nil(address, url)
      assert.equal("invalid_option", err.reason)
      assert.matches("redis://%[user:password@%]host", err.message)
      assert.is_nil(err.message:find("secret", 1, true))
    end
    assert.equal("invalid_option", select(2, redis_url.parse(nil)).reason)
    assert.matches("TLS", select(2, redis_url.parse "rediss://h").message)
  end)
end)
