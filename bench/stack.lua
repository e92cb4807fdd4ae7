-- SPDX-License-Identifier: MIT
-- What the tower around a provider costs, and how close a large batch comes to the ideal:
--
--   stack    all layers around a provider that answers at once in process: at most 25 µs of
--            processor time a call more than the provider alone
--   hit      the same question again: at most 15 µs beyond the picture's digest, which it has
--   batch    10 000 pictures against a server that answers after 2 s, 1000 at once: at most 1.1
--            times the ideal wall time, at most 110 KB a job in flight beyond its picture
--   flight   1000 equal questions at once: exactly one call
--
-- Run in the project's folder after ./vision has built it: `lua5.4 bench/stack.lua [--check]`.
-- With --check it ends with 1 where a limit is passed.

package.path = "lua/?/init.lua;lua/?.lua;bench/?.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local core = require "vision.core"
local server = require "server"
local vision = require "vision"

local LIMITS = { stack_us = 25, hit_us = 15, batch_times = 1.1, job_kb = 110, calls = 1 }
local CALLS, ROUNDS = 20000, 5
local PICTURES, AT_ONCE, DELAY = 10000, 1000, 2

-- ---- in process ----

local function instant_provider()
  local inner = { name = "instant", model = "m", endpoint_name = "instant/m", calls = 0 }
  inner.capabilities = { vision = true, pdf = true, stream = false, network = true }
  function inner.analyze_image(self)
    self.calls = self.calls + 1
    return { summary = "s", details = { "d" }, confidence = 0.9, parsed = true, warnings = {},
      provider = "instant", model = "m", usage = { input_tokens = 9, output_tokens = 9 } }
  end
  return inner
end

local function images(count, from)
  local list = {}
  for i = 1, count do
    list[i] = assert(core.image_from_bytes(server.picture(from + i)))
    list[i]:sha256()
  end
  return list
end

-- Runs in a task, as in a service: outside of one, each wait would run the loop.
local function in_task(body)
  local results = assert(vision.task.gather { body })[1]
  assert(results[2] == nil, tostring(results[2]))
  return results[1]
end

local function cpu_us(provider, list)
  return in_task(function()
    local start = os.clock()
    for i = 1, #list do assert(provider:analyze_image(list[i])) end
    return (os.clock() - start) / #list * 1e6
  end)
end

local function in_process()
  local bare = instant_provider()
  local tower = assert(vision.stack {
    provider = instant_provider(), cache = { max_size = CALLS },
    rate_limit = { requests_per_minute = 1e7, burst_size = 1e5 },
    health = true,
  })
  local alone, stacked, hit = math.huge, math.huge, math.huge
  for round = 1, ROUNDS do
    local list = images(CALLS / ROUNDS, round * CALLS)
    alone = math.min(alone, cpu_us(bare, list))
    stacked = math.min(stacked, cpu_us(tower, list))
    hit = math.min(hit, cpu_us(tower, list))
  end
  return stacked - alone, hit
end

-- ---- against a server ----

local function remote(url)
  return assert(vision.create_vision_provider("openai_compatible", {
    base_url = url .. "/v1", model = "bench", fallback_to_stub = false, timeout_seconds = 60,
  }))
end

local function batch(url)
  local tower = assert(vision.stack { provider = remote(url), cache = false })
  local number = 0
  local function next_picture()
    if number < PICTURES then
      number = number + 1
      return server.picture(number)
    end
  end
  collectgarbage()
  local before, most, started = server.resident_kb(), 0, core.mono()
  local result = assert(vision.process_images_batch(tower, next_picture, {
    max_concurrency = AT_ONCE,
    on_result = function(index)
      if index % 500 == 0 then most = math.max(most, server.resident_kb()) end
    end,
  }))
  assert(result.completed == PICTURES, ("%d of %d"):format(result.completed, PICTURES))
  local ideal = PICTURES / AT_ONCE * DELAY
  return (core.mono() - started) / ideal, (most - before) / AT_ONCE
end

local function single_flight(url)
  local tower = assert(vision.stack { provider = remote(url) })
  local before, asks, picture = server.stats(url).requests, {}, server.picture(0)
  for i = 1, 1000 do
    asks[i] = function() return assert(tower:analyze_image(picture)) end
  end
  for _, result in ipairs(assert(vision.task.gather(asks))) do
    assert(result[2] == nil, tostring(result[2]))
  end
  return server.stats(url).requests - before
end

local missed = false

local function report(name, figure, unit, limit, what)
  missed = missed or figure > limit
  print(("%-8s %8.2f %s %s (limit %g)"):format(name, figure, unit, what, limit))
end

local stack_us, hit_us = in_process()
report("stack", stack_us, "µs", LIMITS.stack_us, "of CPU a call more than the provider alone")
report("hit", hit_us, "µs", LIMITS.hit_us, "of CPU a hit in the cache")
server.compile()
local times, job_kb = batch(server.start("--delay " .. DELAY * 1000))
report("batch", times, "times", LIMITS.batch_times, "the ideal wall time")
report("batch", job_kb, "KB", LIMITS.job_kb, "a job in flight, its picture of 2 KB included")
report("flight", single_flight(server.start "--delay 100"), "calls", LIMITS.calls,
  "for 1000 equal questions at once")
os.exit(missed and arg[1] == "--check" and 1 or 0)
