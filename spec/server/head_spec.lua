-- SPDX-License-Identifier: MIT
local head = require "vision.server.head"

local function refused(list)
  local headers, err = head.headers(list)
  assert.is_nil(headers)
  assert.equal("usage", err.reason)
  return err.message
end

describe("the headers of a request", function()
  it("are known by names in lower case, their values joined", function()
    assert.same({ host = "a", ["x-a"] = "1, 2" },
      head.headers { "Host", "a", "X-A", "1", "x-a", "2" })
    assert.same({ ["content-type"] = "a", accept = "1, 2, 3" },
      head.headers { "CONTENT-TYPE", "a", "Accept", "1", "accept", "2", "ACCEPT", "3" })
  end)

  it("have no blank and no sign in their names", function()
    for _, name in ipairs { "Content-Length ", " Host", "a:b", "a\tb", "", "a\0" } do
      assert.matches("not valid", refused { name, "1" })
    end
  end)

  it("say once what may be said once, and where the body ends", function()
    for _, name in ipairs { "Content-Length", "Content-Type", "Host", "Authorization" } do
      assert.matches("stands twice", refused { name, "1", name:upper(), "1" })
    end
    assert.matches("not both", refused { "Content-Length", "1", "Transfer-Encoding", "chunked" })
    assert.matches("only 'chunked'", refused { "Transfer-Encoding", "gzip, chunked" })
  end)
end)
