-- SPDX-License-Identifier: MIT
-- What a call of the token bucket, the circuit breaker and the histogram costs: in C, and through
-- the binding; beside it a call of `string.len`, which is what Lua itself takes for calling C.
--
-- Run in the project's folder after ./vision has built it once:
-- `lua5.4 bench/mechanisms.lua [--check] [--count]`, or luajit with VISION_BUILD=build/5.1. CPU
-- time, medians, in nanoseconds. With --check it ends with 1 where a limit is missed; with --count
-- it also counts instructions a call (valgrind).

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local core = require "vision.core"

local ROUNDS, CALLS = 31, 20000
local LIMITS = { -- nanoseconds
  ["bucket-take"] = 60,
  ["breaker-call"] = 80,
  ["breaker-call-count"] = 80,
  ["breaker-call-time"] = 80,
  ["lua bucket:take"] = 400,
  ["lua breaker:allow"] = 400,
  ["lua breaker:record"] = 400,
  ["lua histogram:record"] = 400,
}

local wants = {}
for _, word in ipairs(arg) do wants[word] = true end
local failed = false

local function report(name, ns)
  local limit, verdict = LIMITS[name], ""
  if limit then
    verdict = ("   limit %d"):format(limit)
    if ns > limit then
      failed, verdict = true, verdict .. "  MISSED"
    end
  end
  print(("%-24s %8.1f ns%s"):format(name, ns, verdict))
end

local PROGRAM = "build/bench/mechanisms"

local function output_of(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read "*a"
  assert(pipe:close(), command)
  return text
end

local function measure_in_c()
  local sources = {}
  for _, name in ipairs { "breaker_window", "circuit_breaker", "error", "histogram",
    "token_bucket" } do
    sources[#sources + 1] = "csrc/core/" .. name .. ".c"
  end
  local names = {}
  local text = output_of("mkdir -p build/bench && cc -std=c11 -D_GNU_SOURCE -O2 -o " .. PROGRAM
    .. " bench/mechanisms.c " .. table.concat(sources, " ") .. " -lm && " .. PROGRAM)
  for name, ns in text:gmatch "(%S+) (%S+)" do
    names[#names + 1] = name
    report(name, tonumber(ns))
  end
  return names
end

-- ---- through Lua ----

local bucket = core.token_bucket({ per_minute = 6e7, burst = 1000 }, 0)
local breaker = core.circuit_breaker()
local latencies = core.histogram()

-- Each makes CALLS calls; `permits` are what the one before was given.
local now, permits = 0, {}
local OPERATIONS = {
  { "lua string.len", function()
    local len = string.len
    for _ = 1, CALLS do len "x" end
  end },
  { "lua bucket:take", function()
    for _ = 1, CALLS do
      now = now + 1e-3
      bucket:take(1, now)
    end
  end },
  { "lua breaker:allow", function()
    for i = 1, CALLS do
      now = now + 1e-3
      permits[i] = breaker:allow(now)
    end
  end },
  { "lua breaker:record", function()
    for i = 1, CALLS do
      now = now + 1e-3
      breaker:record(permits[i], "success", 0.5, now)
    end
  end },
  { "lua histogram:record", function()
    for _ = 1, CALLS do
      now = now + 1e-3
      latencies:record(now)
    end
  end },
}

local function cost_ns(body)
  local start = os.clock()
  body()
  return (os.clock() - start) / CALLS * 1e9
end

local function measure_in_lua()
  local costs = {}
  for round = 1, ROUNDS do
    for i, operation in ipairs(OPERATIONS) do
      costs[i] = costs[i] or {}
      costs[i][round] = cost_ns(operation[2])
    end
  end
  for i, operation in ipairs(OPERATIONS) do
    table.sort(costs[i])
    report(operation[1], costs[i][math.floor(ROUNDS / 2) + 1])
  end
end

-- ---- instructions ----

local function instructions(name, calls)
  local text = output_of(("valgrind --tool=callgrind --callgrind-out-file=/dev/null %s %s %d 2>&1")
    :format(PROGRAM, name, calls))
  return tonumber(text:match "Collected : (%d+)")
end

local function count(names)
  for _, name in ipairs(names) do
    local each = (instructions(name, 11000) - instructions(name, 1000)) / 10000
    print(("%-24s %8.1f instructions"):format(name, each))
  end
end

local names = measure_in_c()
measure_in_lua()
if wants["--count"] then count(names) end
os.exit(not (failed and wants["--check"]))
