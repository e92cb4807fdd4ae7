-- SPDX-License-Identifier: MIT
-- The application of the service without a socket, with a stack as `vision serve` makes it.

local app = require "vision.server.app"
local engine = require "vision.server.engine"
local json = require "vision.base.json"
local log = require "vision.base.log"
local shares = require "vision.stack.shared"
local stack = require "vision.stack"
local task = require "vision.base.task"
local tower = require "vision.cli.tower"

local application = {}

-- As `vision serve` makes its stacks; `providers` are a spec's own, by their names.
local function maker(settings, shared, providers)
  return function(wanted, options)
    local own = tower.settings(settings, {}, wanted, options)
    if providers[wanted] then own.provider = providers[wanted] end
    return stack.stack(shared:apply(own))
  end
end

local function ask(service, method, target, headers, body)
  local exchange = service:begin { method = method, target = target, headers = headers or {},
    remote = "127.0.0.1" }
  if body then exchange:feed(body) end
  local reply = exchange:answer()
  exchange:finish(false)
  if not reply.events or not reply.headers["Content-Type"]:find "event" then
    local pieces = { reply.body or nil }
    for piece in reply.events or function() end do pieces[#pieces + 1] = piece end
    reply.text = table.concat(pieces)
  end
  if reply.headers["Content-Type"]:find "/json" then reply.json = json.decode(reply.text) end
  return reply
end

--- Runs a function with an application, in a task; what it throws is thrown.
---@param settings table of the stack
---@param body fun(call: function, service: vision.App, said: string[])  call: method, target,
---  headers, body -> the reply, with `text` and `json`, but for Server-Sent Events; said: what was
---  logged
---@param more? { app: table?, engine: table?, providers: table<string, table>? }
function application.with(settings, body, more)
  more = more or {}
  local said = {}
  log.set_sink(function(_, message) said[#said + 1] = message end)
  local work = task.spawn(function()
    local made
    local whole = { on_alert = function(alert) made.alerts:add(alert) end }
    for name, value in pairs(settings) do whole[name] = value end
    local shared = assert(shares.new(whole))
    local options = { provider = "stub", shared = shared,
      create = maker(whole, shared, more.providers or {}) }
    for name, value in pairs(more.engine or {}) do options[name] = value end
    made = assert(engine.new(options))
    local given = { engine = made }
    for name, value in pairs(more.app or {}) do given[name] = value end
    local service = assert(app.new(given))
    local ok, err = xpcall(body, debug.traceback, function(...) return ask(service, ...) end,
      service, said)
    shared:close()
    return ok, err
  end)
  local ok, err = work:join()
  log.set_sink()
  if not ok then error(err, 0) end
end

return application
