-- SPDX-License-Identifier: MIT
local options = require "vision.base.options"

describe("options.check", function()
  local SPECS = {
    name = { "a name", type = "string" },
    count = { "how many", type = "integer", min = 1, max = 10, default = 3 },
    seconds = { "how long", type = "number", above = 0 },
    detail = { "how close", type = "string", one_of = { "low", "high" } },
    on = { "whether", type = "boolean", default = false },
  }

  local function refused(given)
    local checked, err = options.check(SPECS, given, "it")
    assert.is_nil(checked)
    assert.equal("invalid_option", err.reason)
    return err.message
  end

  it("fills defaults in and leaves the given table alone", function()
    local given = { name = "x" }
    assert.same({ name = "x", count = 3, on = false }, options.check(SPECS, given, "it"))
    assert.same({ name = "x" }, given)
    assert.same({ count = 3, on = false }, options.check(SPECS, nil, "it"))
  end)

  it("names an unknown option and the one that may be meant", function()
    assert.equal("it: there is no option 'cuont'; did you mean 'count'?", refused { cuont = 1 })
    assert.truthy(refused({ zzzzzzzzzz = 1 }):find("count, detail, name", 1, true))
  end)

  it("takes of equally near words the one that begins alike", function()
    assert.equal("max_retries", options.nearest("max_retry", { "max_delay", "max_retries" }))
    assert.is_nil(options.nearest("abcd", { "wxyz" }))
  end)

  it("checks type, range and word, and never shows a text", function()
    assert.truthy(refused({ count = 1.5 }):find("must be a whole number", 1, true))
    assert.truthy(refused({ count = 11 }):find("from 1 to 10, not 11", 1, true))
    assert.truthy(refused({ seconds = 0 }):find("above 0", 1, true))
    assert.truthy(refused({ seconds = 0 / 0 }):find("number", 1, true))
    assert.truthy(refused({ detail = "middle" }):find("low, high", 1, true))
    assert.is_nil(refused({ count = "sk-secret" }):find("sk-secret", 1, true))
    assert.truthy(refused("text"):find("table", 1, true))
  end)
end)
