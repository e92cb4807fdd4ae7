-- SPDX-License-Identifier: MIT
-- What is measured beside what: `vision serve`, nginx and Portkey's gateway, each a process of its
-- own before the same provider; requests to them, and what a process has used.

local core = require "vision.core"
local json = require "vision.base.json"
local server = require "bench.server"
local task = require "vision.base.task"

local peers = {}

local folder = "build/bench/service"
local stops = {} -- processes

---@class bench.Peer
---@field name string
---@field pid integer
---@field port integer
---@field path string       where it takes a picture
---@field headers string?   lines of each request to it

-- ---- files and processes ----

function peers.write(name, text)
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

-- Starts a program with as many descriptors as the system allows; its process is the command's.
local function start(command, log)
  peers.write(log, "")
  local pipe = assert(io.popen(("ulimit -n $(ulimit -Hn); exec %s >%s/%s 2>&1 </dev/null & echo $!")
    :format(command, folder, log)))
  local pid = pipe:read "*n"
  pipe:close()
  stops[#stops + 1] = pid
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

--- Ends a program; without one all that were started.
---@param peer bench.Peer?
function peers.stop(peer)
  for _, pid in ipairs(peer and { peer.pid } or stops) do
    os.execute(("kill %d 2>/dev/null"):format(pid))
  end
  if not peer then stops = {} end
end

--- Seconds of processor time that it has used.
function peers.used(peer)
  return tonumber(read(("/proc/%d/schedstat"):format(peer.pid)):match "%d+") / 1e9
end

--- Its memory in KB: what is resident, and the most that ever was since `forget_peak`.
function peers.memory(peer)
  local text = read(("/proc/%d/status"):format(peer.pid))
  return tonumber(text:match "VmRSS:%s+(%d+)"), tonumber(text:match "VmHWM:%s+(%d+)")
end

function peers.forget_peak(peer)
  local file = assert(io.open(("/proc/%d/clear_refs"):format(peer.pid), "w"))
  file:write "5"
  file:close()
end

-- ---- programs ----

local VISION = [[return {
  provider = { provider = "openai_compatible", model = "m", base_url = "%s/v1", retry = false },
  cache = %s,
}]]

--- `vision serve` in one process.
---@param upstream string   a provider's URL
---@param cached? boolean
---@param options? string   of the command
---@return bench.Peer
function peers.vision(upstream, cached, options)
  local name = cached and "cached" or "vision"
  peers.write(name .. ".lua", VISION:format(upstream, cached and "{ max_size = 16 }" or "false"))
  local pid = start(("./vision serve --port 0 --config %s/%s.lua %s"):format(folder, name,
    options or ""), name .. ".log")
  local port = tonumber(said(name .. ".log", "serves at http://[%d.]+:(%d+)"))
  return { name = "vision", pid = pid, port = port, path = "/api/v1/vision/analyze" }
end

-- A port that was free just now.
local function free_port()
  local socket = require "socket"
  local one = assert(socket.bind("127.0.0.1", 0))
  local _, port = one:getsockname()
  one:close()
  return tonumber(port)
end

local function until_it_listens(peer, log)
  local socket = require "socket"
  for _ = 1, 500 do
    local one = socket.connect("127.0.0.1", peer.port)
    if one then
      one:close()
      return peer
    end
    task.sleep(0.02)
  end
  error(peer.name .. " does not listen: " .. read(folder .. "/" .. log))
end

local NGINX = [[daemon off; master_process off; pid nginx.pid; error_log stderr;
worker_processes 1; events { worker_connections 16384; }
http { access_log off; client_max_body_size 64m; keepalive_requests 1000000;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path x; uwsgi_temp_path x;
  scgi_temp_path x;
  upstream provider { server %s; keepalive 64; keepalive_requests 1000000; }
  server { listen 127.0.0.1:%d backlog=4096;
    location /hit { return 200 "ok\n"; }
    location / { proxy_pass http://provider; proxy_http_version 1.1;
      proxy_set_header Connection ""; } } }]]

--- nginx with proxy_pass and its default buffering, in one process.
---@param upstream string
---@return bench.Peer
function peers.nginx(upstream)
  local port = free_port()
  peers.write("nginx.conf", NGINX:format(upstream:match "//(.*)", port))
  local pid = start(("nginx -p %s/ -c nginx.conf"):format(folder), "nginx.log")
  return until_it_listens({ name = "nginx", pid = pid, port = port,
    path = "/v1/chat/completions" }, "nginx.log")
end

-- ---- Portkey's gateway ----

local GATEWAY, GATEWAY_VERSION = "build/bench/gateway", "1.15.2"

-- It listens at all addresses, and has no option for another.
local LOOPBACK = [[const net = require("net"), listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (where, ...rest) {
  if (where && typeof where === "object") where = { ...where, host: "127.0.0.1" };
  else if (typeof where === "number" || /^\d+$/.test(where)) {
    if (typeof rest[0] === "string" || rest[0] === undefined) rest.shift();
    rest.unshift("127.0.0.1");
  }
  return listen.call(this, where, ...rest);
};
]]

local function succeeds(command)
  local ok = os.execute(command)
  return ok == true or ok == 0
end

local function install_gateway()
  local program = GATEWAY .. "/node_modules/@portkey-ai/gateway/build/start-server.js"
  if succeeds("test -e " .. program) then return program end
  local installed = succeeds(("mkdir -p %s && npm install --prefix %s --no-audit --no-fund "
    .. "--no-package-lock --ignore-scripts --fetch-retries 0 @portkey-ai/gateway@%s "
    .. ">%s/npm.log 2>&1"):format(GATEWAY, GATEWAY, GATEWAY_VERSION, folder))
  return installed and program or nil
end

--- Portkey's gateway; nil where npm or its registry is not there.
---@param upstream string
---@return bench.Peer?
function peers.portkey(upstream)
  local program = install_gateway()
  if not program then return nil end
  peers.write("loopback.js", LOOPBACK)
  local port = free_port()
  local pid = start(("env NODE_ENV=production node --require ./%s/loopback.js %s --port=%d "
    .. "--headless"):format(folder, program, port), "portkey.log")
  return until_it_listens({ name = "portkey", pid = pid, port = port,
    path = "/v1/chat/completions", headers = "x-portkey-provider: openai\r\n"
    .. "x-portkey-custom-host: " .. upstream .. "/v1\r\nAuthorization: Bearer none\r\n" },
    "portkey.log")
end

-- ---- requests ----

local HEAD = "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n%s"
  .. "Content-Length: %d\r\n\r\n"

-- As each of them takes it; a gateway gets what a provider would.
local function body_of(peer, picture)
  if peer.name == "vision" then
    return { include_ocr = false, image_base64 = picture }
  end
  return { model = "m", messages = { { role = "user", content = { { type = "text",
    text = "Read this drawing." }, { type = "image_url", image_url = {
      url = "data:image/png;base64," .. picture } } } } } }
end

--- A request with a picture, in a file.
---@param peer bench.Peer
---@param name string
---@param eights integer       the picture's size
---@param options? { path: string?, headers: string? }
---@return { file: string, at: integer, bytes: integer } # `at`: where its number stands
function peers.request(peer, name, eights, options)
  options = options or {}
  local picture = core.image_from_bytes(server.picture(0, eights)):base64()
  local body = json.encode(body_of(peer, picture))
  local text = HEAD:format(options.path or peer.path, (peer.headers or "")
    .. (options.headers or ""), #body) .. body
  peers.write(name, text)
  local at = assert(text:find(picture:sub(1, 40), 1, true)) - 1 + 200
  return { file = folder .. "/" .. name, at = at, bytes = #body }
end

local function words_of(...)
  local words = { ... }
  for i, word in ipairs(words) do words[i] = tostring(word) end
  return table.concat(words, " ")
end

--- A program of bench/ and what it prints: numbers.
---@param program string
---@param ... any its arguments
---@return number ...
function peers.run(program, ...)
  local pipe = assert(io.popen("build/bench/" .. words_of(program, ...)))
  local numbers = {}
  for word in pipe:read("*a"):gmatch "%S+" do numbers[#numbers + 1] = tonumber(word) end
  assert(pipe:close() and #numbers > 0, program .. " failed")
  return table.unpack(numbers)
end

--- Starts a program of bench/ that runs until it is stopped; waits for its first line.
---@param program string
---@param ... any its arguments
---@return fun() stop
function peers.start(program, ...)
  local log = program .. ".log"
  local pid = start("build/bench/" .. words_of(program, ...), log)
  said(log, "(.-)\n")
  return function() peers.stop { pid = pid } end
end

-- ---- the run ----

function peers.median(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

local failed = false

--- Prints a figure beside its limit.
---@param text string
---@param figure number
---@param limit number
---@param is_least? boolean
function peers.judge(text, figure, limit, is_least)
  local ok = is_least and figure >= limit or not is_least and figure <= limit
  failed = failed or not ok
  print(("%s: %.2f (%s %g)%s"):format(text, figure, is_least and "at least" or "limit", limit,
    ok and "" or "  MISSED"))
end

--- Compiles what is needed, runs a function in a task, ends all programs, and the process: with 1
--- where a limit is passed and `checking`.
---@param programs string[]  of bench/
---@param checking boolean
---@param body fun()
function peers.bench(programs, checking, body)
  local ok, err = task.spawn(function()
    os.execute("rm -rf " .. folder .. " && mkdir -p " .. folder)
    server.compile()
    for _, program in ipairs(programs) do server.compile(program) end
    assert(os.execute "./vision serve --help >/dev/null") -- it is built by now
    local ok, err = xpcall(body, debug.traceback)
    peers.stop()
    return ok, err
  end):join()
  if not ok then error(err, 0) end
  os.exit(checking and failed and 1 or 0)
end

return peers
