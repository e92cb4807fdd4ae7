-- SPDX-License-Identifier: MIT
-- vision serve --workers: several processes at one address, and what becomes of it when they die.

local command = require "spec.support.command"
local core = require "vision.core"
local folder = require "spec.support.folder"
local http = require "vision.base.http"
local json = require "vision.base.json"
local mock_provider = require "spec.support.mock_provider"
local output = require "spec.support.output"
local pictures = require "spec.support.pictures"
local processes = require "spec.support.processes"
local server_core = require "vision.server.core"
local socket = require "spec.support.socket"
local task = require "vision.base.task"

local PNG = pictures.png(40, 30, function() return 200 end)
local ANALYZE = "/api/v1/vision/analyze?include_ocr=false"
local CLOSE = "Connection: close"

local text_of, said = output.of, output.await

local function until_true(what, is_so)
  for _ = 1, 1000 do
    local value = is_so()
    if value then return value end
    task.sleep(0.01)
  end
  error("never came: " .. what, 2)
end

local function kill(pid, signal)
  assert(os.execute(("kill -%s %d"):format(signal, pid)))
end

local function state_of(pid)
  return text_of(("/proc/%d/stat"):format(pid)):match "%) (%a)"
end

-- The one that is asked, its processes, and how to ask it.
local Service = {}
Service.__index = Service

