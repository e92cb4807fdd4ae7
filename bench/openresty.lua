-- SPDX-License-Identifier: MIT
-- lua5.4 bench/openresty.lua [--check]: how long `/ok` in an nginx worker takes while 64 analyses
-- in the same worker wait on a slow provider, beside the same while it is idle. Rounds in turn.

package.path = "lua/?.lua;lua/?/init.lua;?.lua;" .. package.path
package.cpath = "build/5.4/lib/?.so;" .. package.cpath

local http = require "vision.base.http"
local core = require "vision.core"
local server = require "bench.server"
local service = require "spec.support.service"
local task = require "vision.base.task"

local WAITING, ROUNDS, REQUESTS, LIMIT = 64, 5, 2000, 2

local function percentile(list, share)
  table.sort(list)
  return list[math.max(1, math.ceil(#list * share))]
end

local function measure(url)
  local times = {}
  for i = 1, REQUESTS do
    local began = core.mono()
    assert(http.request { url = url .. "/ok" })
    times[i] = core.mono() - began
  end
  return percentile(times, 0.5) * 1e6, percentile(times, 0.99) * 1e6
end

local numbers = 0

-- 64 analyses that are under way when it returns.
local function load(call, upstream)
  local list = {}
  for i = 1, WAITING do
    numbers = numbers + 1
    list[i] = task.spawn(call, "POST", "/api/v1/vision/analyze?include_ocr=false",
      { headers = { "Content-Type: image/png" }, body = server.picture(numbers) })
  end
  while server.stats(upstream).waiting < WAITING do task.sleep(0.01) end
  return list
end

local function run(nginx, call, upstream)
  local idle, busy = {}, {}
  measure(nginx.url)
  for round = 1, ROUNDS do
    local p50, p99 = measure(nginx.url)
    idle[round] = p99
    local list = load(call, upstream)
    local busy_p50, busy_p99 = measure(nginx.url)
    assert(server.stats(upstream).waiting == WAITING, "the analyses did not wait that long")
    busy[round] = busy_p99
    print(("round %d  idle p50 %4.0f µs, p99 %5.0f µs   64 waiting: p50 %4.0f µs, p99 %5.0f µs")
      :format(round, p50, p99, busy_p50, busy_p99))
    for _, one in ipairs(list) do one:cancel() end
    task.gather(list)
    while server.stats(upstream).waiting > 0 do task.sleep(0.01) end
  end
  return percentile(busy, 0.5) / percentile(idle, 0.5)
end

local ratio = task.spawn(function()
  server.compile()
  local upstream = server.start "--delay 60000"
  local nginx, call = service.nginx { reads = { provider = { provider = "openai_compatible",
    model = "m", base_url = upstream .. "/v1", retry = false } } }
  local ok, result = xpcall(run, debug.traceback, nginx, call, upstream)
  nginx:stop()
  return ok and result, result
end):join()
print(("p99 of /ok while 64 wait: %.2f times that of an idle worker (limit %d)")
  :format(ratio, LIMIT))
os.exit(arg[1] == "--check" and ratio > LIMIT and 1 or 0)
