-- SPDX-License-Identifier: MIT
-- What an analysis costs in all, C and Lua, from the picture to the reading, against a provider
-- that answers at once on this machine:
--
--   cpu      10 000 analyses of small pictures: at most 60 µs of processor time each
--   memory   no growth after the first 1000
--
-- Run in the project's folder after ./vision has built it once:
-- `lua5.4 bench/analyses.lua [--check]`. In turn with it runs a bare C loop of libcurl that sends
-- as many bytes: no client on libcurl can go below that. The figures are the best rounds of both.
-- With --check it ends with 1 where a limit is passed.

package.path = "lua/?/init.lua;lua/?.lua;bench/?.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local server = require "server"
local vision = require "vision"

local WARM, ROUND, ROUNDS, TASKS = 1000, 2000, 5, 32
local LIMITS = { cpu_us = 60, growth_kb = 256 }

local function pictures(from, count)
  local list = {}
  for i = 1, count do list[i] = server.picture(from + i) end
  return list
end

local function analyze(provider, list)
  local taken = 0
  local function worker()
    while taken < #list do
      taken = taken + 1
      local reading, err = provider:analyze_image(list[taken])
      assert(reading and reading.confidence == 0.92, tostring(err))
    end
  end
  local workers = {}
  for i = 1, TASKS do workers[i] = worker end
  for _, result in ipairs(assert(vision.task.gather(workers))) do
    assert(result[2] == nil, tostring(result[2]))
  end
end

local function bare_cpu_us(url, bytes)
  local pipe = io.popen(("build/bench/bare_curl %s/v1 %d %d %d"):format(url, bytes, TASKS, ROUND))
  local cpu_us = pipe:read "*n"
  pipe:close()
  return cpu_us
end

server.compile()
server.compile("bare_curl", "$(pkg-config --cflags --libs libcurl)")
local url = server.start()
local provider = assert(vision.create_vision_provider("openai_compatible", {
  base_url = url .. "/v1", model = "bench", fallback_to_stub = false,
}))

analyze(provider, pictures(0, WARM))
local bytes = math.floor(server.stats(url).bytes / WARM)
local list = pictures(WARM, ROUND)
analyze(provider, list)
collectgarbage()
local before_kb = server.resident_kb()
local ours, bare = math.huge, math.huge
for _ = 1, ROUNDS do
  local start = os.clock()
  analyze(provider, list)
  ours = math.min(ours, (os.clock() - start) / ROUND * 1e6)
  bare = math.min(bare, bare_cpu_us(url, bytes))
  collectgarbage() -- else the garbage of the moment is what is measured below
end
local growth_kb = server.resident_kb() - before_kb

print(("cpu      %6.1f µs an analysis (limit %d), %.2f times bare libcurl's %.1f µs")
  :format(ours, LIMITS.cpu_us, ours / bare, bare))
print(("memory   %6d KB more after %d analyses (limit %d)")
  :format(growth_kb, ROUNDS * ROUND, LIMITS.growth_kb))
local missed = ours > LIMITS.cpu_us or growth_kb > LIMITS.growth_kb
os.exit(missed and arg[1] == "--check" and 1 or 0)
