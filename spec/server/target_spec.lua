-- SPDX-License-Identifier: MIT
local target = require "vision.server.target"

local function refused(text)
  local path, err = target.parse(text)
  assert.is_nil(path, text)
  assert.equal("usage", err.reason)
  return err.message
end

describe("the target of a request", function()
  it("is a path and a query, both decoded", function()
    local path, query = target.parse "/a%20b/c?x=1+2&y=%26%3D&z&w=a=b#part"
    assert.equal("/a b/c", path)
    assert.same({ x = "1 2", y = "&=", z = "", w = "a=b" }, query)
  end)

  it("may be a whole address", function()
    for _, address in ipairs { "http://host/a?b=1", "HTTP://127.0.0.1:8000/a?b=1" } do
      local path, query = target.parse(address)
      assert.same({ "/a", { b = "1" } }, { path, query })
    end
    for _, wrong in ipairs { "http://host", "http:///../a", "ftp://host/a", "host/a", "*", "" } do
      refused(wrong)
    end
  end)

  it("means one place", function()
    for _, wrong in ipairs { "/a/../b", "/..", "/./a", "/a/.", "//a", "/a//b", "/%2e%2e/a",
      "/a%2Fb", "/a%00", "/a%", "/a%4", "/a%zz" } do
      refused(wrong)
    end
    assert.equal("/...", (target.parse "/..."))
    assert.equal("/a/", (target.parse "/a/"))
  end)

  it("names each value once, and has a length", function()
    assert.matches("twice", refused "/a?b=1&c&b=2")
    assert.matches("two digits", refused "/a?b=%4")
    assert.equal("/", (target.parse("/?" .. ("x"):rep(8190))))
    assert.matches("8192", refused("/?" .. ("x"):rep(8191)))
  end)
end)
