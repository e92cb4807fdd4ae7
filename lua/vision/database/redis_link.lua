-- SPDX-License-Identifier: MIT
-- The one connection of a Redis handle, which is made again when it is lost.
--
-- What was sent when it was lost fails, since nobody knows whether it was carried out. What comes
-- while there is none waits for one, up to its own deadline.

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local redis_errors = require "vision.database.redis_errors"
local task = require "vision.base.task"

local redis_link = {}

-- Callers that may wait for a connection.
local WAITING_MAX = 10000

-- Seconds before another try to connect: doubled each time, shortened by chance.
local PAUSE_FIRST, PAUSE_MAX = 0.05, 5

---@class vision.RedisLink
---@field package address vision.RedisAddress
---@field package config { timeout_seconds: number, wait: boolean }
---@field package driver vision.redis
---@field package connection vision.redis.Connection?
---@field package failure vision.error?   why there is none
---@field package waiting integer         callers that wait for one
local RedisLink = {}
RedisLink.__index = RedisLink

--- A link; the first use connects.
---@param driver vision.redis
---@param address vision.RedisAddress
---@param config { timeout_seconds: number, wait: boolean }
---@return vision.RedisLink
function redis_link.new(driver, address, config)
  return setmetatable({
    name = address.name, address = address, config = config, driver = driver, waiting = 0,
    tries = 0, next_try = 0, closed = false,
  }, RedisLink)
end

local function drop(self)
  if self.connection then
    self.connection:close()
    self.connection = nil
  end
end

-- ---- requests ----

-- Handles of requests that were closed, and serve again.
local idle, idle_count, IDLE_MAX = {}, 0, 256

local function take_idle()
  local request = idle[idle_count]
  if request then
    idle[idle_count] = nil
    idle_count = idle_count - 1
  end
  return request
end

local function keep_idle(request)
  if idle_count < IDLE_MAX then
    idle_count = idle_count + 1
    idle[idle_count] = request
  end
end

-- Waits for the replies of a request; of one command, for its reply.
local function replies_of(self, request)
  local ok, stopped = task.wait(request)
  local replies, failed
  if ok then replies, failed = request:take() else request:close() end
  keep_idle(request)
  if replies ~= nil then return replies end
  return nil, stopped or redis_errors.of_driver(self.name, failed)
end

-- ---- connecting ----

local function greetings(address)
  local password = address.password()
  local list = {}
  if password then
    list[1] = address.user and { "AUTH", address.user, password } or { "AUTH", password }
  end
  list[#list + 1] = { "SELECT", address.number }
  return list
end

local function exchange(self, connection, commands)
  local request, failed = connection:request(nil, commands)
  if not request then return nil, redis_errors.of_driver(self.name, failed) end
  return replies_of(self, request)
end

local function greet(self, connection)
  local replies, err = exchange(self, connection, greetings(self.address))
  if not replies then return nil, err end
  for _, reply in ipairs(replies) do
    if type(reply) == "table" then return nil, redis_errors.of_greeting(self.name, reply.err) end
  end
  return connection
end

local function connect(self)
  local address = self.address
  local connection, failed = self.driver.connect(address.host, address.port,
    self.config.timeout_seconds)
  if not connection then return nil, redis_errors.of_driver(self.name, failed) end
  local ok, err = task.wait(connection)
  if ok then
    ok, failed = connection:state()
    err = not ok and redis_errors.of_driver(self.name, failed) or nil
  end
  local greeted
  if not err then greeted, err = greet(self, connection) end
  if not greeted then connection:close() end
  return greeted, err
end

local function pause_after(tries)
  local pause = math.min(PAUSE_FIRST * 2 ^ (tries - 1), PAUSE_MAX)
  return pause * (0.5 + clock.random() / 2)
end

local function try(self)
  local connection, err = connect(self)
  if self.closed then
    if connection then connection:close() end
    return
  end
  self.connection, self.failure = connection, err
  self.tries = connection and 0 or self.tries + 1
  self.next_try = clock.mono() + (connection and 0 or pause_after(self.tries))
end

local function goes_on(self)
  return not (self.connection or self.closed) and self.config.wait and self.waiting > 0
    and self.failure.retryable
end

-- As long as somebody waits and it may help.
local function connect_for_all(self)
  repeat
    local pause = self.next_try - clock.mono()
    if pause > 0 then task.sleep(pause) end
    try(self)
  until not goes_on(self)
  self.connecting = nil
end

local function start_connecting(self)
  self.connecting = self.connecting or task.spawn(connect_for_all, self)
end

local function is_closed(self)
  return nil, errors.new("store_unavailable", self.name .. ": this handle is closed")
end

local function wait_for_connection(self)
  if self.waiting >= WAITING_MAX then
    return nil, errors.new("queue_full", ("%s: %d calls wait for a connection already"):format(
      self.name, self.waiting))
  end
  start_connecting(self)
  local late = self.failure or errors.new("store_unavailable", ("%s: no connection within %g s")
    :format(self.name, self.config.timeout_seconds))
  self.waiting = self.waiting + 1
  local connecting = self.connecting
  local _, stopped = task.limit(self.config.timeout_seconds, late, function()
    return connecting:join()
  end)
  self.waiting = self.waiting - 1
  if self.connection then return self.connection end
  if self.closed then return is_closed(self) end
  return nil, task.stopped() or self.failure or stopped
end

-- A connection; waits for one. Where it must not wait, a known failure is told at once, and the
-- next try begins behind it.
local function any_connection(self)
  if self.closed then return is_closed(self) end
  if self.failure and not self.config.wait then
    if self.next_try <= clock.mono() then start_connecting(self) end
    return nil, self.failure
  end
  return wait_for_connection(self)
end

-- Sends by a method of the connection. On one that has failed nothing was sent: another is made.
local function send(self, method, ...)
  local connection = self.connection
  if not connection then
    local failure
    connection, failure = any_connection(self)
    if not connection then return nil, failure end
  end
  local request, failed = connection[method](connection, take_idle(), ...)
  if request then return request end
  local err = redis_errors.of_driver(self.name, failed)
  if connection:state() then return nil, err end
  if self.connection == connection then
    self.failure = err
    drop(self)
  end
  return send(self, method, ...)
end

--- Sends by a method of the driver's connection, `call` or `request`; waits for what comes.
---@param method string
---@param ... any
---@return any? reply
---@return vision.error? err
function RedisLink:exchange(method, ...)
  local request, err = send(self, method, ...)
  if not request then return nil, err end
  return replies_of(self, request)
end

--- Ends it; what is under way fails. Any number of times.
function RedisLink:close()
  self.closed = true
  if self.connecting then self.connecting:cancel() end
  drop(self)
end

return redis_link
