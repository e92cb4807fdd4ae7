-- SPDX-License-Identifier: MIT
-- The part of a cache that a fleet of processes shares: a Redis server. While it is away readings
-- are asked for anew; that is said once.

local log = require "vision.base.log"
local redis = require "vision.database.redis"
local task = require "vision.base.task"

local cache_redis = {}

-- Seconds that a call may be held up by a Redis that does not answer.
local PATIENCE = 1

-- Bytes of a reading; larger ones are not kept.
local MAX_BYTES = 4 * 1024 * 1024

local GENERATION, PREFIX = "vision:cache:generation", "vision:cache:"

-- Clearing begins a new generation; the readings of the old one end by themselves.
local KEY = "local key = ARGV[1] .. (redis.call('GET', KEYS[1]) or '0') .. ':' .. ARGV[2]\n"

-- KEYS: the generation. ARGV: prefix, key. The reading and how many ms it has left; or 0.
local GET = KEY .. [[
local text = redis.call('GET', key)
return text and { text, redis.call('PTTL', key) } or 0
]]

-- KEYS: the generation. ARGV: prefix, key, text, ms.
local PUT = KEY .. "return redis.call('SET', key, ARGV[3], 'PX', ARGV[4])"

---@class vision.CacheRedis : vision.CacheFile
---@field package redis vision.Redis
---@field package is_away boolean
local CacheRedis = {}
CacheRedis.__index = CacheRedis

--- The part in Redis; the first use connects.
---@param url string redis://[user:password@]host[:port][/number]
---@return vision.CacheRedis|nil
---@return vision.error? err invalid_option, missing_library
function cache_redis.open(url)
  local handle, err = redis.new(url, { timeout_seconds = PATIENCE, wait = false })
  if not handle then return nil, err end
  return setmetatable({ redis = handle, is_away = false }, CacheRedis)
end

local function told(self, reply, err)
  local away = reply == nil
  if away and task.stopped() then return nil end
  if away and not self.is_away then
    log.warn("cache: readings are not shared until it is back: %s", err.message)
  elseif self.is_away and not away then
    log.warn("cache: readings are shared again: %s is back", self.redis.name)
  end
  self.is_away = away
  return reply
end

--- The text of a key; waits.
---@param key string
---@return string|nil text
---@return number? ttl seconds that it may still be kept
function CacheRedis:get(key)
  local found = told(self, self.redis:eval(GET, { GENERATION }, { PREFIX, key }))
  if type(found) ~= "table" then return nil end
  return found[1], found[2] / 1000
end

--- Keeps a text; waits.
---@param key string
---@param text string
---@param ttl number seconds
function CacheRedis:put(key, text, ttl)
  if #text > MAX_BYTES then return end
  local ms = math.max(1, math.floor(ttl * 1000))
  told(self, self.redis:eval(PUT, { GENERATION }, { PREFIX, key, text, ms }))
end

--- Drops everything, for all; waits.
function CacheRedis:clear()
  told(self, self.redis:call("INCR", GENERATION))
end

--- Gives it up. Any number of times.
function CacheRedis:close()
  self.redis:close()
end

return cache_redis
