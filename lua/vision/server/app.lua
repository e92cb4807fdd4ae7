-- SPDX-License-Identifier: MIT
-- The service, without a socket: what a carrier (the built-in server, nginx) hands a request to. It
-- hands the head as soon as that is known, then the body piece by piece, and asks for the answer.
--
--   local exchange = app:begin { method = "POST", target = "/api/…", headers = {…}, remote = "…" }
--   if exchange.wants_body then … exchange:feed(chunk) … end    -- or see `sink`
--   local reply = exchange:answer()         -- in a task of its own: it may wait
--   exchange:finish(left)                   -- always, once: it is answered, or the client left

local body = require "vision.server.body"
local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local fields = require "vision.server.fields"
local idempotency = require "vision.server.idempotency"
local jobs = require "vision.server.jobs"
local log = require "vision.base.log"
local observations = require "vision.server.observations"
local openai_failure = require "vision.server.openai.failure"
local option_lists = require "vision.base.options"
local replies = require "vision.server.reply"
local router = require "vision.server.router"
local shared_state = require "vision.layers.shared_state"
local target = require "vision.server.target"
local trace = require "vision.server.trace"
local ulid = require "vision.records.ulid"

local app = {}

local OPTIONS = {
  engine = { "what reads: vision.server.engine", type = "table" },
  max_body = { "bytes of a request's body", type = "integer", min = 1024, max = 192 * 2 ^ 20,
    default = 32 * 2 ^ 20 },
  max_bodies = { "bytes of the bodies of all requests under way", type = "integer", min = 1024,
    default = 2 ^ 30 },
  fetcher = { "fetches pictures by their address: vision.server.fetcher; nil: nobody does",
    type = "table" },
  access = { "who may ask: vision.server.access; nil: anybody", type = "table" },
  origins = { "which pages may: vision.server.origins; nil: any", type = "table" },
  shared = shared_state.OPTION,
  jobs_folder = { "where batches lie that another process goes on with; nil: nobody does",
    type = "string" },
  observers = { "are called with each vision.server.Outcome", type = "table", default = {} },
}

-- Each is a theme.
local ROUTES = { "analyze", "batch", "compare", "figures", "openai", "page", "policies",
  "prometheus", "records", "service" }

---@class vision.App
---@field engine vision.server.Engine
---@field routes vision.Route[]
---@field jobs vision.server.Jobs
---@field fetcher vision.server.Fetcher?
---@field observations vision.server.Observations
---@field package body_bytes integer  of the bodies of all requests under way
local App = {}
App.__index = App

---@class vision.server.Request
---@field id string         of X-Request-Id, or a new one
---@field method string
---@field path string
---@field params table<string, string>   of the path
---@field query table<string, string>
---@field headers table<string, string>  lower-case names
---@field remote string     address of the client
---@field body vision.server.Body?
---@field began number      mono seconds
---@field trace vision.server.Trace
---@field key vision.server.Key?   of the client, where it has one; `key.name` is its budget_key
---@field provider string?  who read, for the log: the handler sets it
---@field err vision.error?  with what a stream ended, likewise

---@class vision.server.Exchange one request and its answer
---@field request vision.server.Request
---@field route vision.Route?
---@field wants_body boolean   false: the answer is known before the body is there
---@field sink userdata?     where it has one and the carrier can, the body is better poured into it
---  (`room`, `poured`) than fed: no string is made of it
---@field package app vision.App
---@field package receiver vision.server.Receiver?
---@field package target string       as it was sent
---@field package received integer
---@field package sent integer         bytes of the answer
---@field package entered boolean      it is counted among those under way
---@field package err vision.error?
---@field package reply vision.server.Reply?
---@field package engine vision.server.Engine? while it is used
local Exchange = {}
Exchange.__index = Exchange

local function id_of(headers)
  local given = headers["x-request-id"]
  if given and #given <= 128 and given:find "^[%w%-_.:]+$" then return given end
  return "req-" .. ulid.new(clock.wall())
end

local function too_large(maximum)
  local most = maximum < 2 ^ 20 and ("%d bytes"):format(maximum)
    or ("%.4g MB (%d bytes)"):format(maximum / 2 ^ 20, maximum)
  return errors.new("too_large", "the body of this request may have " .. most)
