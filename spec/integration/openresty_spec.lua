-- SPDX-License-Identifier: MIT
-- What an nginx worker answers for as a carrier: it is never blocked, and what it has said to have
-- done is done, whatever becomes of it.

local core = require "vision.core"
local folder = require "spec.support.folder"
local http = require "vision.base.http"
local http_server = require "spec.support.http_server"
local json = require "vision.base.json"
local mock_provider = require "spec.support.mock_provider"
local nginx = require "spec.support.nginx"
local pictures = require "spec.support.pictures"
local service = require "spec.support.service"
local task = require "vision.base.task"
local vision = require "vision"

local PNG = pictures.png(40, 30, function() return 200 end)
local PATH = "/api/v1/vision/analyze?include_ocr=false"
local PICTURE = { headers = { "Content-Type: image/png" }, body = PNG }

local function until_true(what, check)
  for _ = 1, 2000 do
    local value = check()
    if value then return value end
    task.sleep(0.005)
  end
  error("never: " .. what)
end

local function remote(base_url)
  return { provider = "openai_compatible", model = "m", base_url = base_url, retry = false }
end

-- Runs a function in a task with nginx; when it fails, nginx's log is told.
local function with_nginx(given, body)
  local ok, err = task.spawn(function()
    local server, call = service.nginx(given)
    local done, failed = xpcall(body, debug.traceback, server, call)
    local log = server:log()
    server:stop()
    if not done then return false, type(failed) == "string" and failed .. "\n" .. log or failed end
    return true
  end):join()
  if not ok then error(err, 0) end
end

local function kept(path, record_id)
  local persistence = assert(vision.ResultPersistence.new { store = path })
  local record = assert(persistence:open()):get(record_id)
  persistence:close()
  return record
end

