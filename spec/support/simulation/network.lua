-- SPDX-License-Identifier: MIT
-- A network in a virtual world: requests as vision.core.http makes them, answered by a function.
--
--   local network = network.new(world, function(request) return plan end)
--   network:install()
--
-- A plan says what comes and when: a list of
--   { after = seconds, status = 200, headers = {} }   the head of the answer
--   { after = seconds, chunk = "…" }                  a piece of its body
--   { after = seconds, reason = "cut_stream" }        it breaks; else it ends well
-- each counted from the one before. The timeouts of a request hold as they do in the core.

local http = require "vision.base.http"

local network = {}

local Network = {}
Network.__index = Network

local Request = {}
Request.__index = Request

local function stop_timers(self)
  for _, name in ipairs { "event", "idle", "total" } do
    if self[name] then
      self[name]:close()
      self[name] = nil
    end
  end
end

local function news(self)
  if not self.closed then self.network.world:tell(self) end
end

-- ends: true, or the error it ended with
local function finish(self, result)
  if self.result == nil then
    self.result = result
    stop_timers(self)
    self.network.open = self.network.open - 1
    self.network.ended(self)
    news(self)
  end
end

local function fail(self, reason, message)
  finish(self, { reason = reason, message = message or "simulated: " .. reason })
end

local function restart_idle(self)
  if self.idle then self.idle:close() end
  local seconds = self.options.idle_timeout or 60
  self.idle = self.network.world:after(seconds, function()
    fail(self, "timeout", ("nothing came for %g s"):format(seconds))
  end)
end

local function take(self, step)
  if step.status then
    self.head = step
    restart_idle(self)
  elseif step.chunk then
    self.chunks[#self.chunks + 1] = step.chunk
    if not self.options.stream then restart_idle(self) end
  end
end

local function schedule(self)
  local step = self.plan[self.next_step]
  if not step then return finish(self, true) end
  self.next_step = self.next_step + 1
  self.event = self.network.world:after(step.after or 0, function()
    self.event = nil
    if step.reason then return fail(self, step.reason) end
    take(self, step)
    if self.options.stream then news(self) end
    schedule(self)
  end)
end

function Request:id() return self end

function Request:done()
  if self.result == true then return true end
  return nil, self.result
end

function Request:status() return self.head and self.head.status end

function Request:headers() return self.head and self.head.headers or {} end

function Request:body() return table.concat(self.chunks) end

function Request:read()
  local chunk = self.chunks[self.next_chunk]
  if chunk then
    self.next_chunk = self.next_chunk + 1
    return chunk
  elseif self.result == true then
    return nil, "end"
  end
  return nil, self.result or "wait"
end

function Request:payload()
  if self.result == nil then restart_idle(self) end
end

function Request:timing()
  local total = self.network.world.now - self.began
  return { connect = 0, first_byte = total, total = total }
end

function Request:close()
  if not self.closed then
    self.closed = true
    if self.result == nil then
      finish(self, { reason = "cancelled", message = "cancelled" })
    end
  end
end

local function start(self, options)
  local request = setmetatable({
    network = self, options = options, began = self.world.now, chunks = {}, next_chunk = 1,
    next_step = 1,
  }, Request)
  self.open = self.open + 1
  self.most_open = math.max(self.most_open, self.open)
  local total = options.total_timeout or 600
  request.total = self.world:after(total, function()
    fail(request, "timeout", ("not finished within %g s"):format(total))
  end)
  restart_idle(request)
  request.plan = self.answer(request)
  schedule(request)
  return request
end

--- A network whose servers answer by one function.
---@param world vision.VirtualWorld
---@param answer fun(request: table): table[]  the plan; `request.options` as of vision.core.http
---@param ended? fun(request: table)           a request has ended, by itself or given up
function network.new(world, answer, ended)
  return setmetatable({ world = world, answer = answer, ended = ended or function() end,
    open = 0, most_open = 0 }, Network)
end

--- Puts it in the place of the machine's network, until `uninstall`.
function Network:install()
  http.install(function(options) return start(self, options) end)
end

function Network.uninstall()
  http.install()
end

return network
