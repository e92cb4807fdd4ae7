-- SPDX-License-Identifier: MIT
-- What fuzz_request.c calls: the real application, with a stub that reads, and a request of any
-- bytes. The first byte says how the body comes in pieces; then come a line "METHOD TARGET", lines
-- of headers, an empty line and the body. What must hold of every answer is checked here.

local root = ...
package.path = ("%s/lua/?.lua;%s/lua/?/init.lua"):format(root, root)

-- Nothing of this machine: no key, no settings, no reader of pictures.
rawset(os, "getenv", function(name) return name == "VISION_READER" and "/nonexistent" or nil end)

local app = require "vision.server.app"
local engine = require "vision.server.engine"
local heads = require "vision.server.head"
local http = require "vision.base.http"
local json = require "vision.base.json"
local log = require "vision.base.log"
local origins = require "vision.server.origins"
local replies = require "vision.server.reply"
local request_log = require "vision.server.request_log"
local shares = require "vision.stack.shared"
local stack = require "vision.stack"
local task = require "vision.base.task"

http.local_only = true

-- Requests that one application answers: what it keeps of them must not grow for ever.
local REQUESTS = 500

-- Pieces of an event stream that are looked at.
local PIECES = 200

-- What a service without keys, stores and a reader cannot do, and says.
local LACKS = { missing_key = true, missing_library = true, no_store = true, queue_full = true,
  reader_crashed = true }

local logged = {}

local function said(line) logged[#logged + 1] = line end

local function new_application()
  local shared = assert(shares.new { records = { store = "memory:" } })
  local made = assert(engine.new { provider = "stub", shared = shared,
    create = function(wanted, options)
      return stack.stack(shared:apply { provider = { wanted, model = options and options.model },
        retry = false, cache = false })
    end })
  local service = assert(app.new { engine = made, max_body = 2 ^ 20,
    origins = assert(origins.new { allowed = { "https://tools.example" } }),
    observers = { request_log.new("json", said), request_log.new("text", said) } })
  return { service = service, shared = shared, answered = 0 }
end

-- ---- what must hold ----

local function check_headers(headers)
  for name, value in pairs(headers) do
    assert(name:find "^[%w-]+$" and not tostring(value):find "[%c]", "the header " .. name)
  end
end

local function check_failure(reply, text)
  local answer = assert(json.decode(text))
  if type(answer.error) == "table" then -- at the door of OpenAI's clients
    answer = { error = answer.error.message, reason = answer.error.code, code = answer.error.type,
      request_id = reply.headers["X-Request-Id"] }
  end
  for _, name in ipairs { "error", "reason", "code", "request_id" } do
    assert(type(answer[name]) == "string", "a failure without " .. name)
  end
  assert(answer.reason ~= "internal", "its own failure: " .. table.concat(logged, "\n"))
  assert(reply.status < 500 or LACKS[answer.reason], answer.reason)
end

local function check_log()
  local line = assert(json.decode(logged[#logged - 1]))
  assert(line.status and not logged[#logged]:find "%c", "the log")
end

local function text_of(reply)
  if not reply.events then return type(reply.body) == "string" and reply.body or "" end
  local pieces = {}
  for piece in reply.events do
    pieces[#pieces + 1] = piece
    if #pieces == PIECES then break end
  end
  return table.concat(pieces)
end

local function check(reply, method)
  assert(reply.status >= 200 and reply.status <= 599)
  check_headers(reply.headers)
  local text = text_of(reply)
  local is_json = reply.headers["Content-Type"] == replies.JSON
  if reply.status >= 400 and method ~= "HEAD" then
    check_failure(reply, text)
  elseif is_json and text ~= "" then
    assert(json.decode(text))
  end
end

-- ---- one request ----

local function parse(bytes)
  local top, body = bytes:match "^(.-)\r?\n\r?\n(.*)$"
  top, body = top or bytes, body or ""
  local method, target = top:match "^(%S+) ([^\r\n]*)"
  local list = {}
  for name, value in top:gmatch "\n([^:\r\n]+):[ \t]*([^\r\n]*)" do
    list[#list + 1], list[#list + 2] = name, value
  end
  return method or "GET", target or top:match "^[^\r\n]*", list, body
end

local function feed(exchange, body, control)
  if not exchange.wants_body then return end
  local step = control < 128 and control % 16 + 1 or #body
  for from = 1, #body, math.max(step, 1) do
    if not exchange:feed(body:sub(from, from + step - 1)) then return end
  end
end

local function ask(service, bytes)
  local method, target, list, body = parse(bytes:sub(2))
  local headers, err = heads.headers(list)
  local exchange = service:begin { method = method, target = target, headers = headers or {},
    remote = "192.0.2.1", err = err }
  feed(exchange, body, bytes:byte() or 0)
  local reply = exchange:answer()
  check(reply, method)
  if reply.close then reply.close() end
  exchange:finish(false)
  check_log()
end

local current

--- Throws where something does not hold.
return function(bytes)
  logged = {}
  log.set_sink(function(_, message) said(message) end)
  if not current or current.answered == REQUESTS then
    if current then current.shared:close() end
    current = new_application()
  end
  current.answered = current.answered + 1
  local ok, err = task.spawn(function()
    return xpcall(ask, debug.traceback, current.service, bytes)
  end):join()
  if not ok then error(err, 0) end
end
