-- SPDX-License-Identifier: MIT
-- The service on a free port, and requests to it: in the spec's own process by the built-in server,
-- or in an nginx worker. What holds for both is specified once, with `service.each`.

local app = require "vision.server.app"
local builtin = require "vision.server.builtin"
local engine = require "vision.server.engine"
local engines = require "spec.support.engines"
local http = require "vision.base.http"
local json = require "vision.base.json"
local nginx = require "spec.support.nginx"
local task = require "vision.base.task"

local service = {}

local function caller(root)
  return function(method, path, more)
    more = more or {}
    local answer = assert(http.request { url = root .. path, method = method,
      headers = more.headers, body = more.body })
    answer.json = (answer.headers["content-type"] or ""):find "json" and json.decode(answer.body)
    return answer
  end
end

local function merged(...)
  local all = {}
  for _, part in ipairs { ... } do
    for name, value in pairs(part) do all[name] = value end
  end
  return all
end

-- In a task; what the function throws is thrown.
local function in_task(body)
  local ok, err = task.spawn(function() return xpcall(body, debug.traceback) end):join()
  if not ok then error(err, 0) end
end

local function serve(made, given, body)
  local application = assert(app.new(merged({ engine = made }, given.app or {})))
  local server = assert(builtin.serve(application, merged({ port = 0 }, given.server or {})))
  local call = caller("http://127.0.0.1:" .. server:port())
  local ok, err = xpcall(body, debug.traceback, call, server)
  server:stop(0)
  if not ok then error(err, 0) end
end

--- Runs a function with the built-in server, in a task; what it throws is thrown.
---@param given { app: table?, engine: table?, server: table? } options of each
---@param body fun(call: fun(method: string, path: string, options: table?): table, server: table)
function service.with(given, body)
  in_task(function()
    serve(assert(engine.new(given.engine or { provider = "stub" })), given, body)
  end)
end

-- ---- carriers ----

local SERVICE = [[
  init_by_lua_block { require "lpeg" }
  init_worker_by_lua_block {
    local given = require("vision.base.json").decode [==[%s]==]
    service = require("vision.host.openresty").service(function()
      local engine, close = require("spec.support.engines").new(given.reads)
      given.app.engine = engine
      local app, err = require("vision.server.app").new(given.app)
      return app, app and close or err
    end, given.host)
  }
  exit_worker_by_lua_block { service:close() }
]]

local LOCATIONS = [[
  error_page 400 405 413 414 494 501 505 /refused;
  location = /refused {
    internal;
    content_by_lua_block { service:refuse() }
  }
  location = /worker { content_by_lua_block { ngx.print(ngx.worker.pid()) } }
  location = /unprepared { content_by_lua_block { service:serve() } }
  location / {
    access_by_lua_block { service:receive() }
    content_by_lua_block { service:serve() }
    log_by_lua_block { service:finish() }
  }
]]

--- nginx with the service in its worker, and requests to it.
---@param given { reads: table?, app: table?, host: table? }  what `engines.new` takes, options of
---  the application and of its host
---@return table server, function call
function service.nginx(given)
  local settings = json.encode { reads = given.reads or {}, app = given.app or {},
    host = given.host or { grace = 5 } }
  local server = nginx.start(LOCATIONS, SERVICE:format(settings))
  return server, caller(server.url)
end

local carriers = {
  { name = "the built-in server", with = function(given, body)
    in_task(function()
      local made, close = engines.new(given.reads or {})
      serve(made, given, function(call, server) body(call, server:port()) end)
      close()
    end)
  end },
  { name = "nginx", with = function(given, body)
    in_task(function()
      local server, call = service.nginx(given)
      local ok, err = xpcall(body, debug.traceback, call, server.port)
      local log = server:log()
      server:stop()
      if not ok then error(type(err) == "string" and err .. "\n" .. log or err, 0) end
    end)
  end },
}

--- Calls a function for each carrier: its `name`, and `with(given, body)`, which runs
--- `body(call, port)` in a task with the service. `given`: as of `service.nginx`.
---@param define fun(carrier: { name: string, with: function })
function service.each(define)
  for _, carrier in ipairs(carriers) do define(carrier) end
end

return service
