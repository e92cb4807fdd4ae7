-- SPDX-License-Identifier: MIT
-- A Redis server: commands of many tasks on one connection.

local errors = require "vision.base.error"
local options = require "vision.base.options"
local redis_errors = require "vision.database.redis_errors"
local redis_link = require "vision.database.redis_link"
local redis_url = require "vision.database.redis_url"

local redis = {}

local OPTIONS = {
  timeout_seconds = { "seconds that an answer may take, and a connection", type = "number",
    min = 0.001, max = 86400, default = 5 },
  wait = { "wait for a server that is away; false: fail at once while it is", type = "boolean",
    default = true },
}

---@class vision.Redis
---@field name string  its address without the password, for people
---@field package link vision.RedisLink
local Redis = {}
Redis.__index = Redis

function Redis.__tostring(self) return self.name end

--- Sends several commands at once; waits for their replies. Each reply is a text, a number, a list,
--- false where Redis has nothing, or an error where the command failed.
---@param commands (string|number|vision.core.Image)[][] of an image its bytes
---@return any[]|nil replies
---@return vision.error? err store_unavailable: no connection, or it was lost; what was sent may
---  have been carried out. queue_full, permission, response_too_large
function Redis:pipeline(commands)
  local replies, err = self.link:exchange("request", commands)
  if not replies then return nil, err end
  for i, reply in ipairs(replies) do
    if type(reply) == "table" and reply.err then
      replies[i] = redis_errors.of_server(self.name, reply.err)
    end
  end
  return replies
end

--- Sends a command; waits for its reply.
---@param ... string|number|vision.core.Image
---@return any reply a text, a number, a list; false where Redis has nothing; nil where it failed
---@return vision.error? err as of `pipeline`; "internal" where the command was wrong, its `word`
---  what Redis calls it
function Redis:call(...)
  local reply, err = self.link:exchange("call", ...)
  if type(reply) == "table" and reply.err then
    return nil, redis_errors.of_server(self.name, reply.err)
  end
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

local function run(self, verb, script, keys, arguments)
  local command = { verb, script, #keys }
  for _, key in ipairs(keys) do command[#command + 1] = key end
  for _, argument in ipairs(arguments or {}) do command[#command + 1] = argument end
  local replies, err = self:pipeline { command }
  local reply = replies and replies[1]
  if errors.is(reply) then return nil, reply end
  return reply, err
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
  local reply
  reply, err = run(self, "EVALSHA", name, keys, arguments)
  if err and err.word == "NOSCRIPT" then return run(self, "EVAL", script, keys, arguments) end
  return reply, err
end

--- Ends it; what is under way fails. Any number of times.
function Redis:close()
  self.link:close()
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
    name = address.name, link = redis_link.new(driver, address, config),
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