describe("an nginx worker with the service", function()
  local upstream

  after_each(function()
    if upstream then upstream:stop() end
    upstream = nil
  end)

  it("serves others while 64 analyses wait, and gives up those whose clients leave", function()
    upstream = http_server.start()
    with_nginx({ reads = { provider = remote(upstream.url .. "/blanks") } }, function(_, call)
      local waiting = {}
      for i = 1, 64 do -- each another picture: equal ones are one call
        waiting[i] = task.spawn(call, "POST", PATH, { headers = PICTURE.headers,
          body = pictures.png(40, 30, function() return i end) })
      end
      until_true("64 calls", function() return upstream:stats().seen.blanks == 64 end)
      assert.equal("ok", call("GET", "/ok").body)
      assert.equal(200, call("GET", "/api/v1/vision/health").status)
      for _, one in ipairs(waiting) do
        assert.is_false(one:done())
        one:cancel()
      end
      until_true("64 given up", function() return upstream:stats().closed >= 64 end)
    end)
  end)

  it("ends, when it is reloaded, what it has begun, in its store", function()
    upstream = mock_provider.start()
    folder.with(function(path)
      local reads = { provider = remote(upstream:base "held"),
        records = { store = path .. "/records.db" } }
      with_nginx({ reads = reads }, function(server, call)
        local old = call("GET", "/worker").body
        local answer
        local reading = task.spawn(function() answer = call("POST", PATH, PICTURE) end)
        until_true("the call", function() return #upstream:requests() > 0 end)
        server:signal "HUP"
        until_true("a new worker", function() return call("GET", "/worker").body ~= old end)
        assert.is_false(reading:done())
        upstream:release()
        reading:join()
        assert.same({ 200, true }, { answer.status, answer.json.success }, answer.body)
        until_true("the end of the old worker", function()
          return server:log():find("exited with code 0", 1, true)
        end)
        assert.equal("Flange with four holes",
          kept(reads.records.store, answer.json.record_id).result.summary)
      end)
    end)
  end)

  it("cancels, when it is to exit, what takes longer than its grace", function()
    upstream = http_server.start()
    with_nginx({ reads = { provider = remote(upstream.url .. "/blanks") }, host = { grace = 0 } },
      function(server, call)
        local reading = task.spawn(call, "POST", PATH, PICTURE)
        until_true("the call", function() return upstream:stats().seen.blanks == 1 end)
        server:signal "QUIT"
        local answer = reading:join()
        assert.same({ 499, "cancelled" }, { answer.status, answer.json.reason }, answer.body)
      end)
  end)

  it("writes down what it answered before it exits", function()
    folder.with(function(path)
      local store = path .. "/records.db"
      local record_id
      with_nginx({ reads = { provider = { provider = "stub" }, records = { store = store } } },
        function(server, call)
          record_id = call("POST", PATH, PICTURE).json.record_id
          server:signal "QUIT"
        end)
      assert.matches("Stub answer", kept(store, record_id).result.summary)
    end)
  end)

  it("leaves a batch to the next worker when it is killed, and when its grace is over", function()
    upstream = mock_provider.start()
    folder.with(function(path)
      folder.write(path .. "/vision.lua", ("return { provider = { 'openai_compatible', "
        .. "base_url = %q, model = 'm' } }"):format(upstream:base "held"))
      local server = nginx.start([[
        location = /worker { content_by_lua_block { ngx.print(ngx.worker.pid()) } }
        location / { access_by_lua_block { service:receive() }
          content_by_lua_block { service:serve() } log_by_lua_block { service:finish() } }]],
        ([[init_worker_by_lua_block { service = require("vision.host.openresty").service(
          { store = "%s/records.db", config = "%s/vision.lua", require_keys = false },
          { grace = 0.2 }) }
          exit_worker_by_lua_block { service:close() }]]):format(path, path))
      local ok, err = task.spawn(xpcall, function()
        local function ask(method, target, body)
          local answer = assert(http.request { url = server.url .. target, method = method,
            headers = body and { "Content-Type: application/json" }, body = body })
          return json.decode(answer.body)
        end
        local function worker()
          return (http.request { url = server.url .. "/worker" } or {}).body
        end
        local images = {}
        for i = 1, 4 do
          images[i] = core.base64_encode(pictures.png(20, 10, function() return i end))
        end
        local batch = "/api/v1/vision/batch/" .. ask("POST", "/api/v1/vision/batch",
          json.encode { images = images, max_concurrency = 1 }).job_id
        for done, how in ipairs { "KILL", "HUP" } do
          upstream:release()
          until_true("a result", function() return ask("GET", batch).completed == done end)
          until_true("the next call", function() return #upstream:requests() > 0 end)
          local old = worker()
          if how == "KILL" then os.execute("kill -KILL " .. old) else server:signal "HUP" end
          until_true("another worker", function()
            local now = worker()
            return now and now ~= old
          end)
          -- The call that was broken off waits there, too, and takes a turn.
          until_true("it is gone on with", function() return #upstream:requests() > 0 end)
          upstream:release()
        end
        for _ = 1, 4 do upstream:release() end
        until_true("the end", function() return ask("GET", batch).status == "completed" end)
        local seen = {}
        for _, result in ipairs(ask("GET", batch .. "/results").results) do
          assert.is_true(result.success, result.error)
          seen[#seen + 1] = result.index
        end
        table.sort(seen)
        assert.same({ 1, 2, 3, 4 }, seen)
      end, debug.traceback):join()
      local log = server:log()
      server:stop()
      if not ok then error(tostring(err) .. "\n" .. log, 0) end
    end)
  end)

  it("polls where it can have no socket", function()
    upstream = mock_provider.start()
    with_nginx({ reads = { provider = remote(upstream:base "ok") },
      host = { socket_folder = "/nonexistent" } }, function(server, call)
      assert.equal("Flange with four holes",
        call("POST", PATH, PICTURE).json.description.summary)
      assert.matches("polls every millisecond.*cannot listen at /nonexistent/", server:log())
    end)
  end)

  it("takes the options of 'vision serve', checked as there", function()
    for options, found in pairs {
      ["{ nonsense = 1 }"] = "there is no option 'nonsense'; there are: allow_urls",
      ["{ max_body = 500 }"] = "max_body: .*192",
      ["{ provider = 'nobody' }"] = "provider: one of these expected: .*local",
    } do
      local server = nginx.start([[location / { access_by_lua_block { service:receive() } }]],
        "init_worker_by_lua_block { service = require('vision.host.openresty').service "
          .. options .. " }")
      assert.equal(500, assert(http.request { url = server.url .. "/healthz" }).status)
      assert.matches("cannot be made: .*" .. found, server:log())
      server:stop()
    end
  end)

  it("is started by its example with one command", function()
    local port = nginx.free_port()
    local pipe = assert(io.popen("LD_PRELOAD= sh -c 'echo $$; exec examples/openresty/run "
      .. port .. "' 2>&1"))
    local pid = pipe:read "*n"
    local root = "http://127.0.0.1:" .. port
    until_true("an answer", function() return (http.request { url = root .. "/ok" }) end)
    local answer = assert(http.request { url = root .. PATH .. "&provider=stub", method = "POST",
      headers = PICTURE.headers, body = PNG })
    os.execute("kill -INT " .. pid)
    local said = pipe:read "*a"
    pipe:close()
    assert.same({ 200, "stub" }, { answer.status, json.decode(answer.body).provider }, said)
    assert.matches("200 POST /api/v1/vision/analyze", said)
  end)

  it("says what nginx refuses, and what is wrong with itself, in the usual shape", function()
    with_nginx({ app = { max_body = 1 } }, function(server, call)
      local answer = call("GET", "/healthz")
      assert.same({ 500, "internal" }, { answer.status, answer.json.reason })
      assert.matches("cannot be made: .*max_body", server:log())
    end)
    with_nginx({}, function(server)
      local target = server.url .. "/healthz?" .. ("x"):rep(40000)
      local answer = assert(http.request { url = target })
      assert.same({ 400, "usage" }, { answer.status, json.decode(answer.body).reason })
      assert.equal(500, assert(http.request { url = server.url .. "/unprepared" }).status)
      assert.matches("needs service:receive%(%)", server:log())
    end)
  end)
end)
