-- SPDX-License-Identifier: MIT
local shown = require("vision.base.address").shown

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
end)
