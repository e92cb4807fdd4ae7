-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local errors = require "vision.base.error"
local images = require "spec.support.images"
local postgres = require "vision.database.postgres"
local server_of = require "spec.support.postgres"
local task = require "vision.base.task"

local server, db

local function fresh(sql)
  assert(db:write { { "DROP TABLE IF EXISTS t" }, { sql or "CREATE TABLE t (i int PRIMARY KEY, "
    .. "word text)" } })
end

local function insert(i, word)
  return db:write { { "INSERT INTO t VALUES (?, ?)", { i, word } } }
end

local function count()
  return assert(db:read("SELECT count(*) AS n FROM t"))[1].n
end

local function reveals_nothing(err)
  for _, text in ipairs { err.message, tostring(err), tostring(err.cause) } do
    assert.is_nil(text:find("s3cret", 1, true), text)
  end
end

describe("a PostgreSQL database", function()
  setup(function()
    server = server_of.start "-c ssl=on"
    db = assert(postgres.open(server.url, { timeout = 20 }))
  end)

  teardown(function()
    db:close()
    server:stop()
  end)

  describe("reads and writes", function()
    it("values of all kinds", function()
      local file = "examples/drawings/flange.png"
      fresh [[CREATE TABLE t (small int2, big int8, real float8, word text, yes bool, bytes bytea,
        nothing text, money numeric)]]
      local words = "häßlich ' \" ? $1 \\ 漢字\n\t"
      assert(db:write { { "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        { -7, 9007199254740991, 0.1, words, true, images.file(file), nil, "12.50", n = 8 } } })
      local row = assert(db:read("SELECT *, '?' AS mark, \"word\" AS \"who?\" FROM t "
        .. "WHERE word = ? AND real < ? AND big = ?", { words, 1e300, 2 ^ 53 - 1 }))[1]
      assert.same({ small = -7, big = 9007199254740991, real = 0.1, word = words, yes = true,
        bytes = images.bytes(file), money = "12.50", mark = "?", ["who?"] = words }, row)
    end)

    it("all of a transaction or nothing, and says which statement failed", function()
      fresh()
      local results = assert(db:write {
        { "INSERT INTO t VALUES (?, ?), (?, ?)", { 1, "a", 2, "b" } },
        { "UPDATE t SET word = word || '!' RETURNING i, word" }, { "SELECT 1 AS one" },
      })
      assert.equal(2, results[1].changes)
      assert.same({ changes = 2, rows = { { i = 1, word = "a!" }, { i = 2, word = "b!" } } },
        results[2])
      assert.same({ changes = 0, rows = { { one = 1 } } }, results[3])
      local done, err = db:write {
        { "DELETE FROM t" }, { "INSERT INTO t VALUES (?, ?)", { "x", "c" } },
      }
      assert.is_nil(done)
      assert.same({ "input", 2, "22P02" }, { err.reason, err.index, err.sqlstate })
      assert.equal(2, count())
      done, err = db:write { { "DELETE FROM t" }, { "SELEC" } }
      assert.is_nil(done)
      assert.same({ "internal", 2 }, { err.reason, err.index })
      assert.matches('syntax error at or near "SELEC"', err.message, 1, true)
      assert.equal(2, count())
    end)

    it("nothing where a statement that must change something does not", function()
      fresh()
      assert(insert(1, "a"))
      local done, err = db:write {
        { "INSERT INTO t VALUES (2, 'b')" },
        { "UPDATE t SET word = 'z' WHERE i = ?", { 5 }, must_change = true },
        { "INSERT INTO t VALUES (1, 'again')" },
      }
      assert.is_nil(done)
      assert.same({ "unmet", 2 }, { err.reason, err.index })
      assert.equal(1, count())
      assert(db:write { { "UPDATE t SET word = 'z' WHERE i = 1", must_change = true } })
      done, err = db:write {
        { "INSERT INTO t VALUES (1, 'again')" },
        { "UPDATE t SET word = 'z' WHERE i = ?", { 5 }, must_change = true },
      }
      assert.is_nil(done)
      assert.same({ "internal", 1, "23505" }, { err.reason, err.index, err.sqlstate })
      assert.equal("z", db:read("SELECT word FROM t")[1].word)
    end)

    it("and fails where the commit does", function()
      fresh "CREATE TABLE t (i int UNIQUE DEFERRABLE INITIALLY DEFERRED)"
      for _, must in ipairs { false, true } do
        local done, err = db:write {
          { "INSERT INTO t VALUES (1)", must_change = must or nil }, { "INSERT INTO t VALUES (1)" },
        }
        assert.is_nil(done)
        assert.same({ "internal", "23505" }, { err.reason, err.sqlstate })
      end
      assert.equal(0, count())
    end)

    it("refuses a text that PostgreSQL cannot store, and values that are none", function()
      fresh()
      local done, err = insert(1, "a\0b")
      assert.is_nil(done)
      assert.equal("input", err.reason)
      assert.matches("statement 1: a text holds a zero byte", err.message, 1, true)
      done, err = insert(1, "\255\254")
      assert.is_nil(done)
      assert.equal("input", err.reason)
      done, err = insert(1, ("x"):rep(64 * 1024 * 1024))
      assert.is_nil(done)
      assert.equal("too_large", err.reason)
      assert.has_error(function() db:read("SELECT ?", { {} }) end)
      assert.has_error(function() db:write {} end)
      assert.has_error(function() db:write { {} } end)
      assert.equal(0, count())
    end)

    it("refuses rows that take too much memory", function()
      local rows, err = db:read "SELECT repeat('x', 10000000) FROM generate_series(1, 14)"
      assert.is_nil(rows)
      assert.equal("too_large", err.reason)
      assert.matches("more than 128 MiB", err.message, 1, true)
      assert.same({ { n = 1 } }, db:read "SELECT 1 AS n")
    end)

    it("more kinds of statements than are kept prepared", function()
      for i = 1, 300 do
        assert.equal(i + 1, db:read(("SELECT ?::int + 1 AS n -- %d"):format(i), { i })[1].n)
      end
    end)

    it("many at once, a few commits for all, and only the wrong one fails", function()
      fresh "CREATE TABLE t (i int PRIMARY KEY, commit_id text DEFAULT pg_current_xact_id()::text)"
      local jobs, failed = {}, {}
      for i = 1, 300 do
        jobs[i] = function()
          local number = i == 200 and 100 or i
          local done, err = db:write { { "INSERT INTO t (i) VALUES (?)", { number } } }
          if not done then failed[#failed + 1] = { i, err.sqlstate } end
        end
      end
      assert(task.gather(jobs))
      assert.equal(1, #failed)
      assert.equal("23505", failed[1][2])
      assert.equal(299, count())
      local commits = db:read("SELECT count(DISTINCT commit_id) AS n FROM t")[1].n
      assert.is_true(commits < 250, commits)
    end)

    it("much in both directions at a time, more than sockets hold", function()
      fresh()
      local jobs = {}
      for i = 1, 40 do
        local word = ("%d "):format(i):rep(50000)
        jobs[i] = function()
          local results = assert(db:write {
            { "INSERT INTO t VALUES (?, ?)", { i, word } },
            { "UPDATE t SET word = word || '!' WHERE i = ? RETURNING word", { i } },
          })
          return results[2].rows[1].word == word .. "!"
        end
      end
      for _, result in ipairs(task.gather(jobs)) do assert.is_true(result[1], result[2]) end
      assert.equal(40, count())
    end)

    it("while other tasks go on", function()
      local turns = 0
      local other = task.spawn(function()
        repeat turns = turns + 1 until not task.sleep(0.002)
      end)
      assert(db:read "SELECT pg_sleep(0.1)")
      other:cancel()
      assert.is_true(turns > 5, turns)
    end)

    it("though a task that waited was cancelled", function()
      fresh()
      local reader = task.spawn(function() return db:read "SELECT pg_sleep(0.05)" end)
      local late = errors.new("timeout", "late")
      local rows, err = task.limit(0.01, late, function() return db:read "SELECT 1" end)
      assert.is_nil(rows)
      assert.equal("timeout", err.reason)
      assert.is_table(reader:join())
      assert.equal(0, count())
    end)

    it("a deadlock's loser once more", function()
      fresh()
      local quick = assert(postgres.open(server.url .. "?options=-c%20deadlock_timeout%3D10ms"))
      assert(db:write { { "INSERT INTO t VALUES (1, ''), (2, '')" } })
      local function both(handle, first, second)
        return function()
          return assert(handle:write {
            { "UPDATE t SET word = word || 'x' WHERE i = ?", { first } },
            { "SELECT pg_sleep(0.05)" },
            { "UPDATE t SET word = word || 'x' WHERE i = ?", { second } },
          })
        end
      end
      for _, result in ipairs(task.gather { both(db, 1, 2), both(quick, 2, 1) }) do
        assert.is_table(result[1], tostring(result[2]))
      end
      assert.same({ { word = "xx" }, { word = "xx" } }, db:read "SELECT word FROM t")
      quick:close()
    end)
  end)

  it("ends a statement that takes too long, and what waits for a lock", function()
    fresh()
    assert(insert(1, "a"))
    local hasty = assert(postgres.open(server.url, { timeout = 0.25 }))
    local rows, err = hasty:read "SELECT pg_sleep(5)"
    assert.is_nil(rows)
    assert.same({ "timeout", "57014" }, { err.reason, err.sqlstate })
    local holder = task.spawn(function()
      return db:write { { "UPDATE t SET word = 'b'" }, { "SELECT pg_sleep(0.6)" } }
    end)
    task.sleep(0.05)
    rows, err = hasty:write { { "UPDATE t SET word = 'c'" } }
    assert.is_nil(rows)
    assert.equal("timeout", err.reason)
    assert.is_table(holder:join())
    assert(hasty:write { { "UPDATE t SET word = 'c'" } })
    hasty:close()
  end)

  it("keeps no program alive while it is idle", function()
    local said = require("spec.support.command").script(([[
      local core = require "vision.core"
      local db = assert(require("vision.database.postgres").open %q)
      assert(db:read "SELECT 1")
      print(core.loop():wait(), (core.loop():due()))]]):format(server.url))
    assert.equal("false\tnil\n", said)
  end)

  if jit then -- Lua 5.4 has no way to fork
    it("is left alone by a forked child, which connects anew", function()
      local ffi = require "ffi"
      ffi.cdef "int fork(void); int waitpid(int, int *, int); void _exit(int);"
      local BACKEND = "SELECT pg_backend_pid() AS pid"
      local ours = assert(db:read(BACKEND))[1].pid
      local child = ffi.C.fork()
      if child == 0 then
        local ok, rows = pcall(db.read, db, BACKEND)
        ffi.C._exit(ok and rows and rows[1].pid ~= ours and 7 or 1)
      end
      local status = ffi.new "int[1]"
      ffi.C.waitpid(child, status, 0)
      assert.equal(7 * 256, status[0])
      assert.equal(ours, assert(db:read(BACKEND))[1].pid)
    end)
  end

  it("is closed and collected with work under way", function()
    local other = assert(postgres.open(server.url))
    local asked = task.spawn(function() return other:read "SELECT pg_sleep(5)" end)
    task.sleep(0.05)
    other:close()
    other:close()
    for _ = 1, 2 do
      local rows, err = asked:join()
      assert.is_nil(rows)
      assert.equal("store_unavailable", err.reason)
      asked = task.spawn(function() return other:read "SELECT 1" end)
    end
    local module = require "vision.postgres"
    for _ = 1, 3 do
      local connection = assert(module.connect { url = server.url })
      local _ = connection
    end
    local connection = assert(module.connect { url = server.url })
    repeat assert(task.wait(connection)) until connection:open()
    local operation = assert(connection:run { { "SELECT pg_sleep(5)" } })
    operation:close() -- the child first
    operation = assert(connection:run { { "SELECT pg_sleep(5)" } })
    connection = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.is_true(operation:done())
    assert.same("store_unavailable", select(2, operation:results()).reason)
  end)

  describe("migrations", function()
    local VERSIONS = {
      { "CREATE TABLE m (i int)", "INSERT INTO m VALUES (1)" },
      { "ALTER TABLE m ADD COLUMN j int DEFAULT 5", "UPDATE m SET i = i + 1" },
    }

    it("happen once, whoever comes first", function()
      local others = {}
      for i = 1, 4 do
        local other = assert(postgres.open(server.url))
        others[i] = function()
          local done, err = other:migrate("m", VERSIONS)
          other:close()
          return done, err
        end
      end
      for _, result in ipairs(task.gather(others)) do assert.is_true(result[1], result[2]) end
      assert.same({ { i = 2, j = 5 } }, db:read "SELECT * FROM m")
      assert(db:migrate("m", VERSIONS))
      assert.same({ { version = 2 } },
        db:read("SELECT version FROM vision_schema WHERE component = ?", { "m" }))
    end)

    it("of a later program are refused", function()
      assert(db:migrate("later", { { "SELECT 1" }, { "SELECT 1" } }))
      local done, err = db:migrate("later", { { "SELECT 1" } })
      assert.is_nil(done)
      assert.equal("store_newer", err.reason)
      assert.matches("are of version 2, and this program knows 1", err.message, 1, true)
      assert.matches("127.0.0.1:" .. server.port .. "/postgres", err.message, 1, true)
      reveals_nothing(err)
    end)

    it("are undone where one of their statements fails", function()
      local done, err = db:migrate("wrong", { { "CREATE TABLE w (i int)", "SELEC" } })
      assert.is_nil(done)
      assert.equal("42601", err.sqlstate)
      assert.same({ { there = false } }, db:read "SELECT to_regclass('w') IS NOT NULL AS there")
    end)
  end)

  describe("that cannot be reached", function()
    local function fails(url, timeout)
      local other = assert(postgres.open(url, { timeout = timeout or 5 }))
      local began = core.mono()
      local rows, err = other:read "SELECT 1"
      other:close()
      assert.is_nil(rows)
      assert.equal("store_unavailable", err.reason)
      reveals_nothing(err)
      return err, core.mono() - began
    end

    it("says at once what no other try would change", function()
      for message, url in pairs {
        ["password authentication failed"] = server.url:gsub("s3cret", "s3cret2"),
        ['database "none" does not exist'] = server:address("127.0.0.1", "none"),
        ["certificate verify failed"] = server.url .. "?sslmode=verify-ca&sslrootcert="
          .. "/etc/ssl/certs/ca-certificates.crt",
        ['does not match host name "127.0.0.1"'] = server.url
          .. "?sslmode=verify-full&sslrootcert=" .. server.certificate,
        ["/none.crt"] = server.url .. "?sslmode=verify-full&sslrootcert=/none.crt",
      } do
        local err, seconds = fails(url)
        assert.matches(message, err.message, 1, true)
        assert.is_false(err.retryable)
        assert.is_true(seconds < 3)
      end
    end)

    it("says so of one with another encoding", function()
      assert(db:write { { "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0" } })
      local err = fails(server:address("127.0.0.1", "latin"))
      assert.matches("must have the encoding UTF8", err.message, 1, true)
      assert.is_false(err.retryable)
    end)

    it("is tried for as long as its address says", function()
      local err, seconds = fails("postgres://u:s3cret@127.0.0.1:1/x?connect_timeout=0.2")
      assert.matches("Connection refused", err.message, 1, true)
      assert.is_true(err.retryable)
      assert.is_true(seconds >= 0.2 and seconds < 3)
      err = fails(server:address("none.invalid") .. "?connect_timeout=1") -- one lookup ends by then
      assert.matches("the host none.invalid cannot be found", err.message, 1, true)
    end)

    it("is asked for its certificate, which is for its name", function()
      local other = assert(postgres.open(server:address "localhost"
        .. "?sslmode=verify-full&sslrootcert=" .. server.certificate))
      local word = ("x"):rep(100000) -- more than one record of TLS, and of its buffers
      for _ = 1, 20 do
        local rows = assert(other:read([[SELECT ssl, ?::text AS word FROM pg_stat_ssl
          WHERE pid = pg_backend_pid()]], { word }))
        assert.same({ { ssl = true, word = word } }, rows)
      end
      other:close()
    end)

    it("is found by name, by socket, and by the first of several that answers", function()
      for _, url in ipairs {
        server:address "localhost",
        server.socket_url,
        (server:address("127.0.0.1:1,localhost")),
      } do
        local other = assert(postgres.open(url))
        assert.same({ { one = 1 } }, other:read "SELECT 1 AS one")
        other:close()
      end
    end)

    it("is refused where its address is none, unshown", function()
      for _, url in ipairs {
        "postgres://u:s3cret%zz@h/x", "postgres://u:s3cret@h:port/x", "s3cret", "",
        "postgres://u:s3cret@127.0.0.1/x?sslmode=no",
        "postgres://u:s3cret@h/x?connect_timeout=s3cret", "postgres://u@h/x?s3cret=1",
        "postgres://u@h/x?options=" .. ("s3cret"):rep(100),
      } do
        local other, err = postgres.open(url)
        if other then -- libpq looks at some only when it connects
          other, err = other:read "SELECT 1"
        end
        assert.is_nil(other, url)
        assert.is_true(err.reason == "invalid_option" or err.reason == "store_unavailable")
        reveals_nothing(err)
      end
      local other, err = postgres.open(server.url, { timeout = 0 })
      assert.is_nil(other)
      assert.equal("invalid_option", err.reason)
      assert.is_nil(tostring(db):find("s3cret", 1, true))
    end)
  end)

  describe("of a build without it", function()
    local loaded

    before_each(function()
      loaded = package.loaded["vision.postgres"]
      package.loaded["vision.postgres"] = nil
    end)

    after_each(function()
      package.preload["vision.postgres"] = nil
      package.loaded["vision.postgres"] = loaded
    end)

    it("names the package that is missing", function()
      for thrown, said in pairs {
        ["module 'vision.postgres' not found:\n\tno field package.preload"] =
          "apt-get install libpq-dev",
        ["error loading module: libpq.so.5: cannot open shared object file"] =
          "apt-get install libpq5",
        ["vision/core.so and this module beside it are of different versions"] = "versions",
      } do
        package.preload["vision.postgres"] = function() error(thrown, 0) end
        local other, err = postgres.open(server.url)
        assert.is_nil(other)
        assert.equal("missing_library", err.reason)
        assert.matches(said, err.message, 1, true)
      end
    end)

    it("is not loaded beside a core of other sources", function()
      local registry = debug.getregistry()
      local api = registry["vision.core_api"]
      finally(function() registry["vision.core_api"] = api end)
      registry["vision.core_api"] = nil
      local other, err = postgres.open(server.url)
      assert.is_nil(other)
      assert.matches("different versions: build and install both again", err.message, 1, true)
    end)
  end)

  describe("that comes and goes", function()
    -- Each kind of transaction, and whether it may be there afterwards.
    local INSERT = "INSERT INTO t VALUES (?)"
    local KINDS = {
      function(i) -- counts only what is new: as good twice as once
        return db:write { idempotent = true, { [[WITH new AS (
          INSERT INTO t VALUES (?) ON CONFLICT DO NOTHING RETURNING i)
          UPDATE sums SET n = n + (SELECT count(*) FROM new)]], { i } } }
      end,
      function(i)
        return db:write { { INSERT, { i } }, { "UPDATE sums SET n = n + 1" } }
      end,
      function(i)
        return db:write { { INSERT, { i } },
          { "UPDATE sums SET n = n + 1", must_change = true } }
      end,
      function(i) -- never
        return db:write { { INSERT, { i } },
          { "UPDATE sums SET n = 0 WHERE n < 0", must_change = true } }
      end,
      function(i) -- never, nor any that shares its commit by its fault
        return db:write { { INSERT, { i } }, { INSERT, { i } } }
      end,
    }

    it("loses nothing that was confirmed and counts nothing twice, killed in the middle", function()
      fresh "CREATE TABLE t (i int PRIMARY KEY)"
      assert(db:write { { "CREATE TABLE sums (n int)" }, { "INSERT INTO sums VALUES (0)" } })
      local became, writers, written = {}, {}, 0
      for w = 1, 25 do
        writers[w] = function()
          for i = w, 1000, 25 do
            local done, err = KINDS[i % #KINDS + 1](i)
            became[i] = done and "there" or err.lost or "not there"
            written = written + 1
          end
        end
      end
      writers[#writers + 1] = function()
        for _, at in ipairs { 100, 500, 800 } do
          repeat task.sleep(0.001) until written >= at
          server:kill()
          server:resume()
        end
      end
      for _, result in ipairs(task.gather(writers)) do
        assert.is_nil(result[2], tostring(result[2]))
      end
      local there = {}
      for _, row in ipairs(assert(db:read "SELECT i FROM t")) do there[row.i] = true end
      for i, state in ipairs(became) do
        local kind = i % #KINDS + 1
        if kind == 1 then assert.equal("there", state) end
        if kind > 3 then assert.is_nil(there[i]) end
        if state ~= "unknown" then assert.equal(state == "there", there[i] == true, i) end
      end
      assert.equal(count(), db:read("SELECT n FROM sums")[1].n)
    end)

    it("says so where nobody knows what became of a transaction", function()
      fresh()
      local write = task.spawn(function()
        return db:write { { "INSERT INTO t VALUES (1, 'a')" }, { "SELECT pg_sleep(5)" } }
      end)
      repeat
        task.sleep(0.005)
        local busy = db:read "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(5)'"
      until #busy > 0 and not write:done()
      server:kill()
      local done, err = write:join()
      assert.is_nil(done)
      assert.same({ "store_unavailable", "unknown" }, { err.reason, err.lost })
      assert.matches("it is not known whether", err.message, 1, true)
      server:resume()
      assert.equal(0, count())
    end)

    it("goes on after the server was started anew, though nobody looked meanwhile", function()
      fresh()
      for i = 1, 2 do
        assert(db:read "SELECT 1")
        if i == 1 then server:pause() else server:kill() end
        server:resume()
        assert(insert(i, "a")) -- not idempotent: it must not be sent into the old connection
      end
      assert.equal(2, count())
    end)

    it("keeps those waiting who come while it is away, and no more than it can", function()
      fresh()
      server:pause()
      finally(function() server:resume() end)
      local writers, refused = {}, 0
      for i = 1, 1074 do
        writers[i] = task.spawn(function()
          local done, err = insert(i, "a")
          if not done then
            refused = refused + 1
            assert.equal("store_unavailable", err.reason)
            assert.matches("wait for it already", err.message, 1, true)
          end
        end)
      end
      task.sleep(0.01)
      assert.equal(50, refused)
      for i = 101, 1024 do writers[i]:cancel() end
      server:resume()
      for i = 1, 100 do assert.is_nil((select(2, writers[i]:join()))) end
      assert.equal(100, count())
    end)

    it("gives up when the time is over", function()
      server:pause()
      finally(function() server:resume() end)
      local hasty = assert(postgres.open(server.url))
      hasty:close()
      local rows, err = hasty:read "SELECT 1"
      assert.is_nil(rows)
      assert.equal("store_unavailable", err.reason)
      local began = core.mono()
      db.timeout = 0.3
      rows, err = db:read "SELECT 1"
      db.timeout = 20
      assert.is_nil(rows)
      assert.equal("store_unavailable", err.reason)
      assert.matches("could not be reached", err.message, 1, true)
      assert.is_true(core.mono() - began < 3)
    end)
  end)
end)
