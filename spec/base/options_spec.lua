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

  it("tells a fault alone, and fills defaults into the table itself", function()
    local given = { name = "x", on = true }
    assert.is_nil(options.fault(SPECS, given, "it"))
    assert.is_nil(options.fault(SPECS, nil, "it"))
    assert.same({ name = "x", on = true }, given)
    assert.equal(refused { count = 11 }, options.fault(SPECS, { count = 11 }, "it").message)
    assert.equal(refused "text", options.fault(SPECS, "text", "it").message)
    assert.equal(given, options.fill(SPECS, given))
    assert.same({ name = "x", on = true, count = 3 }, given)
  end)

  it("names an unknown option and the one that may be meant", function()
    assert.equal("it: there is no option 'cuont'; did you mean 'count'?", refused { cuont = 1 })
    assert.truthy(refused({ zzzzzzzzzz = 1 }):find("count, detail, name", 1, true))
  end)

  it("takes of equally near words the one that begins alike", function()
    assert.equal("max_retries", options.nearest("max_retry", { "max_delay", "max_retries" }))
    assert.is_nil(options.nearest("abcd", { "wxyz" }))
  end)

  it("takes no time for a word however long, and shows a part of it", function()
    local long = ("x"):rep(2 ^ 20)
    local started = os.clock()
    assert.is_nil(options.nearest(long, { "count", "name", long:sub(2) }))
    assert.equal(long, options.nearest(long, { "count", long }))
    assert.is_true(#refused { [long] = 1 } < 200)
    assert.is_true(#refused { detail = long } < 200)
    assert.is_true(#options.unknown_word("word", long, { "a" }) < 200)
    assert.is_true(os.clock() - started < 0.5)
    assert.equal(("x"):rep(76) .. "…", options.shown_word(("x"):rep(76) .. "ÄÄÄ"))
    assert.equal("a", options.shown_word "a")
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

  it("says what is allowed in the same words for every wrong value", function()
    local inf = math.huge
    for value, shown in pairs { [-1] = "-1", [1e6] = "1000000", [2.5] = "2.5", [inf] = "inf",
      [-inf] = "-inf", x = "a string", [true] = "true", [print] = "a function" } do
      assert.equal("it: option 'count' must be a whole number from 1 to 10, not " .. shown,
        refused { count = value })
    end
    assert.equal("it: option 'count' must be a whole number from 1 to 10, not nan",
      refused { count = 0 / 0 })
    assert.equal("it: option 'count' must be a whole number from 1 to 10, not a table",
      refused { count = {} })
    assert.equal("it: option 'detail' must be one of low, high, not 5", refused { detail = 5 })
  end)

  it("writes numbers alike on every Lua", function()
    local specs = { size = { "bytes", type = "integer", min = 1, max = 2 ^ 40 },
      part = { "a share", type = "number", min = 0.001, max = 1e6 } }
    assert.equal("it: option 'size' must be a whole number from 1 to 1099511627776, not 0",
      select(2, options.check(specs, { size = 0 }, "it")).message)
    assert.equal("it: option 'part' must be a number from 0.001 to 1000000, not 0.0001",
      select(2, options.check(specs, { part = 1e-4 }, "it")).message)
  end)

  it("tells the first of several faults by name", function()
    for _ = 1, 20 do
      assert.matches("'count'", refused { seconds = 0, count = 0, name = 1, on = 1 })
      assert.matches("'abc'", refused { seconds = 0, abc = 0, zzz = 1 })
    end
  end)

  it("asks what else must hold", function()
    local specs = { even = { "a number", type = "any", must_be = "an even number",
      check = function(value) return type(value) == "number" and value % 2 == 0 end } }
    assert.same({ even = 4 }, options.check(specs, { even = 4 }, "it"))
    for _, value in ipairs { 3, "x", {} } do
      assert.matches("^it: option 'even' must be an even number, not ",
        select(2, options.check(specs, { even = value }, "it")).message)
    end
  end)
end)
