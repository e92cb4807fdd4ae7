-- SPDX-License-Identifier: MIT
-- The aggregate `group_sums` of our connections: what GROUP BY says, without its sorting.

local chance = require "spec.support.chance"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local sqlite = require "vision.database.sqlite"

-- Calls body with a database in a folder of its own.
local function with_database(body)
  return function()
    folder.with(function(place)
      local db = assert(sqlite.open(place .. "/sums.db"))
      body(db)
      assert(db:close())
    end)
  end
end

local function of_values(db, values, names)
  local rows, err = db:read(("SELECT group_sums('%s', column1, column2, column3) AS list FROM "
    .. "(VALUES %s)"):format(names or "a,b;n", values))
  return rows and rows[1].list, err
end

describe("group_sums", function()
  it("says what GROUP BY says, in the same order", with_database(function(db)
    for seed = 1, 30 do
      local random = chance.new(seed)
      local count, rows = random:integer(1, 300), {}
      for i = 1, count do
        rows[i] = ("(%d, '%s', %d, %d)"):format(random:integer(-3, 3) * 10 ^ random:integer(0, 15),
          random:one_of { "", "a", "A", "ab", "é", "日本", "\n", '"' }, random:integer(-5, 5),
          random:integer(0, 1e9))
      end
      local from = "FROM (VALUES " .. table.concat(rows, ", ") .. ")"
      local list = assert(db:read(("SELECT group_sums('t,name;n,m', column1, column2, column3, "
        .. "column4) AS list %s"):format(from)))[1].list
      local expected = assert(db:read(("SELECT column1 AS t, column2 AS name, sum(column3) AS n, "
        .. "sum(column4) AS m %s GROUP BY 1, 2 ORDER BY 1, 2"):format(from)))
      assert.same(expected, json.decode(list), "seed " .. seed)
    end
  end))

  it("writes the keys and sums as one list of objects", with_database(function(db)
    assert.equal('[{"a":1,"b":"x","n":-4},{"a":1,"b":"y","n":9223372036854775807}]',
      of_values(db, "(1, 'y', 9223372036854775807), (1, 'x', -1), (1, 'x', -3)"))
    assert.equal("[]", of_values(db, "(1, 'y', 1)) WHERE (column1 = 2"))
    assert.equal("[]", assert(db:read "SELECT group_sums('a;n', 1, 2) AS list WHERE 0")[1].list)
  end))

  it("keeps a NUL in the last key", with_database(function(db)
    assert.same({ { a = 1, b = "x", n = 2 }, { a = 1, b = "x\0y", n = 3 } },
      json.decode(of_values(db, "(1, 'x', 2), (1, 'x' || char(0) || 'y', 3)")))
  end))

  it("answers for each group of a GROUP BY", with_database(function(db)
    assert.same({ { list = '[{"k":1,"n":5}]' }, { list = '[{"k":1,"n":1},{"k":2,"n":1}]' } },
      db:read("SELECT group_sums('k;n', column2, column3) AS list FROM (VALUES (1, 1, 2), "
        .. "(1, 1, 3), (2, 2, 1), (2, 1, 1)) GROUP BY column1"))
  end))

  it("refuses what it cannot add up, and goes on afterwards", with_database(function(db)
    local cases = {
      { "(1, 'x', 2.5)", "a figure is no whole number" },
      { "(1, 'x', NULL)", "a figure is no whole number" },
      { "(1, 'x', 1), (1.5, 'x', 1)", "a key is no whole number or text" },
      { "(1, NULL, 1)", "a key is no whole number or text" },
      { "(1, 'x', 1), ('1', 'x', 1)", "a key is no whole number or text" },
      { "(1, 'x', 9223372036854775807), (1, 'x', 1)", "integer overflow" },
      { "(1, 'x', 1)", "and a value for each", "a;n" },
      { "(1, 'x', 1)", "and a value for each", "a,b,n" },
      { "(1, 'x', 1)", "none of them empty", "a,;n" },
      { "(1, 'x', 1)", "and a value for each", "" },
    }
    for _, case in ipairs(cases) do
      local list, err = of_values(db, case[1], case[3])
      assert.is_nil(list, case[1])
      assert.matches(case[2], err.message, 1, true)
    end
    local many = ("n,"):rep(40):sub(1, -2)
    local _, err = db:read(("SELECT group_sums('k;%s'%s)"):format(many, (", 1"):rep(41)))
    assert.matches("1 to 32 names", err.message, 1, true)
    _, err = db:read("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 100001) "
      .. "SELECT group_sums('x;n', x, 1) FROM c")
    assert.matches("more than 100000 groups", err.message, 1, true)
    assert.equal('[{"a":1,"b":"x","n":2}]', of_values(db, "(1, 'x', 2)"))
  end))
end)
