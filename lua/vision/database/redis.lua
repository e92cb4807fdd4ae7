-- SPDX-License-Identifier: MIT
-- A Redis server: commands of many tasks on one connection, which is made again when it is lost.
--
-- What was sent when the connection was lost fails, since nobody knows whether it was carried out.
-- What comes while there is none waits for one, up to its own deadline.

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local options = require "vision.base.options"
local redis_url = require "vision.database.redis_url"
local task = require "vision.base.task"

local redis = {}

-- Callers that may wait for a connection.
local WAITING_MAX = 10000

-- Seconds before another try to connect: doubled each time, shortened by chance.
local PAUSE_FIRST, PAUSE_MAX = 0.05, 5

local OPTIONS = {
  timeout_seconds = { "seconds that an answer may take, and a connection", type = "number",
    min = 0.001, max = 86400, default = 5 },
  wait = { "wait for a server that is away; false: fail at once while it is", type = "boolean",
    default = true },
}

---@class vision.Redis
---@field name string  its address without the password, for people
---@field package address vision.RedisAddress
---@field package connection vision.redis.Connection?
---@field package failure vision.error?   why there is none
---@field package waiting integer         callers that wait for one
local Redis = {}
Redis.__index = Redis

function Redis.__tostring(self) return self.name end

-- ---- errors ----

-- What the server's error words mean here; the others are mistakes in a command.
local MEANINGS = {
  OOM = "store_full", MISCONF = "store_full",
  LOADING = "store_unavailable", BUSY = "store_unavailable", READONLY = "store_unavailable",
  MASTERDOWN = "store_unavailable", CLUSTERDOWN = "store_unavailable",
  NOREPLICAS = "store_unavailable", NOAUTH = "permission", WRONGPASS = "permission",
  NOPERM = "permission",
}

local function of_server(self, text)
  local word = text:match "^%u+" or "ERR"
  return errors.new(MEANINGS[word] or "internal", ("%s: %s"):format(self.name, text),
    { word = word, fault = "ours", retryable = MEANINGS[word] == "store_unavailable" })
end

local function of_driver(self, failed)
  return errors.new(failed.reason, self.name .. ": " .. failed.message,
    { fault = "ours", retryable = failed.reason == "store_unavailable" })
end

-- ---- connecting ----

local function drop(self)
  if self.connection then
    self.connection:close()
    self.connection = nil
  end
end

-- The password is told to the server alone: of what it answers only the first word is repeated.
local function greeting_failed(self, reply)
  local word = reply.err:match "^%u+" or "ERR"
  if MEANINGS[word] == "store_unavailable" then return of_server(self, reply.err) end
  return errors.new("permission", ("%s refused user, password or database number (%s)"):format(
    self.name, word), { fault = "ours" })
end

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
  local request, failed = connection:request(commands)
  if not request then return nil, of_driver(self, failed) end
  local ok, stopped = task.wait(request)
  if not ok then
    request:close()
    return nil, stopped
  end
  local replies
  replies, failed = request:result()
  request:close()
  if not replies then return nil, of_driver(self, failed) end
  return replies
end

local function greet(self, connection)
  local replies, err = exchange(self, connection, greetings(self.address))
  if not replies then return nil, err end
  for _, reply in ipairs(replies) do
    if type(reply) == "table" then return nil, greeting_failed(self, reply) end
  end
  return connection
end

local function connect(self)
  local address = self.address
  local connection, failed = self.driver.connect(address.host, address.port,
    self.config.timeout_seconds)
  if not connection then return nil, of_driver(self, failed) end
  local ok, err = task.wait(connection)
  if ok then
    ok, failed = connection:state()
    err = not ok and of_driver(self, failed) or nil
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

-- One that is open; waits for it. Where it must not wait, a known failure is told at once, and the
-- next try begins behind it.
local function open_connection(self)
  if self.closed then return is_closed(self) end
  if self.connection then
    local state, failed = self.connection:state()
    if state then return self.connection end
    self.failure = of_driver(self, failed)
    drop(self)
  end
  if self.failure and not self.config.wait then
    if self.next_try <= clock.mono() then start_connecting(self) end
    return nil, self.failure
  end
  return wait_for_connection(self)
