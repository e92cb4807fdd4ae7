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
local redis = require "spec.support.redis"
local server_core = require "vision.server.core"
local socket = require "spec.support.socket"
local task = require "vision.base.task"
local workers = require "spec.support.workers"

local PNG = pictures.png(40, 30, function() return 200 end)
local ANALYZE = "/api/v1/vision/analyze?include_ocr=false"
local CLOSE = "Connection: close"

local kill, state_of, until_true = workers.kill, workers.state_of, workers.until_true
local text_of, said, with = output.of, output.await, workers.with

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

  -- What one of the workers says: calls of the provider, as JSON and for Prometheus, and requests.
  local function figures(service)
    local own = service:call("GET", "/api/v1/vision/metrics").json.metrics
    local calls = service:call("GET", "/metrics").body:match(
      '\nvision_provider_calls_total{[^\n]*outcome="success"[^\n]*} (%d+)\n')
    return { own.total_requests, tonumber(calls), service:counted "/api/v1/vision/analyze" }
  end

  local function tells_for_all(config)
    with(2, config, function(service)
      local count, list = 24, {}
      for i = 1, count do
        list[i] = function() assert.equal(200, service:call("POST", ANALYZE, PNG).status) end
      end
      for _, result in ipairs(task.gather(list)) do assert.is_nil(result[2]) end
      for _ = 1, 8 do -- whichever is asked
        until_true("the figures of all", function()
          return table.concat(figures(service), " ") == ("%d %d %d"):format(count, count, count)
        end)
      end
    end)
  end

  it("has the figures of all of them, whichever is asked", function()
    tells_for_all "return { provider = 'stub', cache = false }"
  end)

  it("has them also where limits and breakers are those of a fleet", function()
    local server = redis.start()
    finally(function() server:stop() end)
    tells_for_all(("return { provider = 'stub', cache = false, shared_state = %q }"):format(
      server.url))
  end)

  it("reads with any model that is asked for, however many were named before", function()
    with(2, "return { provider = { 'openai', api_key = 'none' } }", function(service)
      local function status_of(model)
        return service:call("POST", "/api/v1/vision/estimate?provider=openai/" .. model, PNG).status
      end
      for i = 1, 60 do assert.equal(200, status_of("m" .. i)) end
      said(service.log, "all %d+ places are in use; what else is asked has its limits in this "
        .. "process alone")
      assert.equal(200, status_of "m1")
    end)
  end)

  it("answers what waited in the queue when all workers are killed", function()
    with(2, "return { provider = 'stub' }", function(service)
      local pids = service:workers()
      for _, pid in ipairs(pids) do
        kill(pid, "STOP")
        until_true("a stop", function() return state_of(pid) == "T" end)
      end
      local waiting = {}
      for i = 1, 6 do
        waiting[i] = socket.connect(tonumber(service.port))
        waiting[i]:send "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
      end
      for _, pid in ipairs(pids) do kill(pid, "KILL") end
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
      service:stop()
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
    local pids
    folder.with(function(place)
      local log = place .. "/log"
      local line = ("exec env TMPDIR=%s LUA_PATH='%s' LUA_CPATH='%s' %s bin/vision.lua serve "
        .. "--provider stub --workers 2 --port 0 2>%s"):format(place, package.path, package.cpath,
        command.INTERPRETER, log)
      local child = assert(core.child({ "sh", "-c", line }, {}, 0))
      said(log, "with 2 workers")
      local service = setmetatable({ pid = child:pid() }, workers.Service)
      pids = until_true("all workers", function()
        local list = service:workers()
        return #list == 2 and list
      end)
      child:close()
      for _, pid in ipairs(pids) do
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
