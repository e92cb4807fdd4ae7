-- SPDX-License-Identifier: MIT
-- What it costs to know an answer already:
--
--   a hit of the cache in C, keys of 64 digits in random order         at most 250 ns
--   the same through Lua, a value of 1.5 KB (peer: a plain Lua table)  at most 400 ns
--   a hit of the layer, picture to reading, the picture hashed before  at most 15 µs
--   1000 equal questions at once                                       exactly one call
--
-- and, with no limit, what it costs that processes share a bucket. Run in the project's folder
-- after ./vision has built it once: `lua5.4 bench/cache.lua [--check]`. CPU time of the best round.
-- With --check it ends with 1 where a limit is passed.

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local core = require "vision.core"
local frozen = require "vision.layers.frozen"
local mock_provider = require "spec.support.mock_provider"
local task = require "vision.base.task"
local vision = require "vision"

local ROUNDS, ENTRIES, CALLS = 25, 100, 1000
local failed = false

local function report(name, figure, unit, limit)
  local verdict = limit and ("   limit %g %s"):format(limit, unit) or ""
  if limit and figure > limit then
    failed, verdict = true, verdict .. "  MISSED"
  end
  print(("%-52s %8.1f %s%s"):format(name, figure, unit, verdict))
end

local function best_seconds(count, body)
  local best = math.huge
  for _ = 1, ROUNDS do
    local start = os.clock()
    for i = 1, count do body(i) end
    best = math.min(best, (os.clock() - start) / count)
  end
  return best
end

-- ---- in C ----

local SOURCES = "bench/cache.c csrc/core/blob.c csrc/core/error.c csrc/core/lru_cache.c "
  .. "csrc/core/siphash.c"

local function hits_in_c()
  local command = "mkdir -p build/bench && cc -std=c11 -D_GNU_SOURCE -O2 -o build/bench/cache "
    .. SOURCES .. " && build/bench/cache"
  local pipe = assert(io.popen(command, "r"))
  for entries, ns in pipe:read("*a"):gmatch("(%S+) (%S+)") do
    -- Of a hundred thousand, what is measured is the way to memory.
    report(("hit in C, %s entries"):format(entries), tonumber(ns), "ns",
      tonumber(entries) <= 10000 and 250 or nil)
  end
  assert(pipe:close(), command)
end

-- ---- through Lua ----

local function hits_through_lua()
  local cache, plain, keys, value = core.lru_cache(ENTRIES, 2 ^ 30), {}, {}, ("v"):rep(1500)
  for i = 1, ENTRIES do
    keys[i] = core.sha256(tostring(i))
    assert(cache:put(keys[i], value, 60, 0))
    plain[keys[i]] = value
  end
  local found
  report("hit through Lua", 1e9 * best_seconds(100000, function(i)
    found = cache:get(keys[i % ENTRIES + 1], 1)
  end), "ns", 400)
  report("  a plain Lua table, without bounds or lifetime", 1e9 * best_seconds(100000,
    function(i) found = plain[keys[i % ENTRIES + 1]] end), "ns")
  return found
end

-- ---- the layer ----

local function picture()
  return assert(vision.image_file "examples/drawings/flange.png")
end

-- The mock's reading: a summary, a few details, a title block, call-outs.
local function one_call_for_many(server)
  local provider = assert(vision.create_vision_provider("openai", {
    api_key = "sk-bench", base_url = server:base "ok" }))
  local cached = assert(vision.create_cached_provider(provider))
  local image, list = picture(), {}
  server:requests()
  for i = 1, CALLS do
    list[i] = function() return cached:analyze_image(image) end
  end
  for _, result in ipairs(assert(task.gather(list))) do assert(result[1], result[2]) end
  local calls = #server:requests()
  report(("calls of %d equal questions at once"):format(CALLS), calls, "", 1)
  if calls ~= 1 then failed = true end
  return cached, image
end

local function hits_of_the_layer(cached, image)
  local reading
  report("hit of the layer", 1e6 * best_seconds(5000, function()
    reading = cached:analyze_image(image)
  end), "us", 15)
  report("  of it: the key", 1e6 * best_seconds(5000, function()
    cached.keys:of(image)
  end), "us")
  assert(reading.cached)
  local text = frozen.freeze(reading)
  report(("  of it: the copy, of %d bytes"):format(#text), 1e6 * best_seconds(5000, function()
    frozen.thaw(text)
  end), "us")
end

-- ---- shared ----

local function buckets()
  local path = os.tmpname()
  os.remove(path)
  local state = assert(core.shared_state(path .. "/state"))
  local options = { per_minute = 0, burst = 1e12 }
  local own, shared = core.token_bucket(options, 0), state:token_bucket("b", options, 0)
  report("take from a private bucket", 1e9 * best_seconds(100000, function()
    own:take(1, 0)
  end), "ns")
  report("take from a shared one", 1e9 * best_seconds(100000, function()
    shared:take(1, 0)
  end), "ns")
  state:close()
  os.execute("rm -r " .. path)
end

hits_in_c()
hits_through_lua()
local server = mock_provider.start()
hits_of_the_layer(one_call_for_many(server))
server:stop()
buckets()
os.exit(not (failed and arg[1] == "--check"))
