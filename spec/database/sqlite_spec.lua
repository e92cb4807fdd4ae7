-- SPDX-License-Identifier: MIT
local command = require "spec.support.command"
local core = require "vision.core"
local folder = require "spec.support.folder"
local sqlite = require "vision.database.sqlite"
local task = require "vision.base.task"

local PIXEL = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

local CREATE = "CREATE TABLE t (id INTEGER PRIMARY KEY, v)"

local ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT "

describe("an SQLite database", function()
  local opened

  local function open(path, options)
    local db = assert(sqlite.open(path, options))
    opened[#opened + 1] = db
    return db
  end

  -- Calls body with a path for a file in a folder of its own.
  local function with_file(body)
    return function()
      opened = {}
      folder.with(function(path)
        body(path .. "/records.db", path)
        for _, db in ipairs(opened) do assert(db:close()) end
      end)
    end
  end

  local function begun(path, options)
    local db = open(path, options)
    assert(db:write { { CREATE } })
    return db
  end

  local function count(db)
    return assert(db:read "SELECT count(*) AS n FROM t")[1].n
  end

  it("keeps values of every type", with_file(function(path)
    local db = begun(path)
    local image = assert(core.image_from_bytes(PIXEL))
    local params = { 7, 2.5, "Ø12 \0 \"'", true, nil, image, -2 ^ 53 + 1, n = 7 }
    local rows = assert(db:read("SELECT ? AS i, ? AS r, ? AS t, ? AS b, ? AS n, ? AS p, ? AS big",
      params))
    assert.same({ { i = 7, r = 2.5, t = "Ø12 \0 \"'", b = 1, p = PIXEL, big = -2 ^ 53 + 1 } }, rows)
    assert.equal("sqlite", db.dialect)
  end))

  it("runs nothing that somebody has put into its schema", with_file(function(path)
    local db = begun(path)
    assert(db:write { { "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET v = 2; END" } })
    assert(db:write { { "CREATE VIEW w AS SELECT * FROM t" } })
    assert(db:write { { "INSERT INTO t (v) VALUES (1)" } })
    assert.same({ { v = 1 } }, db:read "SELECT v FROM t")
    assert.is_nil((db:read "SELECT * FROM w"))
  end))

  it("says what each statement did", with_file(function(path)
    local db = begun(path)
    local results = assert(db:write {
      { "INSERT INTO t (v) VALUES (?), (?) RETURNING id, v", { "a", "b" } },
      { "UPDATE t SET v = 'c'", nil },
      { "SELECT count(*) AS n FROM t" },
      { "CREATE TABLE other (x)" },
    })
    assert.same({
      { changes = 2, rows = { { id = 1, v = "a" }, { id = 2, v = "b" } } },
      { changes = 2 }, { changes = 0, rows = { { n = 2 } } }, { changes = 0 },
    }, results)
  end))

  it("does all of a transaction or nothing, and names what failed", with_file(function(path)
    local db = begun(path)
    local _, err = db:write {
      { "INSERT INTO t VALUES (1, 'one')" },
      { "UPDATE t SET v = 'x' WHERE id = 99", nil, must_change = true },
    }
    assert.same({ "unmet", 2 }, { err.reason, err.index })
    _, err = db:write {
      { "INSERT INTO t VALUES (1, 'one')" }, { "INSERT INTO t VALUES (1, 'two')" },
    }
    assert.same({ "internal", 2 }, { err.reason, err.index })
    assert.matches("UNIQUE constraint failed: t.id", err.message, 1, true)
    assert.equal(0, count(db))
  end))

  it("commits many at once, and each fails alone", with_file(function(path)
    local db, list = begun(path), {}
    for i = 1, 300 do
      list[i] = function()
        if i % 3 == 0 then
          return db:write { { "INSERT INTO t VALUES (?, 1)", { i } },
            { "INSERT INTO none VALUES (1)" } }
        end
        return db:write { { "INSERT INTO t VALUES (?, 1)", { i } } }
      end
    end
    for i, result in ipairs(assert(task.gather(list))) do
      assert.equal(i % 3 ~= 0, result[1] ~= nil)
    end
    assert.equal(200, count(db))
    assert.equal(0, db:read("SELECT count(*) AS n FROM t WHERE id % 3 = 0")[1].n)
  end))

  it("reads what was written before, from several tasks at once", with_file(function(path)
    local db, list = begun(path), {}
    assert(db:write { { "INSERT INTO t VALUES (1, 'x')" } })
    for i = 1, 20 do list[i] = function() return count(db) end end
    for _, result in ipairs(assert(task.gather(list))) do assert.equal(1, result[1]) end
  end))

  it("says what is wrong with SQL and parameters", with_file(function(path)
    local db = begun(path)
    for sql, said in pairs {
      ["SELEC 1"] = 'near "SELEC": syntax error',
      ["SELECT 1; SELECT 2"] = "one SQL statement expected",
      ["  "] = "one SQL statement expected",
      ["SELECT ?"] = "1 parameters expected, got 0",
      ["DELETE FROM t"] = "readonly database",
    } do
      local rows, err = db:read(sql)
      assert.is_nil(rows)
      assert.matches(said, err.message, 1, true)
    end
    assert.error_matches(function() db:read("SELECT ?", { {} }) end, "parameter 1: .* got table")
    assert.error_matches(function() db:read("SELECT ?", { 0 / 0 }) end, "NaN")
    assert.error_matches(function() db:write {} end, "list of statements")
    assert.error_matches(function() db:write { "x" } end, "table expected")
    assert.error_matches(function() db:write { {} } end, "text of SQL expected")
    local _, err = sqlite.open(path, { sync = 1 })
    assert.equal("invalid_option", err.reason)
  end))

  it("bounds what is read: rows, bytes and time", with_file(function(path)
    local db = begun(path, { read_seconds = 0.05 })
    local _, err = db:read(ENDLESS .. "count(*) FROM c")
    assert.equal("timeout", err.reason)
    db = open(path)
    _, err = db:read(ENDLESS .. "x FROM c")
    assert.equal("too_large", err.reason)
    assert.matches("100000 rows", err.message)
    _, err = db:read("SELECT zeroblob(70000000) AS z")
    assert.equal("too_large", err.reason)
    _, err = db:write { { "SELECT ?", { ("x"):rep(2 ^ 26) } } }
    assert.equal("too_large", err.reason)
  end))

  it("gives up a read whose task was cancelled, not a write", with_file(function(path)
    local db = begun(path)
    local reading = task.spawn(function() return db:read(ENDLESS .. "max(x) FROM c") end)
    local writing = task.spawn(function() return db:write { { "INSERT INTO t VALUES (1, 1)" } } end)
    task.spawn(function() reading:cancel(); writing:cancel() end):join()
    local _, err = reading:join()
    assert.equal("cancelled", err.reason)
    assert(db:close()) -- it would wait for the read
    assert.equal(1, count(open(path)))
  end))

  it("takes no more than it can bear", with_file(function(path)
    local db = begun(path)
    local operations, failed = {}, nil
    local big = ("x"):rep(2 ^ 20)
    for i = 1, 100 do
      operations[i], failed = db.handle:write { { "INSERT INTO t (v) VALUES (?)", { big } } }
      if not operations[i] then break end
    end
    assert.equal("queue_full", failed.reason)
    assert.matches("64 MiB", failed.message, 1, true)
    assert(db:close())
    assert.equal(#operations, count(open(path)))
  end))

  it("closes when all is done, and says so afterwards", with_file(function(path, place)
    local db = begun(path)
    local writes = {}
    for i = 1, 50 do
      writes[i] = task.spawn(function()
        return db:write { { "INSERT INTO t VALUES (?, 1)", { i } } }
      end)
    end
    local reading = task.spawn(function() return count(db) end)
    task.spawn(function() return db:close() end):join()
    for _, write in ipairs(writes) do assert.is_truthy((write:join())) end
    assert.is_truthy((reading:join()))
    local _, err = db:read "SELECT 1"
    assert.equal("store_unavailable", err.reason)
    assert.matches("is closed", err.message)
    assert.is_true(db:close())
    local names = {}
    for name in io.popen("ls " .. place):lines() do names[#names + 1] = name end
    assert.same({ "prompts", "records.db" }, names) -- no log is left
    assert.equal(50, count(open(path)))
  end))

  it("brings tables to the newest version, each component by itself", with_file(function(path)
    local db = open(path)
    local records = { { "CREATE TABLE r (x)", "INSERT INTO r VALUES (1)" } }
    assert(db:migrate("records", records))
    assert(db:migrate("jobs", { { "CREATE TABLE j (x)" } }))
    records[2] = { "ALTER TABLE r ADD COLUMN y", "UPDATE r SET y = 2" }
    local tasks = {}
    for i = 1, 5 do tasks[i] = function() return open(path):migrate("records", records) end end
    for _, result in ipairs(assert(task.gather(tasks))) do assert.is_true(result[1], result[2]) end
    assert.same({ { x = 1, y = 2 } }, db:read "SELECT * FROM r")
    assert.same({ { component = "jobs", version = 1 }, { component = "records", version = 2 } },
      db:read "SELECT * FROM vision_schema ORDER BY component")
    records[3] = { "CREATE TABLE more (x)", "CREATE TABLE r (x)" }
    local _, err = db:migrate("records", records)
    assert.matches("table r already exists", err.message)
    assert.same({}, db:read "SELECT * FROM sqlite_master WHERE name = 'more'")
  end))

  it("is copied while it is written, and the copy is whole", with_file(function(path, place)
    local db = begun(path)
    local writing, written = true, 0
    local writer = task.spawn(function()
      while writing do
        written = written + 1
        assert(db:write { { "INSERT INTO t VALUES (?, ?)", { written, ("x"):rep(500) } } })
      end
    end)
    while written < 50 do task.sleep(0.001) end
    local before = written
    assert(db:backup(place .. "/copy.db"))
    writing = false
    writer:join()
    local copy = open(place .. "/copy.db")
    local rows = assert(copy:read "SELECT count(*) AS n, max(id) AS last FROM t")
    assert.equal(rows[1].n, rows[1].last)
    assert.is_true(rows[1].n >= before - 1 and rows[1].n <= written)
    assert.same({ { integrity_check = "ok" } }, copy:read "PRAGMA integrity_check")
    local _, err = db:backup(place .. "/copy.db")
    assert.equal("invalid_option", err.reason)
    assert.matches("File exists", err.message)
    _, err = db:backup(place .. "/no/copy.db")
    assert.equal("not_found", err.reason)
  end))

  it("is written by several processes at once", with_file(function(path)
    local db = begun(path)
    local script = ([[
      local db = assert(require("vision.database.sqlite").open(%q))
      for i = 1, 40 do assert(db:write { { "INSERT INTO t (v) VALUES (%%d)" } }) end
      assert(db:close())
      print "done"]]):format(path)
    local pipes = {}
    for i = 1, 3 do pipes[i] = command.start_script(script:format(i)) end
    for _ = 1, 40 do assert(db:write { { "INSERT INTO t (v) VALUES (0)" } }) end
    for i = 1, 3 do
      assert.equal("done\n", pipes[i]:read "*a")
      pipes[i]:close()
    end
    assert.same({ { v = 0, n = 40 }, { v = 1, n = 40 }, { v = 2, n = 40 }, { v = 3, n = 40 } },
      db:read "SELECT v, count(*) AS n FROM t GROUP BY v ORDER BY v")
  end))

  it("is readable by its owner alone", with_file(function(path)
    begun(path)
    local pipe = io.popen("stat -c %a " .. path .. " " .. path .. "-wal")
    assert.equal("600\n600\n", pipe:read "*a")
    pipe:close()
  end))

  describe("refuses", function()
    local function refused(path)
      local db, err = sqlite.open(path)
      assert.is_nil(db)
      return err
    end

    it("a path that cannot be used", with_file(function(path, place)
      assert.equal("not_found", refused(place .. "/no/records.db").reason)
      assert.equal("invalid_option", refused(place).reason)
      assert.matches("no file", refused("/dev/null").message)
      local _ = path
    end))

    it("what is no path, and shows no password of an address", function()
      for _, path in ipairs { "", "a\0b", "redis+x://u:s3cret@h/0", "postgres:/u:s3cret@h/db",
        "mysql://u:s3cret@h", "file:s3cret?mode=memory" } do
        local db, err = sqlite.open(path)
        assert.is_nil(db)
        assert.equal("invalid_option", err.reason)
        assert.is_nil(err.message:find("s3cret", 1, true))
        assert.is_nil(sqlite.missing(path))
      end
      assert.equal("/no/such/file", sqlite.missing "sqlite:/no/such/file")
      assert.is_nil(sqlite.missing "memory:")
      assert.is_nil(sqlite.missing "/dev/null")
    end)

    it("another program's database, and leaves it alone", with_file(function(path)
      assert(os.execute("sqlite3 " .. path .. " 'CREATE TABLE theirs (x)'"))
      local err = refused(path)
      assert.equal("invalid_option", err.reason)
      assert.matches("another program's database", err.message, 1, true)
      assert(os.execute("sqlite3 " .. path .. " 'SELECT x FROM theirs'"))
    end))

    it("one from a newer version, as a whole or in its tables", with_file(function(path)
      local db = begun(path)
      assert(db:migrate("records", { { "CREATE TABLE a (x)" }, { "CREATE TABLE b (x)" } }))
      local _, err = db:migrate("records", { { "CREATE TABLE a (x)" } })
      assert.equal("store_newer", err.reason)
      assert.matches("'records' of the database .* are of version 2, and this program knows 1",
        err.message)
      assert(db:close())
      assert(os.execute("sqlite3 " .. path .. " 'PRAGMA user_version = 9'"))
      err = refused(path)
      assert.equal("store_newer", err.reason)
      assert.matches("of version 9, and this program knows 1", err.message)
    end))

    it("what is no database, and does not touch it", with_file(function(path)
      folder.write(path, ("no database "):rep(1000))
      local err = refused(path)
      assert.equal("store_damaged", err.reason)
      assert.matches("not a database", err.message)
      local file = io.open(path)
      assert.equal(("no database "):rep(1000), file:read "*a")
      file:close()
    end))

    it("a damaged file after a crash: says what was found, and how to recover", with_file(
      function(path)
        command.script(([[
          local db = assert(require("vision.database.sqlite").open(%q))
          assert(db:write { { "CREATE TABLE t (id INTEGER PRIMARY KEY, v)" } })
          for i = 1, 50 do
            assert(db:write { { "INSERT INTO t VALUES (?, ?)", { i, ("x"):rep(3000) } } })
          end
          assert(db:write { { "PRAGMA user_version" } })
          os.execute("kill -9 $PPID")
          print(require("vision.base.task").sleep(60))]]):format(path))
        assert(os.execute("sqlite3 " .. path .. " 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null"))
        local file = assert(io.open(path, "r+b"))
        file:seek("set", 4096 * 20)
        file:write(("\255"):rep(4096))
        file:close()
        local err = refused(path)
        assert.equal("store_damaged", err.reason)
        assert.matches("Page 21: ", err.message)
        assert.equal("store_damaged", refused(path).reason) -- as long as it is
        -- What follows is for records (spec/cli/records_spec.lua).
        local advice = err.message:match "what can be read: (.*); vision records copy "
        assert(os.execute((advice:gsub("OLD", path):gsub("SAVED", path .. ".new"))))
        local db = open(path .. ".new")
        assert.is_true(count(db) >= 40)
      end))
  end)
end)
