-- SPDX-License-Identifier: MIT
-- PostgreSQL beside a bare libpq pipeline (bench/postgres.c) that sends the same statements with
-- the same values, 64 to a commit:
--
--   rows of 1 KB, one a transaction, from 64 tasks         at least 60 % of its rows a second
--   records of 1 KB, saved one by one from 64 tasks        likewise
--
-- and, with no limit, a page of 50 of the records, by filter and by text. The server is one of its
-- own; commits wait for the disk. Run in the project's folder after ./test has built it once:
-- `lua5.4 bench/postgres.lua [--check]`. The best of five rounds, in turn. With --check it ends
-- with 1 where a limit is passed.

package.path = "./?.lua;lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local postgres = require "vision.database.postgres"
local server_of = require "spec.support.postgres"
local side_by_side = require "bench.side_by_side"
local storage_of = require "vision.records.storage.postgres"

local ROWS, RECORDS = 20000, 4000
local PEER = "build/bench/postgres"

local failed = false
local server = server_of.start "-c fsync=on"
local db = assert(postgres.open(server.url))

-- ---- the peer ----

local function build_peer()
  local command = ("mkdir -p build/bench && cc -std=c11 -D_GNU_SOURCE -O2 $(pkg-config --cflags "
    .. "libpq) -o %s bench/postgres.c $(pkg-config --libs libpq)"):format(PEER)
  assert(os.execute(command), command)
end

local function numbered(sql)
  local number = 0
  return (sql:gsub("%?", function()
    number = number + 1
    return "$" .. number
  end))
end

local function add_value(out, text)
  out[#out + 1] = ("%d\n%s\n"):format(#text, text)
end

-- The file of transactions: each "S" a text of SQL, each "Q" one of them with its values, "T" after
-- each transaction.
local function write_transactions(path, transactions)
  local texts, known, out = {}, {}, {}
  for _, statements in ipairs(transactions) do
    for _, statement in ipairs(statements) do
      local sql, values = statement[1], statement[2] or {}
      if not known[sql] then
        texts[#texts + 1] = "S"
        add_value(texts, numbered(sql))
        known[sql] = #texts / 2
      end
      out[#out + 1] = ("Q%d %d\n"):format(known[sql], #values)
      for _, value in ipairs(values) do add_value(out, tostring(value)) end
    end
    out[#out + 1] = "T"
  end
  local file = assert(io.open(path, "wb"))
  file:write(table.concat(texts), table.concat(out))
  file:close()
end

local function compare(name, count, reset, body, transactions)
  local path = os.tmpname()
  write_transactions(path, transactions)
  local good = side_by_side.compare {
    name = name, peer = "libpq", count = count, reset = reset, body = body,
    bare = function()
      return side_by_side.peer_seconds(("%s '%s' %s"):format(PEER, server.url, path))
    end,
  }
  os.remove(path)
  failed = failed or not good
end

-- ---- rows ----

local function measure_rows()
  local word, transactions = ("x"):rep(1000), {}
  local function insert(i) return { { "INSERT INTO bench VALUES (?, ?)", { i, word } } } end
  for i = 1, ROWS do transactions[i] = insert(i) end
  compare("rows of 1 KB", ROWS, function()
    assert(db:write { { "DROP TABLE IF EXISTS bench" },
      { "CREATE TABLE bench (i int PRIMARY KEY, word text)" } })
  end, function(i) return db:write(insert(i)) end, transactions)
end

-- ---- records ----

-- What a storage writes, kept instead.
local function statements_of(list)
  local kept = {}
  local storage = setmetatable({ db = { write = function(_, statements)
    kept[#kept + 1] = statements
    return {}
  end } }, storage_of.PostgreSQLStorage)
  for _, record in ipairs(list) do assert(storage:save { record }) end
  return kept
end

local function measure_records()
  local store = assert(storage_of.open(server.url))
  local list = {}
  for i = 1, RECORDS do list[i] = side_by_side.record(i) end
  compare("records of 1 KB", RECORDS, function()
    assert(db:write { { "TRUNCATE records, record_sums, record_counts" } })
  end, function(i) return store:save { list[i] } end, statements_of(list))
  for name, filter in pairs {
    ["a page by filter"] = { provider = "provider1", min_confidence = 0.5 },
    ["a page by text and tag"] = { text = "thread flange", tags = { "tag3" } },
  } do
    print(("%-28s %7.2f ms"):format(name, 1000 * side_by_side.best_of(20, function()
      assert(#assert(store:query(filter)).records == 50)
    end)))
  end
  store:close()
end

build_peer()
local ok, err = xpcall(function()
  measure_rows()
  measure_records()
end, debug.traceback)
db:close()
server:stop()
if not ok then error(err, 0) end
if failed and arg[1] == "--check" then os.exit(1) end
