-- SPDX-License-Identifier: MIT
-- The service in the spec's own process, on a free port, and requests to it.

local app = require "vision.server.app"
local builtin = require "vision.server.builtin"
local engine = require "vision.server.engine"
local http = require "vision.base.http"
local json = require "vision.base.json"
local task = require "vision.base.task"

local service = {}

--- Runs a function with a service, in a task; what it throws is thrown.
---@param given { app: table?, engine: table?, server: table? } options of each
---@param body fun(call: fun(method: string, path: string, options: table?): table, server: table)
function service.with(given, body)
  local work = task.spawn(function()
    local made = assert(engine.new(given.engine or { provider = "stub" }))
    local options = { engine = made }
    for name, value in pairs(given.app or {}) do options[name] = value end
    local limits = { port = 0 }
    for name, value in pairs(given.server or {}) do limits[name] = value end
    local server = assert(builtin.serve(assert(app.new(options)), limits))
    local root = "http://127.0.0.1:" .. server:port()
    local function call(method, path, more)
      more = more or {}
      local answer = assert(http.request { url = root .. path, method = method,
        headers = more.headers, body = more.body })
      answer.json = (answer.headers["content-type"] or ""):find "json" and json.decode(answer.body)
      return answer
    end
    local ok, err = xpcall(body, debug.traceback, call, server)
    server:stop(0)
    return ok, err
  end)
  local ok, err = work:join()
  if not ok then error(err, 0) end
end

return service
