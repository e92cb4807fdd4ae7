-- SPDX-License-Identifier: MIT
-- What an analysis costs in all, C and Lua, from the picture to the reading, against a provider
-- that answers at once on this machine:
--
--   cpu      10 000 analyses of small pictures: at most 60 µs of processor time each
--   memory   no growth after the first 1000
--
-- Run in the project's folder after ./vision has built it once: `lua5.4 bench/analyses.lua [--check]`.
-- Beside it, in turn, a bare C loop of libcurl that sends the same bytes: what no client on top of
-- libcurl can go below. With --check it ends with 1 where a limit is passed.

package.path = "bench/?.lua;lua/?/init.lua;lua/?.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local vision = require "vision"

local WARM, TOTAL, TASKS = 1000, 10000, 32
local LIMITS = { cpu_us = 60, growth_kb = 256 }

local ANSWER = [[{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"bench",
"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","refusal":null,
"content":"{\"summary\":\"A flange.\",\"details\":[\"Main diameter: 20 mm\"],\"confidence\":0.92}"}}],
"usage":{"prompt_tokens":812,"completion_tokens":17,"total_tokens":829}}]]

local server -- kept: a collected pipe waits for the end of its program

-- It ends with this process.
local function start_server()
  os.execute("mkdir -p build/bench && cc -std=c11 -D_GNU_SOURCE -O2 -o build/bench/instant_server bench/instant_server.c")
  local file = assert(io.open("build/bench/answer.json", "w"))
  file:write(ANSWER)
  file:close()
  local pipe = io.popen("exec build/bench/instant_server --answer build/bench/answer.json", "r")
  server = pipe
  return ("http://127.0.0.1:%d/v1"):format(pipe:read("*n"))
end

local function resident_kb()
  for line in io.lines("/proc/self/status") do
    local kb = line:match("^VmRSS:%s+(%d+)")
    if kb then return tonumber(kb) end
  end
end

-- The header of a 64 × 64 PNG and 2 KB behind it: nobody decodes it here.
local function picture(number)
  local data = ("%08d"):format(number):rep(256)
  return "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0\0\64\0\0\0\64\8\2\0\0\0\0\0\0\0"
    .. "\0\0\8\0IDAT" .. data .. "\0\0\0\0" .. "\0\0\0\0IEND\174\66\96\130"
end

local function analyze(provider, from, to)
  local next_number = from
  local function worker()
    while next_number <= to do
      local number = next_number
      next_number = number + 1
      local reading, err = provider:analyze_image(picture(number))
      assert(reading and reading.confidence == 0.92, tostring(err))
    end
  end
  local workers = {}
  for i = 1, TASKS do workers[i] = worker end
  for _, result in ipairs(assert(vision.task.gather(workers))) do
    assert(result[2] == nil, tostring(result[2]))
  end
end

local url = start_server()
local provider = assert(vision.create_vision_provider("openai_compatible", {
  base_url = url, model = "bench", fallback_to_stub = false,
}))

analyze(provider, 1, WARM)
collectgarbage()
local rss, start = resident_kb(), os.clock()
analyze(provider, WARM + 1, WARM + TOTAL)
local cpu_us = (os.clock() - start) / TOTAL * 1e6
collectgarbage()
local growth = resident_kb() - rss

print(("cpu     %6.1f µs an analysis   (limit %d)"):format(cpu_us, LIMITS.cpu_us))
print(("memory  %6d KB more after %d (limit %d)"):format(growth, TOTAL, LIMITS.growth_kb))
local missed = cpu_us > LIMITS.cpu_us or growth > LIMITS.growth_kb
os.exit(server and missed and arg[1] == "--check" and 1 or 0)
