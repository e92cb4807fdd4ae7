-- SPDX-License-Identifier: MIT
-- What may befall a database in a file: a full disk, a file that cannot be written, others that
-- hold it, processes that are killed, damage.

local command = require "spec.support.command"
local folder = require "spec.support.folder"
local rollup = require "vision.records.rollup"
local samples = require "spec.support.record_samples"
local sqlite = require "vision.database.sqlite"
local storage = require "vision.records.storage"
local task = require "vision.base.task"

local PERIOD = { from = 0, to = 86400 * 36500, every = 86400 * 36500 }

-- Calls body with a path for a file in a folder of its own.
local function with_file(body)
  return function()
    folder.with(function(place) body(place .. "/records.db", place) end)
  end
end

local function run(line, ...)
  local pipe = assert(io.popen(line:format(...) .. " 2>&1"))
  local said = pipe:read "*a"
  pipe:close()
  return said
end

-- Every record that there is, and that the sums are what a full scan finds.
local function all_of(store)
  local list, cursor = {}, nil
  repeat
    local page = assert(store:query { limit = 1000, cursor = cursor, order = "oldest" })
    for _, record in ipairs(page.records) do list[#list + 1] = record end
    cursor = page.next_cursor
  until not cursor
  local expected = rollup.of_all(list):rows()
  assert.same(rollup.widen(expected.sums, PERIOD, rollup.SUM_KEY, rollup.SUMS),
    assert(store:sums(PERIOD)))
  for _, dimension in ipairs(rollup.DIMENSIONS) do
    local rows = {}
    for _, row in ipairs(expected.counts) do
      if row.dimension == dimension then rows[#rows + 1] = row end
    end
    assert.same(rollup.widen(rows, PERIOD, rollup.COUNT_KEY, rollup.COUNTS),
      assert(store:counts { from = PERIOD.from, to = PERIOD.to, every = PERIOD.every,
        dimension = dimension }))
  end
  return list
end

local function save_many(store, list)
  local saves = {}
  for i, record in ipairs(list) do saves[i] = function() return store:save { record } end end
  return assert(task.gather(saves))
end

describe("records in an SQLite file", function()
  it("are saved by many tasks in a few commits, each once", with_file(function(path)
    local store = assert(storage.open(path))
    local list = samples.records(200)
    for i = 1, 50 do list[200 + i] = list[i] end
    for _, result in ipairs(save_many(store, list)) do assert.is_true(result[1], result[2]) end
    assert.equal(200, #all_of(store))
    store:close()
  end))

  it("fail alone: one that cannot be saved takes no other with it", with_file(function(path)
    local store = assert(storage.open(path))
    local list = samples.records(20)
    list[7].result.extra = print
    list[9].tags = { "" }
    local results = save_many(store, list)
    for i, result in ipairs(results) do
      assert.equal((i ~= 7 and i ~= 9) or nil, result[1])
    end
    assert.equal("input", results[7][2].reason)
    assert.equal(18, #all_of(store))
    store:close()
  end))

  it("are saved where the task that saves them is cancelled", with_file(function(path)
    local store = assert(storage.open(path))
    local saving = task.spawn(function() return store:save(samples.records(3)) end)
    task.spawn(function() saving:cancel() end):join()
    local _, err = saving:join()
    assert.equal("cancelled", err.reason)
    assert(store:save(samples.records(1))) -- one slice after the other
    assert.equal(4, #all_of(store))
    store:close()
  end))

  it("find the disk full, keep what was answered, and go on when there is room", with_file(
    function(path)
      local store = assert(storage.open(path))
      assert(store:save(samples.records(5)))
      assert(store.db:write { { "PRAGMA max_page_count = 35" } })
      local saved, refused = 5, 0
      for _, result in ipairs(save_many(store, samples.records(100))) do
        saved = saved + (result[1] and 1 or 0)
        if not result[1] then
          assert.equal("store_full", result[2].reason)
          assert.matches("no room left", result[2].message)
          refused = refused + 1
        end
      end
      assert.is_true(refused > 0 and saved > 5)
      assert.equal(saved, #all_of(store))
      assert(store.db:write { { "PRAGMA max_page_count = 100000" } })
      assert(store:save(samples.records(20)))
      assert.equal(saved + 20, #all_of(store))
      store:close()
    end))

  it("pass a limit of the process on files without its end", with_file(function(path)
    local said = run([[ulimit -f 400; LUA_PATH='%s' LUA_CPATH='%s' %s -e '%s']], package.path,
      package.cpath, command.INTERPRETER, ([[
        local samples = require "spec.support.record_samples"
        local store = assert(require("vision.records.storage").open "%s")
        local saved, ok, err = 0, true, nil
        while ok do
          ok, err = store:save(samples.records(10))
          saved = saved + (ok and 10 or 0)
        end
        print(err.reason, saved == store:count())
        store:close()]]):format(path))
    assert.equal("store_full\ttrue\n", said)
    local store = assert(storage.open(path))
    assert.is_true(#all_of(store) > 0)
    store:close()
  end))

  -- Root may write everything, unless it is without that right.
  local BOUND = "[ $(id -u) != 0 ] || set setpriv --bounding-set=-dac_override,-dac_read_search; "

  it("cannot be opened where the file cannot be written, and say so", with_file(function(path)
    local store = assert(storage.open(path))
    assert(store:save(samples.records(1)))
    store:close()
    assert(os.execute("chmod 444 " .. path))
    local said = run([[%s LUA_PATH='%s' LUA_CPATH='%s' exec "$@" %s -e '%s']], BOUND, package.path,
      package.cpath, command.INTERPRETER, ([[
        local _, err = require("vision.records.storage").open "%s"
        print(err.reason, err.message)]]):format(path))
    assert.matches("^unreadable\tcannot open the database .*records.db: Permission denied", said)
  end))

  -- What another process reads of it, and is told when it saves.
  local READS = [[
    local samples = require "spec.support.record_samples"
    local storage = require "vision.records.storage"
    local _, failed = storage.open "%s"
    local store = assert(storage.open_to_read "%s")
    local _, err = store:save(samples.records(1))
    print(failed.reason, store:count(), #store:query().records, err.reason)
    store:close()]]

  local function read_under(limits, path, place)
    local store = assert(storage.open(path))
    assert(store:save(samples.records(3)))
    store:close()
    assert(os.execute(("chmod 444 '%s'; chmod 555 '%s'"):format(path, place)))
    return run([[%s LUA_PATH='%s' LUA_CPATH='%s' exec "$@" %s -e '%s']], limits, package.path,
      package.cpath, command.INTERPRETER, READS:format(path, path))
  end

  it("are not written to a file that nobody finds at its path any more", with_file(function(path)
    local db = assert(sqlite.open(path))
    assert(db:write { { "CREATE TABLE a (b INTEGER)" } })
    for _, change in ipairs { "rm -f %s*", "rm -f %s* && touch %s" } do
      run(change, path, path)
      local done, err = db:write { { "INSERT INTO a VALUES (1)" } }
      assert.is_nil(done)
      assert.equal("store_unavailable", err.reason)
      assert.matches("was removed while it was in use, or another put in its place", err.message)
    end
    db:close()
  end))

  it("are read where neither the file nor its folder can be written", with_file(
    function(path, place)
      local said = read_under(BOUND, path, place)
      os.execute(("chmod 755 '%s'"):format(place))
      assert.matches("it is only read", said, 1, true)
      assert.matches("unreadable\t3\t3\tunreadable\n$", said)
    end))

  it("are read on a disk that is full", with_file(function(path, place)
    local odd = place .. "/50% of #7?.db"
    for _, file in ipairs { path, odd } do
      local said = read_under("ulimit -f 4;", file, place)
      os.execute(("chmod 755 '%s'"):format(place))
      assert.matches("store_full\t3\t3\tunreadable\n$", said)
    end
  end))

  it("are not read without what a killed program left in the log", with_file(
    function(path, place)
      local store = assert(storage.open(path))
      assert(store:save(samples.records(3)))
      assert(os.execute(("cp '%s' '%s/c.db'; cp '%s-wal' '%s/c.db-wal'"):format(path, place, path,
        place)))
      store:close()
      local said = run([[ulimit -f 4; LUA_PATH='%s' LUA_CPATH='%s' %s -e '%s']], package.path,
        package.cpath, command.INTERPRETER, ([[
        print(select(2, require("vision.records.storage").open_to_read "%s/c.db").reason)]]):format(
        place))
      assert.equal("store_full\n", said)
    end))

  -- Another process, that holds the file for a time; it is locked when this returns.
  local function hold(path, seconds)
    local pipe = assert(io.popen(([[exec python3 -c '
import sqlite3, time
db = sqlite3.connect("%s", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(%g)
db.execute("COMMIT")']]):format(path, seconds)))
    assert.equal("held", pipe:read "*l")
    return pipe
  end

  it("wait for another process that holds the file, but not for ever", with_file(function(path)
    local store = assert(storage.open(path))
    local holder = hold(path, 0.2)
    assert(store:save(samples.records(1)))
    holder:close()
    holder = hold(path, 5.3)
    local ok, err = store:save(samples.records(1))
    assert.is_nil(ok)
    assert.equal("store_unavailable", err.reason)
    assert.matches("another process has kept it locked for 5 s", err.message)
    assert.equal(1, store:count()) -- reading goes on
    holder:close()
    assert(store:save(samples.records(1)))
    store:close()
  end))

  local SAVER = [[
    local samples = require "spec.support.record_samples"
    local task = require "vision.base.task"
    local store = assert(require("vision.records.storage").open %q)
    io.stdout:setvbuf "no"
    local list = {}
    for i = 1, 8 do
      list[i] = function()
        for _ = 1, %d do
          local one = samples.record { provider = "p" .. i }
          assert(store:save { one })
          io.write(one.record_id, "\n")
        end
      end
    end
    task.gather(list)
    store:close()
    io.write "end\n"]]

  it("that were answered outlive SIGKILL at any point, and the sums are theirs", with_file(
    function(path)
      local answered = {}
      for round = 1, 8 do
        local pipe = command.start_script(
          ("io.write(io.open('/proc/self/stat'):read '*n', '\\n')" .. SAVER):format(path, 1000))
        local pid = pipe:read "*n"
        pipe:read "*l"
        for _ = 1, round * 7 do answered[#answered + 1] = pipe:read "*l" end
        os.execute("kill -9 " .. pid)
        for line in pipe:lines() do
          if #line == 26 then answered[#answered + 1] = line end
        end
        pipe:close()
      end
      local store = assert(storage.open(path))
      local there = {}
      for _, record in ipairs(all_of(store)) do there[record.record_id] = true end
      for _, id in ipairs(answered) do assert.is_true(there[id], id) end
      assert.is_true(#answered >= 8 * 7)
      assert.same({ { n = 1 } }, store.db:read "SELECT count(*) AS n FROM vision_openers")
      store:close()
    end))

  it("come from several processes, and all are there", with_file(function(path)
    local pipes = {}
    for i = 1, 3 do pipes[i] = command.start_script(SAVER:format(path, 10)) end
    for _, pipe in ipairs(pipes) do
      assert.matches("end\n$", pipe:read "*a")
      pipe:close()
    end
    local store = assert(storage.open(path))
    assert.equal(3 * 80, #all_of(store))
    store:close()
  end))

  it("are saved once where two processes save the same", with_file(function(path)
    local one, other = assert(storage.open(path)), assert(storage.open(path))
    local list = samples.records(60)
    local halves = { { one, 1, 40 }, { other, 20, 60 } }
    local saves = {}
    for _, half in ipairs(halves) do
      for i = half[2], half[3] do
        saves[#saves + 1] = function() return half[1]:save { list[i] } end
      end
    end
    for _, result in ipairs(assert(task.gather(saves))) do assert.is_true(result[1], result[2]) end
    assert.equal(60, #all_of(one))
    local deletions = { function() return one:delete() end, function() return other:delete() end }
    local results = assert(task.gather(deletions))
    assert.equal(60, results[1][1] + results[2][1])
    assert.same({}, all_of(other))
    one:close()
    other:close()
  end))

  it("say which file is damaged where that shows only later, and what is whole is read", with_file(
    function(path)
      local store = assert(storage.open(path))
      local list = samples.records(200)
      assert(store:save(list))
      local root = store.db:read("SELECT rootpage AS n FROM sqlite_master WHERE name = ?",
        { "records" })[1].n
      store:close()
      local file = assert(io.open(path, "r+b"))
      file:seek("set", 4096 * (root - 1))
      file:write(("\255"):rep(4096))
      file:close()
      store = assert(storage.open(path))
      for _, result in ipairs {
        { store:get(list[9].record_id) }, { store:query() }, { store:save(samples.records(1)) },
      } do
        assert.is_nil(result[1])
        assert.equal("store_damaged", result[2].reason)
        assert.matches("records.db is damaged", result[2].message, 1, true)
        assert.matches("put a backup in its place", result[2].message, 1, true)
      end
      assert.equal(200, store:sums(PERIOD)[1].requests)
      store:close()
    end))

  it("are backed up while they are saved; the copy is whole, and is a store", with_file(
    function(path, place)
      local store = assert(storage.open(path))
      assert(store:save(samples.records(300)))
      local saving = task.spawn(function()
        for _ = 1, 20 do assert(store:save(samples.records(5))) end
        return true
      end)
      assert(store:backup(place .. "/copy.db"))
      assert.is_true(saving:join())
      local copy = assert(storage.open(place .. "/copy.db"))
      assert.is_true(#all_of(copy) >= 300)
      assert(copy:save(samples.records(1)))
      assert.equal(400, #all_of(store))
      copy:close()
      store:close()
      assert.equal("600\n", run("stat -c %%a %s/copy.db", place))
    end))
end)

describe("an SQLite database that another process was killed in", function()
  it("is opened after its check, and only then", with_file(function(path)
    command.script(([[
      local db = assert(require("vision.database.sqlite").open(%q))
      assert(db:write { { "CREATE TABLE t (v)" }, { "INSERT INTO t VALUES (1)" } })
      os.execute("kill -9 $PPID")
      require("vision.base.task").sleep(60)]]):format(path))
    local db = assert(sqlite.open(path))
    assert.same({ { v = 1 } }, db:read "SELECT v FROM t")
    local other = assert(sqlite.open(path)) -- while another has it open
    assert(other:close())
    assert(db:close())
  end))
end)