end

-- A piece of the body came; the error where there is no room for it.
local function count_body(self, size)
  local all = self.app
  self.received = self.received + size
  all.body_bytes = all.body_bytes + size
  if self.received > self.maximum then return too_large(self.maximum) end
  if all.body_bytes <= all.max_bodies then return nil end
  return errors.new("queue_full", "the requests under way hold as many bytes of bodies as they "
    .. "may: try again in a moment", { retry_after = 1 })
end

-- A compressed body of a few bytes may be one of gigabytes.
local function is_encoded(headers)
  local coding = headers["content-encoding"]
  return coding and coding ~= "" and coding:lower() ~= "identity"
end

-- What is to receive the body, where the route takes one.
local function open_body(self)
  local route, headers = self.route, self.request.headers
  if not route.body then return nil end
  if is_encoded(headers) then
    return errors.new("unsupported_body", "a body is not unpacked here: send it without "
      .. "Content-Encoding")
  end
  self.maximum = body.maximum(route.body, self.app.max_body)
  local length = tonumber(headers["content-length"])
  if length and length > self.maximum then return too_large(self.maximum) end
  local err
  self.receiver, err = body.receiver(route.body, headers["content-type"], self.maximum)
  self.sink = self.receiver and self.receiver.sink
  return err
end

-- What anybody may ask, any page may, too.
local function refusal(self, request, route)
  local origins, access = self.app.origins, self.app.access
  return route.scope and (origins and origins:refusal(request, route)
    or access and access:check(request, route)) or nil
end

local function find_route(self, given)
  local request = self.request
  local path, query = target.parse(given.target)
  if not path then return query end
  request.path, request.query = path, query
  local origins = self.app.origins
  self.reply = origins and origins:preflight(request)
  if self.reply then return nil end
  local route, params = self.app.router:find(given.method, path)
  if not route then return params end
  self.route, request.params = route, params
  return refusal(self, request, route) or open_body(self)
end

--- A request's head is there. Never waits, never fails: what is wrong with it is the answer.
---@param given { method: string, target: string, headers: table<string, string>, remote: string,
---  err: vision.error? } `err`: what the carrier found wrong with it
---@return vision.server.Exchange
function App:begin(given)
  local request = {
    id = id_of(given.headers), method = given.method, path = "", query = {}, params = {},
    headers = given.headers, remote = given.remote, began = clock.mono(),
    trace = trace.of(given.headers.traceparent),
  }
  -- All that it will have, so that it does not grow.
  local exchange = setmetatable({ app = self, request = request, target = given.target,
    received = 0, sent = 0, err = nil, route = nil, maximum = nil, receiver = nil, sink = nil,
    wants_body = false, entered = false, engine = nil, reply = nil }, Exchange)
  exchange.err = given.err or find_route(exchange, given)
  exchange.wants_body = not exchange.err and exchange.receiver ~= nil
  exchange.entered = self.observations:enter(exchange.route)
  return exchange
end

-- Why a carrier may refuse a request by itself; any other status is a request that is none.
local REFUSED = { [408] = "request_timeout", [413] = "too_large", [431] = "too_large" }

--- The carrier has refused and answered a request by itself: it is counted, and told like all.
---@param status integer
---@param id string      that its client was told, or ""
---@param remote string  address of the client, or ""
function App:refused(status, id, remote)
  local err = errors.new(REFUSED[status] or "usage", "refused by the server")
  local exchange = self:begin { method = "", target = "", headers = { ["x-request-id"] = id },
    remote = remote, err = err }
  exchange.reply = { status = status, err = err }
  exchange:finish(false)
end

-- What is thrown is a mistake of this program: it is told to who runs it, not to who asked.
local function mistake(self, thrown)
  log.error("request %s: %s", self.request.id, tostring(thrown))
  return errors.new("internal", "the service failed; its log says more under the request's id")
end

local function feed_receiver(self, chunk)
  local receiver = self.receiver
  local ok, fed, err = xpcall(receiver.feed, debug.traceback, receiver, chunk)
  return not ok and mistake(self, fed) or err
end

