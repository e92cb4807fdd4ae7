-- SPDX-License-Identifier: MIT
-- The built-in server: carries requests to an application and its answers back. A task for each
-- request; it is cancelled when its client leaves.

local errors = require "vision.base.error"
local heads = require "vision.server.head"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"
local task = require "vision.base.task"

local builtin = {}

local OPTIONS = {
  host = { "the address to listen at", type = "string", default = "127.0.0.1" },
  port = { "the port; 0: any that is free", type = "integer", min = 0, max = 65535,
    default = 8000 },
  listening = { "in place of both: vision.server.Listening", type = "table" },
  connections = { "at a time, as far as descriptors allow", type = "integer", min = 1, max = 65000,
    default = 8192 },
  header_bytes = { "of the head of a request", type = "integer", min = 1024, max = 2 ^ 20,
    default = 16384 },
  header_seconds = { "from the connection to the end of a request's head", type = "integer",
    min = 1, max = 86400, default = 15 },
  body_seconds = { "from there to the end of its body", type = "integer", min = 1, max = 86400,
    default = 120 },
  idle_seconds = { "that a client may read and write nothing", type = "integer", min = 1,
    max = 86400, default = 60 },
  crowded = { "is told when many requests are under way, and when no longer", type = "function",
    default = function() end },
}

local LIMITS = { "connections", "header_bytes", "header_seconds", "body_seconds", "idle_seconds" }

local function module()
  local ok, made = pcall(require, "vision.server.core")
  if ok then return made end
  if tostring(made):find("module 'vision.server.core' not found", 1, true) then
    return nil, errors.new("missing_library", "the built-in server is not there: it needs "
      .. "libmicrohttpd (Debian: apt-get install libmicrohttpd-dev) when vision is built")
  end
  return nil, errors.new("missing_library", "the built-in server does not load: " .. tostring(made))
end

-- ---- one request ----

-- The next piece of the body: its size, and whether it is the last.
local function take(wire, exchange)
  local sink = exchange.sink
  if sink then
    local size, is_whole, err = wire:pour(sink, exchange:room())
    if size > 0 then exchange:poured(size, err) end
    return size, is_whole
  end
  local chunk, is_whole = wire:read()
  if #chunk > 0 then exchange:feed(chunk) end
  return #chunk, is_whole
end

-- Feeds the body to its end, or to where it is not wanted any more; false: the client left.
local function receive(wire, exchange)
  if not exchange.wants_body then return true end
  wire:receive()
  while true do
    local size, is_whole = take(wire, exchange)
    if not exchange.wants_body or size == 0 and is_whole then return true end
    if size == 0 then
      if wire:state() ~= "open" or not task.wait(wire) then return false end
    end
  end
end

local function send_events(wire, events)
  for piece in events do
    local has_room = wire:write(piece)
    while not has_room do
      if wire:state() ~= "open" or not task.wait(wire) then return end
      has_room = wire:has_room()
    end
  end
  if not task.stopped() then wire:finish() end
end

local function send(self, wire, reply, is_last)
  if self.stopping or is_last then reply.headers.Connection = "close" end
  local body = reply.body or not reply.events and "" or nil
  local sent = wire:respond(reply.status, reply.headers, body)
  if sent and reply.events then send_events(wire, reply.events) end
  if reply.close then reply.close() end
end

local function serve_one(self, wire)
  local method, target, remote, list = wire:head()
  local headers, err = heads.headers(list)
  local exchange = self.app:begin { method = method, target = target, headers = headers or {},
    remote = remote, err = err }
  -- Of a head that is wrong nobody knows where its request ends.
  if receive(wire, exchange) then send(self, wire, exchange:answer(), err ~= nil) end
  exchange:finish(wire:state() == "left")
end

-- ---- the server ----

---@class vision.server.Builtin
---@field app vision.App
---@field package running table<number, vision.Task>  by the id of their exchange
---@field package crowded fun(is_crowded: boolean)
local Builtin = {}
Builtin.__index = Builtin

function Builtin:port() return self.handle:port() end

--- How many connections are open, and how many may be.
---@return integer now
---@return integer most
function Builtin:connections() return self.handle:connections() end

--- How many requests are being answered.
function Builtin:busy()
  local count = 0
  for _ in pairs(self.running) do count = count + 1 end
  return count
end

-- A request ends here whatever is thrown: its client learns of it.
local function run(self, wire)
  local ok, err = xpcall(serve_one, debug.traceback, self, wire)
  if not ok then log.error("the server: %s", tostring(err)) end
  self.running[wire:id()] = nil
  wire:close()