function Service:workers()
  local list = {}
  local children = text_of(("/proc/%d/task/%d/children"):format(self.pid, self.pid))
  for pid in children:gmatch "%d+" do list[#list + 1] = tonumber(pid) end
  return list
end

function Service:call(method, target, body, headers)
  headers = headers or { CLOSE, body and "Content-Type: image/png" or nil }
  local answer, err = http.request { url = "http://127.0.0.1:" .. self.port .. target,
    method = method, headers = headers, body = body }
  if answer then answer.json = answer.body:sub(1, 1) == "{" and json.decode(answer.body) end
  return answer, err
end

-- How many requests of a route all workers together have answered.
function Service:counted(route)
  local text = assert(self:call("GET", "/metrics")).body
  local sum = 0
  for line in text:gmatch "[^\n]+" do
    local count = line:match('^vision_http_requests_total{.*http_route="' .. route .. '".* (%d+)$')
    sum = sum + (count or 0)
  end
  return sum
end

-- Runs a function with a service of so many workers; it must end by itself after SIGTERM.
local function with(workers, config, body)
  folder.with(function(place)
    folder.write(place .. "/vision.lua", config)
    local running = command.start({ "serve", "--workers", tostring(workers), "--port", "0",
      "--config", place .. "/vision.lua", "--keys", place .. "/keys.json" },
      { environment = { TMPDIR = place } })
    local service = setmetatable({ log = running.err, place = place }, Service)
    local ok, message = pcall(function()
      service.port = said(running.err, "serves at http://127%.0%.0%.1:(%d+) with " .. workers)
      service.pid = processes.child_of(running.pid) or running.pid
      until_true("all workers", function() return #service:workers() == workers end)
      body(service)
    end)
    if not service.is_told then kill(service.pid or running.pid, "TERM") end
    local status, _, err = command.finish(running)
    if not ok then error(tostring(message) .. "\n" .. err, 0) end
    assert.equal(0, status, err)
    assert.is_nil(io.popen("ls " .. place):read "*a":find "vision%-workers", "its folder is left")
  end)
end

describe("vision serve --workers", function()
  it("loses no more than one that is killed had taken, and replaces it", function()
    with(4, "return { provider = 'stub' }", function(service)
      local clients, each = 8, 25
      local killed, is_killed, answered, lost = service:workers()[2], false, 0, {}
      local function ask()
        for _ = 1, each do
          local answer, err = service:call("POST", ANALYZE, PNG)
          if answer and answer.status == 200 then
            answered = answered + 1
          else
            lost[#lost + 1] = answer and answer.status or err.reason
          end
          if answered == clients * each / 4 and not is_killed then
            is_killed = true
            kill(killed, "KILL")
          end
        end
      end
      local list = {}
      for i = 1, clients do list[i] = ask end
      task.gather(list)
      assert.is_true(#lost <= clients, table.concat(lost, " "))
      assert.equal(clients * each, answered + #lost)
      said(service.log, "worker %d was ended by signal 9: another takes its place")
      until_true("the new worker", function() return #service:workers() == 4 end)
      assert.is_nil(state_of(killed))
      -- Whichever worker is asked: it has counted for all.
      for _ = 1, 4 do
        until_true("all counted", function()
          return service:counted "/api/v1/vision/analyze" >= answered
        end)
      end
    end)
  end)

  it("answers what waited in the queue when all workers are killed", function()
    with(2, "return { provider = 'stub' }", function(service)
      local workers = service:workers()
      for _, pid in ipairs(workers) do
        kill(pid, "STOP")
        until_true("a stop", function() return state_of(pid) == "T" end)
      end
      local waiting = {}
      for i = 1, 6 do
        waiting[i] = socket.connect(tonumber(service.port))
        waiting[i]:send "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
      end
      for _, pid in ipairs(workers) do kill(pid, "KILL") end
      for _, client in ipairs(waiting) do
        assert.matches("^HTTP/1.1 200", client:read_until "ok\n$")
        client:close()
      end
    end)
  end)

  it("knows a batch and a key of any worker's", function()
    with(3, "return { provider = 'stub', budget = { daily_limit_usd = 5 } }", function(service)
      local begun = service:call("POST", "/api/v1/vision/batch", json.encode {
        images = { core.base64_encode(PNG) } },
        { CLOSE, "Content-Type: application/json" })
      assert.equal(202, begun.status, begun.body)
      local at = "/api/v1/vision/batch/" .. begun.json.job_id
      for _ = 1, 12 do assert.equal(200, service:call("GET", at).status) end
      local function once()
        return service:call("POST", ANALYZE, PNG,
          { CLOSE, "Content-Type: image/png", "Idempotency-Key: k" })
      end
      local first = once()
      for _ = 1, 6 do assert.equal(first.body, once().body) end
    end)
  end)

  it("finishes what runs, then ends", function()
    local mock = mock_provider.start()
    finally(function() mock:stop() end)
    local status
    with(2, ("return { provider = { 'openai_compatible', base_url = %q, model = 'm' } }"):format(
      mock:base "held"), function(service)
      local asked = task.spawn(function() return service:call("POST", ANALYZE, PNG) end)
      until_true("the request", function() return #mock:requests() > 0 end)
      kill(service.pid, "TERM")
      service.is_told = true
      said(service.log, "stops when")
      mock:release()
      status = assert(asked:join()).status
    end)
    assert.equal(200, status)
  end)

  it("passes SIGHUP on", function()
    with(2, "return { provider = 'stub' }", function(service)
      folder.write(service.place .. "/vision.lua", "return { provider = 'stub', retry = 'x' }")
      kill(service.pid, "HUP")
      said(service.log, "the configuration stays as it was.*the configuration stays as it was")
      folder.write(service.place .. "/vision.lua", "return { provider = 'local' }")
      kill(service.pid, "HUP")
      said(service.log, "reads the new configuration.*reads the new configuration")
      for _ = 1, 6 do
        assert.equal("local", service:call("GET", "/api/v1/vision/health").json.provider)
      end
    end)
  end)

  it("ends where the first worker cannot serve, and says why once", function()
    folder.with(function(place)
      folder.write(place .. "/vision.lua", "return { retry = 'x' }")
      local status, _, err = command.run({ "serve", "--workers", "3", "--port", "0", "--config",
        place .. "/vision.lua" }, { environment = { TMPDIR = place } })
      assert.equal(1, status)
      assert.matches("^vision: [^\n]*retry[^\n]*\n$", err)
    end)
  end)

  it("ends its workers where it is killed itself", function()
    local workers
    folder.with(function(place)
      local log = place .. "/log"
      local line = ("exec env TMPDIR=%s LUA_PATH='%s' LUA_CPATH='%s' %s bin/vision.lua serve "
        .. "--provider stub --workers 2 --port 0 2>%s"):format(place, package.path, package.cpath,
        command.INTERPRETER, log)
      local child = assert(core.child({ "sh", "-c", line }, {}, 0))
      said(log, "with 2 workers")
      local service = setmetatable({ pid = child:pid() }, Service)
      workers = until_true("all workers", function()
        local list = service:workers()
        return #list == 2 and list
      end)
      child:close()
      for _, pid in ipairs(workers) do
        until_true("the end of a worker", function() return not state_of(pid) end)
      end
    end)
  end)
end)

describe("a socket that systemd hands over", function()
  -- What a process says that finds `descriptor` as its 3.
  local function serve(place, descriptor, count)
    local line = ("LISTEN_PID=$$ LISTEN_FDS=%d exec env LUA_PATH='%s' LUA_CPATH='%s' %s "
      .. "bin/vision.lua serve --provider stub --port 1 2>%s"):format(count, package.path,
      package.cpath, command.INTERPRETER, place .. "/log")
    return assert(core.child({ "sh", "-c", line }, { "XDG_CONFIG_HOME=" .. place }, descriptor))
  end

  local function status_of(child)
    until_true("its end", function() return child:ended() end)
    return (child:ended())
  end

  it("is served", function()
    folder.with(function(place)
      local descriptor = assert(server_core.listen("127.0.0.1", 0))
      local host, port = server_core.address(descriptor)
      local child = serve(place, descriptor, 1)
      said(place .. "/log", ("serves at http://%s:%d\n"):format(host:gsub("%.", "%%."), port))
      local answer = assert(http.request { url = ("http://%s:%d/healthz"):format(host, port) })
      assert.equal(200, answer.status)
      child:signal "term"
      assert.equal(0, status_of(child))
      child:close()
    end)
  end)

  it("is one, and it listens", function()
    folder.with(function(place)
      for _, case in ipairs { { 2, "2 sockets were handed over" },
        { 1, "no socket that listens" } } do
        local child = serve(place, 0, case[1])
        assert.equal(1, status_of(child))
        assert.matches(case[2], text_of(place .. "/log"))
        child:close()
      end
    end)
  end)
end)
