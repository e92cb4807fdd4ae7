-- SPDX-License-Identifier: MIT
-- lua5.4 bench/service.lua [--check] [--seconds N]: `vision serve` beside nginx's proxy_pass, each
-- before a provider that answers at once; every request has another picture. Then a hit of the
-- cache beside nginx's `return 200`. 16 clients, one process of each; rounds in turn. The figure is
-- the processor time of a request, so that what else the machine does counts little.

package.path = "lua/?.lua;lua/?/init.lua;?.lua;" .. package.path
package.cpath = "build/5.4/lib/?.so;" .. package.cpath

local core = require "vision.core"
local json = require "vision.base.json"
local server = require "bench.server"
local task = require "vision.base.task"

local CLIENTS, ROUNDS = 16, 5
local seconds = tonumber((table.concat(arg, " "):match "%-%-seconds (%S+)")) or 2

local folder = "build/bench/service"
local stops = {} -- commands that end what runs

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- Starts a program; its process is that of the command.
local function start(command, log)
  write(log, "")
  local pipe = assert(io.popen(("exec %s >%s/%s 2>&1 </dev/null & echo $!"):format(command, folder,
    log)))
  local pid = pipe:read "*n"
  pipe:close()
  stops[#stops + 1] = "kill " .. pid
  return pid
end

local function said(log, pattern)
  for _ = 1, 500 do
    local found = read(folder .. "/" .. log):match(pattern)
    if found then return found end
    task.sleep(0.02)
  end
  error(log .. ": " .. read(folder .. "/" .. log))
end

-- Seconds of processor time that a process has used.
local function used(pid)
  return tonumber(read(("/proc/%d/schedstat"):format(pid)):match "%d+") / 1e9
end

-- ---- those that are compared ----

local VISION = [[return {
  provider = { provider = "openai_compatible", model = "m", base_url = "%s/v1", retry = false },
  cache = %s,
}]]

local function vision(upstream, cached)
  local name = cached and "cached" or "vision"
  write(name .. ".lua", VISION:format(upstream, cached and "{ max_size = 16 }" or "false"))
  local pid = start(("lua5.4 bin/vision.lua serve --port 0 --config %s/%s.lua"):format(folder,
    name), name .. ".log")
  local port = tonumber(said(name .. ".log", "serves at http://[%d.]+:(%d+)"))
  return { name = "vision", pid = pid, port = port }
end

local NGINX = [[daemon off; master_process off; pid nginx.pid; error_log stderr;
worker_processes 1; events { worker_connections 1024; }
http { access_log off; client_max_body_size 64m; keepalive_requests 1000000;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path x; uwsgi_temp_path x;
  scgi_temp_path x;
  upstream provider { server %s; keepalive 64; keepalive_requests 1000000; }
  server { listen 127.0.0.1:%d;
    location /hit { return 200 "ok\n"; }
    location / { proxy_pass http://provider; proxy_http_version 1.1;
      proxy_set_header Connection ""; } } }]]

local function nginx(upstream)
  local port = 20000 + math.floor(core.mono() * 1000) % 10000
  write("nginx.conf", NGINX:format(upstream:match "//(.*)", port))
  local pid = start(("nginx -p %s/ -c nginx.conf"):format(folder), "nginx.log")
  task.sleep(0.3)
  return { name = "nginx", pid = pid, port = port }
end

-- ---- a round ----

-- A request in a file, and where its number stands.
local function request(name, eights, path)
  local body = json.encode { include_ocr = false, image_base64 =
    core.image_from_bytes(server.picture(0, eights)):base64() }
  local head = ("POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    .. "Content-Length: %d\r\n\r\n"):format(path, #body)
  write(name, head .. body)
  local data = (head .. body):find('"image_base64":"', 1, true) + #'"image_base64":"' - 1
  return #body, data + 200
end

-- µs of processor time a request, and requests a second.
local function measure(one, name, at)
  local before = used(one.pid)
  local pipe = assert(io.popen(("build/bench/load %d %d %g %s/%s %s"):format(one.port, CLIENTS,
    seconds, folder, name, at or "")))
  local good, bad, took = pipe:read("*n", "*n", "*n")
  pipe:close()
  assert(good and bad == 0, one.name .. " answered wrongly: " .. tostring(bad))
  return (used(one.pid) - before) / good * 1e6, good / took
end

local function median(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

-- The medians of the rounds' ratios: time of a request, requests a second.
local function compare(ours, theirs, name, at, their_name, their_at)
  local times, rates = {}, {}
  for round = 1, ROUNDS do
    local our_us, our_rate = measure(ours, name, at)
    local their_us, their_rate = measure(theirs, their_name or name, their_name and their_at or at)
    print(("  %d  vision %7.1f µs, %6.0f/s   nginx %7.1f µs, %6.0f/s"):format(round, our_us,
      our_rate, their_us, their_rate))
    times[round], rates[round] = our_us / their_us, our_rate / their_rate
  end
  return median(times), median(rates)
end

local failed = false

local function judge(text, ratio, limit, is_least)
  local ok = is_least and ratio >= limit or not is_least and ratio <= limit
  failed = failed or not ok
  print(("%s: %.2f (%s %g)%s"):format(text, ratio, is_least and "at least" or "limit", limit,
    ok and "" or "  MISSED"))
end

local function run()
  local upstream = server.start()
  local ours, theirs = vision(upstream), nginx(upstream)
  for _, case in ipairs { { 140, 7 }, { 131072, 2.2 } } do
    local bytes, at = request("request", case[1], "/api/v1/vision/analyze")
    print(("bodies of %d bytes"):format(bytes))
    judge("processor time of a request beside proxy_pass", compare(ours, theirs, "request", at),
      case[2])
  end
  print "the same picture of 2 KB again: a hit of the cache"
  request("request", 140, "/api/v1/vision/analyze")
  write("hit", "GET /hit HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
  local _, rate = compare(vision(upstream, true), theirs, "request", nil, "hit")
  judge("requests a second beside return 200", rate, 0.2, true)
end

local ok, err = task.spawn(function()
  os.execute("rm -rf " .. folder .. " && mkdir -p " .. folder)
  server.compile()
  server.compile "load"
  local ok, err = xpcall(run, debug.traceback)
  for _, stop in ipairs(stops) do os.execute(stop) end
  return ok, err
end):join()
if not ok then error(err, 0) end
os.exit(arg[1] == "--check" and failed and 1 or 0)