--- The next piece of the body.
---@param chunk string
---@return boolean # false: no more of it is wanted, the answer is known
function Exchange:feed(chunk)
  if not self.wants_body then return false end
  local err = count_body(self, #chunk) or feed_receiver(self, chunk)
  if err then self.err, self.wants_body = err, false end
  return self.wants_body
end

--- How many bytes may go into the sink now.
---@return integer
function Exchange:room() return math.max(0, self.maximum - self.received) end

--- A piece of the body went into the sink, as far as there was room.
---@param size integer  bytes of the piece
---@param err vision.error|table|nil  what the sink found wrong
---@return boolean # false: no more of it is wanted, the answer is known
function Exchange:poured(size, err)
  err = count_body(self, size) or err and errors.from(err)
  if err then self.err, self.wants_body = err, false end
  return self.wants_body
end

-- A route whose contract is a whole answer gives one also where its handler was not reached.
local function failure(self, err)
  if openai_failure.concerns(self.target) then return openai_failure.reply(err) end
  local route = self.route
  return replies.failure(err, self.request, route and route.failed and route.failed(err))
end

local function handle(self)
  local request, route = self.request, self.route
  if self.receiver then
    local received, err = self.receiver:finish()
    if not received then return failure(self, err) end
    request.body = received
  end
  if route.query then
    local query, err = fields.of_query(route.query, request)
    if not query then return failure(self, err) end
    request.query = query
  end
  local reply, err = idempotency.answer(self.engine.shelf, request, route, self.app)
  return reply or failure(self, err)
end

local function guarded(self)
  local ok, reply = xpcall(handle, debug.traceback, self)
  return ok and reply or failure(self, mistake(self, reply))
end

-- Counts what is sent.
local function counted(self, reply)
  local whole, events = reply.body, reply.events
  self.sent = type(whole) == "string" and #whole or whole and whole:size() or 0
  reply.events = events and function()
    local piece = events()
    if piece then self.sent = self.sent + #piece end
    return piece
  end
end

local function reply_of(self)
  if self.reply then return self.reply end
  local access = self.app.access
  local err = self.err or access and access:take_turn(self.request)
  if err then return failure(self, err) end
  self.engine = self.app.engine
  self.engine:hold()
  return guarded(self)
end

--- The answer; waits for it. The body is whole, or `feed` has returned false.
---@return vision.server.Reply
function Exchange:answer()
  local request, reply = self.request, reply_of(self)
  local headers = reply.headers
  headers["X-Request-Id"] = request.id
  headers["X-Content-Type-Options"] = "nosniff"
  headers.traceparent = request.trace.header
  if self.app.origins then self.app.origins:allow(request, headers) end
  if request.method == "HEAD" and reply.events then reply.events, reply.body = nil, "" end
  counted(self, reply)
  self.reply = reply
  return reply
end

--- It is over. Once, whatever came of it.
---@param left boolean the client left before it had all of its answer
function Exchange:finish(left)
  local reply = self.reply
  left = left or not reply
  if self.engine then self.engine:release() end
  self.app.body_bytes = self.app.body_bytes - self.received
  local outcome = {
    request = self.request, route = self.route, bytes = self.sent,
    status = left and 499 or reply.status, err = reply and reply.err or self.request.err,
    seconds = clock.mono() - self.request.began,
  }
  self.app.observations:leave(outcome, self.entered)
  for _, observe in ipairs(self.app.observers) do observe(outcome) end
end

--- An application.
---@param given { engine: vision.server.Engine, max_body: integer?, max_bodies: integer?,
---  fetcher: vision.server.Fetcher?,
---  access: vision.server.Access?, origins: vision.server.Origins?,
---  shared: vision.core.SharedState?, jobs_folder: string?,
---  observers: fun(outcome: vision.server.Outcome)[]? }
---@return vision.App|nil
---@return vision.error? err invalid_option
function app.new(given)
  local options, err = option_lists.check(OPTIONS, given, "app")
  if not options then return nil, err end
  local routes = {}
  for _, theme in ipairs(ROUTES) do
    for _, route in ipairs(require("vision.server.routes." .. theme)) do
      routes[#routes + 1] = route
    end
  end
  options.body_bytes = 0
  options.routes, options.router = routes, router.new(routes)
  options.jobs = jobs.new(options, options.jobs_folder)
  options.observations = observations.new(routes, options.shared)
  return setmetatable(options, App)
end

return app
