-- SPDX-License-Identifier: MIT
local address = require "vision.base.address"

local shown = address.shown

describe("an address", function()
  it("is shown without what may be secret", function()
    for url, text in pairs {
      ["postgres://me:s3cret@host:5432/db"] = "postgres://host:5432/db",
      ["redis://:p@ss@host/1"] = "redis://host/1",
      ["postgresql://host/db?user=me&password=s3cret"] = "postgresql://host/db",
      ["redis://host"] = "redis://host",
    } do
      assert.equal(text, shown(url))
    end
  end)

  it("that is a path stays as it is", function()
    for _, path in ipairs { "records.db", "/a b/c@d.db", "sqlite:x?.db", "memory:" } do
      assert.equal(path, shown(path))
    end
  end)

  it("is no path, also where its slashes were forgotten, and is not shown", function()
    for _, path in ipairs { "redis://host", "redis:host:6379", "postgres:me:s3cret@host/db",
      "file:x.db", ":memory:", "memory:", "https:host" } do
      local ok, err = address.check_path(path, "a store")
      assert.is_nil(ok)
      assert.equal("a store must be the path of a file, and looks like an address of another kind",
        err.message)
    end
    for _, path in ipairs { "records.db", "/a:b/c.db", "redis", "http.db", "a b:c", "C:x.db" } do
      assert.is_true(address.check_path(path, "a store"))
    end
  end)
end)