end

-- ---- commands ----

--- Sends several commands at once; waits for their replies. Each reply is a text, a number, a list,
--- false where Redis has nothing, or an error where the command failed.
---@param commands (string|number|vision.core.Image)[][] of an image its bytes
---@return any[]|nil replies
---@return vision.error? err store_unavailable: no connection, or it was lost; what was sent may
---  have been carried out. queue_full, permission, response_too_large
function Redis:pipeline(commands)
  local connection, err = open_connection(self)
  if not connection then return nil, err end
  local replies
  replies, err = exchange(self, connection, commands)
  if not replies then return nil, err end
  for i, reply in ipairs(replies) do
    if type(reply) == "table" and reply.err then replies[i] = of_server(self, reply.err) end
  end
  return replies
end

--- Sends a command; waits for its reply.
---@param ... string|number|vision.core.Image
---@return any reply a text, a number, a list; false where Redis has nothing; nil where it failed
---@return vision.error? err as of `pipeline`; "internal" where the command was wrong, its `word`
---  what Redis calls it
function Redis:call(...)
  local replies, err = self:pipeline { { ... } }
  local reply = replies and replies[1]
  if errors.is(reply) then return nil, reply end
  return reply, err
end

-- Text of a script -> the name Redis gives it (its SHA-1).
local names = {}

local function name_of(self, script)
  if not names[script] then
    local name, err = self:call("SCRIPT", "LOAD", script)
    if not name then return nil, err end
    names[script] = name
  end
  return names[script]
end

local function command_of(verb, script, keys, arguments)
  local command = { verb, script, #keys }
  for _, key in ipairs(keys) do command[#command + 1] = key end
  for _, argument in ipairs(arguments or {}) do command[#command + 1] = argument end
  return command
end

--- Runs a script on the server, which is atomic there; its text is sent only where the server does
--- not have it.
---@param script string
---@param keys string[]
---@param arguments? (string|number)[]
---@return any reply as of `call`
---@return vision.error? err
function Redis:eval(script, keys, arguments)
  local name, err = name_of(self, script)
  if not name then return nil, err end
  local replies
  replies, err = self:pipeline { command_of("EVALSHA", name, keys, arguments) }
  if replies and errors.is(replies[1]) and replies[1].word == "NOSCRIPT" then
    replies, err = self:pipeline { command_of("EVAL", script, keys, arguments) }
  end
  local reply = replies and replies[1]
  if errors.is(reply) then return nil, reply end
  return reply, err
end

--- Ends it; what is under way fails. Any number of times.
function Redis:close()
  self.closed = true
  if self.connecting then self.connecting:cancel() end
  drop(self)
end

-- ---- opening ----

local function the_driver()
  local ok, driver = pcall(require, "vision.redis")
  if ok then return driver end
  return nil, errors.new("missing_library", "Redis needs the module vision/redis.so, which was not "
    .. "built: apt-get install libhiredis-dev, then build again", { cause = tostring(driver) })
end

--- A handle on a server; the first command connects.
---@param url string  redis://[user:password@]host[:port][/number]
---@param given? table timeout_seconds (5): of each command, and of connecting; wait (true): for a
---  server that is away. A command that blocks in the server (BLOCK) needs a handle of its own.
---@return vision.Redis|nil
---@return vision.error? err invalid_option, missing_library
function redis.new(url, given)
  local address, err = redis_url.parse(url)
  if not address then return nil, err end
  local config
  config, err = options.check(OPTIONS, given, "redis")
  if not config then return nil, err end
  local driver
  driver, err = the_driver()
  if not driver then return nil, err end
  return setmetatable({
    name = address.name, address = address, config = config, driver = driver, waiting = 0,
    tries = 0, next_try = 0, closed = false,
  }, Redis)
end

--- The same, connected; waits.
---@param url string
---@param given? table as for `new`
---@return vision.Redis|nil
---@return vision.error? err also store_unavailable, permission
function redis.open(url, given)
  local self, err = redis.new(url, given)
  if not self then return nil, err end
  local pong
  pong, err = self:call "PING"
  if not pong then
    self:close()
    return nil, err
  end
  return self
end

return redis
