-- SPDX-License-Identifier: MIT
-- What a request costs, against a server that answers at once:
--
--   memory   256 in flight with one 1 MB picture: at most 100 KB each beyond the picture
--   cpu      the same: at most 1.3 times a bare C loop of libcurl that sends the same bytes
--   step     100 uploads active: half of all `step(1000)` take at most 1.2 ms
--
-- Run in the project's folder after ./vision has built it once: `lua5.4 bench/http.lua [--check]`.
-- The two sides of the ratio run in turn, so that what else the machine does meets both; the
-- figures are medians of the rounds. With --check it ends with 1 where a limit is passed.

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local core = require "vision.core"

local ROUNDS = 7
local IN_FLIGHT, REQUESTS = 256, 1024
local LIMITS = { memory_kb = 100, cpu_ratio = 1.3, step_ms = 1.2 }

-- ---- helpers ----

local function run(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read("*a")
  assert(pipe:close(), command)
  return text
end

local function compile(name, libraries)
  run(("mkdir -p build/bench && cc -std=c11 -D_GNU_SOURCE -O2 -o build/bench/%s bench/%s.c %s")
    :format(name, name, libraries or ""))
end

local pipes = {} -- a server ends when its pipe is closed

-- Its answers wait `delay_ms`.
local function start_server(delay_ms)
  local pipe = io.popen(("exec build/bench/instant_server --delay %d"):format(delay_ms), "r")
  pipes[#pipes + 1] = pipe
  return ("http://127.0.0.1:%d/v1"):format(pipe:read("*n"))
end

local function median(list)
  table.sort(list)
  return list[math.floor(#list / 2) + 1]
end

local function resident_kb(field)
  for line in io.lines("/proc/self/status") do
    local kb = line:match("^" .. field .. ":%s+(%d+)")
    if kb then return tonumber(kb) end
  end
end

local function big_endian(n)
  return string.char(math.floor(n / 2 ^ 24), math.floor(n / 65536) % 256,
    math.floor(n / 256) % 256, n % 256)
end

-- A picture by its header and size; nobody decodes it here.
local function new_picture(bytes)
  local data = ("\17\99\200abc"):rep(math.ceil(bytes / 6))
  local png = "\137PNG\r\n\26\n" .. "\0\0\0\13IHDR\0\0\4\0\0\0\4\0\8\2\0\0\0\0\0\0\0"
    .. big_endian(#data) .. "IDAT" .. data .. "\0\0\0\0" .. "\0\0\0\0IEND\174\66\96\130"
  return assert(core.image_from_bytes(png))
end

local picture = new_picture(1048576)
local PREFIX, SUFFIX = '{"image":"', '"}'

-- Keeps `in_flight` requests going until `total` have ended; `wait` lets the loop do its part.
local function exchange(url, in_flight, total, wait)
  local loop, active, started, ended = core.loop(), {}, 0, 0
  local function start()
    started = started + 1
    local request = assert(core.http {
      method = "POST",
      url = url,
      headers = { "Content-Type: application/json" },
      body = { PREFIX, { base64 = picture }, SUFFIX },
    })
    active[request:id()] = request
  end
  for _ = 1, math.min(in_flight, total) do start() end
  while ended < total do
    wait(loop)
    for id in loop.next, loop do
      local request = active[id]
      active[id] = nil
      local done, err = request:done()
      assert(done, err and err.message)
      request:close()
      ended = ended + 1
      if started < total then start() end
    end
  end
end

local function plain_wait(loop)
  assert(loop:wait(30), "nothing happened for 30 s")
end

-- ---- the figures ----

-- The server answers late, so that all are in flight at once, each with all its buffers.
local function measure_memory()
  local url = start_server(1500)
  exchange(url, 1, 1, plain_wait) -- what is loaded once for all
  collectgarbage()
  local before = resident_kb("VmRSS")
  exchange(url, IN_FLIGHT, IN_FLIGHT, plain_wait)
  return (resident_kb("VmHWM") - before) / IN_FLIGHT
end

local function bare_cpu_us(url)
  local body = #PREFIX + math.ceil(picture:size() / 3) * 4 + #SUFFIX
  return tonumber(run(("build/bench/bare_curl %s %d %d %d"):format(url, body, IN_FLIGHT, REQUESTS)))
end

local function our_cpu_us(url)
  local start = os.clock()
  exchange(url, IN_FLIGHT, REQUESTS, plain_wait)
  return (os.clock() - start) * 1e6 / REQUESTS
end

local function measure_cpu(url)
  local ours, bare, ratios = {}, {}, {}
  for round = 1, ROUNDS do
    bare[round] = bare_cpu_us(url)
    ours[round] = our_cpu_us(url)
    ratios[round] = ours[round] / bare[round]
  end
  return median(ours), median(bare), median(ratios)
end

local function measure_step(url)
  local times = {}
  exchange(url, 100, 1500, function(loop)
    local start = core.mono()
    loop:step(1000)
    times[#times + 1] = (core.mono() - start) * 1000
  end)
  local p50 = median(times) -- which sorts them
  return p50, times[math.ceil(#times * 0.99)], times[#times]
end

-- ---- the report ----

local failed = false

local function report(name, text, value, limit)
  local good = value <= limit
  failed = failed or not good
  print(("%-8s %s   limit %g   %s"):format(name, text, limit, good and "ok" or "TOO MUCH"))
end

compile("instant_server")
compile("bare_curl", "-lcurl")
local memory_kb = measure_memory()
report("memory", ("%6.1f KB a request in flight"):format(memory_kb), memory_kb, LIMITS.memory_kb)
local url = start_server(0)
local ours, bare, ratio = measure_cpu(url)
report("cpu", ("%6.0f µs a request, bare loop %.0f µs: ratio %.2f"):format(ours, bare, ratio),
  ratio, LIMITS.cpu_ratio)
local p50, p99, worst = measure_step(url)
report("step", ("%6.2f ms p50, %.2f ms p99, %.2f ms worst"):format(p50, p99, worst),
  p50, LIMITS.step_ms)
os.exit(failed and arg[1] == "--check" and 1 or 0)