end

-- Requests under way that are many.
local CROWD = 256

local function note_crowd(self)
  local is_crowded = self.handle:under_way() >= CROWD
  if is_crowded == self.is_crowded then return end
  self.is_crowded = is_crowded
  self.crowded(is_crowded)
end

-- Requests that begin in one turn of the loop: what these send goes out before more are looked at.
local AT_ONCE = 16

-- Whether there may be more.
local function accept_some(self)
  for _ = 1, AT_ONCE do
    local wire = self.handle:accept()
    if not wire then return false end
    self.running[wire:id()] = task.spawn(run, self, wire)
  end
  return true
end

local function next_turn(self, is_more)
  if is_more then return task.sleep(0) end
  return task.wait(self.handle)
end

-- Until nothing is under way any more after `stop`.
local function accept_all(self)
  repeat
    note_crowd(self)
    local is_more = accept_some(self)
    for status, id, remote in self.handle.refused, self.handle do
      self.app:refused(status, id, remote)
    end
    for id in self.handle.lost, self.handle do
      local work = self.running[id]
      if work then work:cancel() end
    end
  until self.stopping and self.handle:under_way() == 0 or not next_turn(self, is_more)
end

--- Takes no more connections, waits until all that was asked is answered and sent, at most so long,
--- and ends. Asked again, it cuts the wait of the first time to what is said then.
---@param grace number seconds
function Builtin:stop(grace)
  if self.is_closed then return end
  self.stopping = true
  self.handle:quiesce()
  if self.handle:under_way() == 0 then self.acceptor:cancel() end
  local last = task.spawn(function()
    if not task.sleep(grace) then return end
    self.acceptor:cancel()
    for _, work in pairs(self.running) do work:cancel() end
  end)
  self.acceptor:join()
  local _, work = next(self.running)
  while work do
    work:join()
    _, work = next(self.running)
  end
  last:cancel()
  if not self.is_closed then self.handle:close() end
  self.is_closed = true
end

---@class vision.server.Listening
---@field descriptor integer
---@field host string
---@field port integer
---@field is_worker boolean?  a supervisor handed it over, and waits to hear that it is served

-- One that systemd or a supervisor has handed over.
local function handed_over(core)
  local descriptor, is_worker = core.inherited()
  if not descriptor then return nil, is_worker and errors.from(is_worker) end
  local host, port = core.address(descriptor)
  return { descriptor = descriptor, host = host, port = port, is_worker = is_worker }
end

--- A socket that listens, before there is anything else: what was handed over to this process, else
--- a new one.
---@param host? string "127.0.0.1"
---@param port? integer 8000; 0: any that is free
---@return vision.server.Listening|nil
---@return vision.error? err missing_library, invalid_option, unreadable (the port is taken)
function builtin.listen(host, port)
  local core, missing = module()
  if not core then return nil, missing end
  local inherited, err = handed_over(core)
  if inherited or err then return inherited, err end
  host, port = host or OPTIONS.host.default, port or OPTIONS.port.default
  local descriptor, failed = core.listen(host, port)
  if not descriptor then return nil, errors.from(failed) end
  return { descriptor = descriptor, host = host, port = select(2, core.address(descriptor)) }
end

--- Of a worker: tells its supervisor that it serves.
function builtin.tell_ready() require("vision.server.core").tell_ready() end

--- Serves an application; it listens when this returns.
---@param app vision.App
---@param given? table host ("127.0.0.1"), port (8000), or listening; connections, header_bytes,
---  header_seconds, body_seconds, idle_seconds; crowded(is_crowded)
---@return vision.server.Builtin|nil
---@return vision.error? err invalid_option, missing_library, unreadable (the port is taken)
function builtin.serve(app, given)
  local options, err = option_lists.check(OPTIONS, given or {}, "server")
  if not options then return nil, err end
  local core, missing = module()
  if not core then return nil, missing end
  local listening, failed = options.listening, nil
  if not listening then listening, failed = builtin.listen(options.host, options.port) end
  if not listening then return nil, failed end
  local limits = {}
  for _, name in ipairs(LIMITS) do limits[name] = options[name] end
  local handle
  handle, failed = core.serve(listening.descriptor, limits)
  if not handle then return nil, errors.from(failed) end
  local self = setmetatable({ app = app, handle = handle, running = {}, is_crowded = false,
    crowded = options.crowded }, Builtin)
  self.acceptor = task.spawn(accept_all, self)
  return self
end

builtin.OPTIONS = OPTIONS

return builtin
