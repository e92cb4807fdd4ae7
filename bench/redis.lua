-- SPDX-License-Identifier: MIT
-- Redis beside bare hiredis on libuv (bench/redis.c) that sends the same commands, 64 under way:
--
--   SET of 1 KB from 64 tasks                              at least 60 % of its commands a second
--   records of 1 KB, prepared and saved one by one from 64 tasks       likewise
--
-- and, with no limit, a page of 50 of the records, by filter and by text, and what limits of fleets
-- cost a call. The server is one of its own, without a disk. Run in the project's folder after
-- ./test has built it once: `lua5.4 bench/redis.lua [--check]`. The best of five rounds, in turn.
-- With --check it ends with 1 where a limit is passed.

package.path = "./?.lua;lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local clock = require "vision.base.clock"
local log = require "vision.base.log"
local server_of = require "spec.support.redis"
local shared_state = require "vision.layers.shared_state"
local side_by_side = require "bench.side_by_side"
local storage_of = require "vision.records.storage.redis"

local SETS, RECORDS = 100000, 10000
local PEER = "build/bench/redis"

log.set_level "error" -- that nothing is kept on a disk is known
local failed = false
local server = server_of.start()
local redis = server:handle()

-- ---- the peer ----

local function build_peer()
  local command = ("mkdir -p build/bench && cc -std=gnu11 -O2 $(pkg-config --cflags hiredis libuv) "
    .. "-o %s bench/redis.c $(pkg-config --libs hiredis libuv)"):format(PEER)
  assert(os.execute(command), command)
end

local function encoded(command)
  local parts = { ("*%d\r\n"):format(#command) }
  for _, word in ipairs(command) do
    word = type(word) == "number" and ("%.0f"):format(word) or word
    parts[#parts + 1] = ("$%d\r\n%s\r\n"):format(#word, word)
  end
  return table.concat(parts)
end

local function write_commands(path, commands)
  local file = assert(io.open(path, "wb"))
  for _, command in ipairs(commands) do
    local bytes = encoded(command)
    file:write(#bytes, "\n", bytes, "\n")
  end
  file:close()
end

local function empty() assert(redis:call("FLUSHALL", "SYNC")) end

local function compare(name, body, commands)
  local path = os.tmpname()
  write_commands(path, commands)
  local good = side_by_side.compare {
    name = name, peer = "hiredis", count = #commands, reset = empty, body = body,
    bare = function()
      return side_by_side.peer_seconds(("%s %d %s"):format(PEER, server.port, path))
    end,
  }
  os.remove(path)
  failed = failed or not good
end

-- ---- commands ----

local function measure_sets()
  local word, commands = ("x"):rep(1000), {}
  for i = 1, SETS do commands[i] = { "SET", "key" .. i, word } end
  compare("SET of 1 KB", function(i) return redis:call("SET", "key" .. i, word) end, commands)
end

-- ---- records ----

-- What a storage sends, kept instead.
local function commands_of(list)
  local kept, names = {}, {}
  local storage = setmetatable({ ttl = 0, redis = { eval = function(_, script, keys, arguments)
    names[script] = names[script] or assert(redis:call("SCRIPT", "LOAD", script))
    local command = { "EVALSHA", names[script], #keys }
    for _, key in ipairs(keys) do command[#command + 1] = key end
    for _, argument in ipairs(arguments) do command[#command + 1] = argument end
    kept[#kept + 1] = command
    return "OK"
  end } }, storage_of.RedisStorage)
  for _, record in ipairs(list) do assert(storage:save { record }) end
  return kept
end

local function measure_records()
  local store, list = assert(storage_of.open(server.url)), {}
  for i = 1, RECORDS do list[i] = side_by_side.record(i) end
  compare("records of 1 KB", function(i) return store:save { list[i] } end, commands_of(list))
  empty()
  side_by_side.seconds(RECORDS, function(i) return store:save { list[i] } end)
  for name, filter in pairs {
    ["a page by provider"] = { provider = "provider1" },
    ["a page by filter"] = { provider = "provider1", min_confidence = 0.5 },
    ["a page by text and tag"] = { text = "thread flange", tags = { "tag3" } },
  } do
    print(("%-28s %7.2f ms"):format(name, 1000 * side_by_side.best_of(20, function()
      assert(#assert(store:query(filter)).records == 50)
    end)))
  end
  store:close()
end

-- ---- a fleet ----

local function measure_fleet()
  local state = assert(shared_state.shared_state(server.url))
  local bucket = state:token_bucket("b", { per_minute = 1e9, burst = 1e9 }, clock.mono())
  local breaker = state:circuit_breaker("c", {})
  for name, body in pairs {
    ["a take from a bucket"] = function() assert(bucket:take(1, clock.mono())) end,
    ["a call through a breaker"] = function()
      breaker:record(assert(breaker:allow(clock.mono())), "success", 1, clock.mono())
    end,
  } do
    print(("%-28s %7.0f µs"):format(name, 1e6 * side_by_side.best_of(5, function()
      for _ = 1, 500 do body() end
    end) / 500))
  end
  state:close()
end

build_peer()
local ok, err = xpcall(function()
  measure_sets()
  measure_records()
  measure_fleet()
end, debug.traceback)
redis:close()
server:stop()
if not ok then error(err, 0) end
if failed and arg[1] == "--check" then os.exit(1) end
