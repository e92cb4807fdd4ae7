-- SPDX-License-Identifier: MIT
-- What the processes of several machines share: limits and breakers by name, in Redis, one atomic
-- script each. It gives what a shared state in a file gives (docs/shared_state.md). While Redis is
-- away each process goes on by itself, with what it knows of its own calls, and says so once.

local breaker = require "vision.fleet.breaker"
local bucket = require "vision.fleet.bucket"
local calls = require "vision.fleet.calls"
local clock = require "vision.base.clock"
local core = require "vision.core"
local redis = require "vision.database.redis"
local task = require "vision.base.task"

local fleet = {}

-- Seconds that a call may be held up by a Redis that does not answer.
local PATIENCE = 1

---@class vision.Fleet
---@field id string        of this process
---@field now fun(): number  the clock of what each process keeps by itself
---@field package redis vision.Redis
---@field package is_away boolean
---@field package news string?  what there is to tell
---@field given_time boolean  the time is that of the caller, not Redis's: for tests
local Fleet = {}
Fleet.__index = Fleet

--- A state in Redis; the first use connects.
---@param url string redis://[user:password@]host[:port][/number]
---@return vision.Fleet|nil
---@return vision.error? err invalid_option, missing_library
function fleet.new(url)
  local handle, err = redis.new(url, { timeout_seconds = PATIENCE, wait = false })
  if not handle then return nil, err end
  local id = core.sha256(("%.17g %.17g"):format(clock.random(), clock.wall())):sub(1, 16)
  return setmetatable({ redis = handle, id = id, is_away = false, given_time = false,
    now = function() return clock.mono() end }, Fleet)
end

local function key_of(kind, name) return ("vision:shared:%s:%s"):format(kind, name) end

---@param name string
---@param options { per_minute: number, burst: number }
---@param now number
---@param own? vision.core.TokenBucket  serves while Redis is away; its own by default
function Fleet:token_bucket(name, options, now, own)
  return bucket.new(self, key_of("bucket", name), options, now, own)
end

---@param name string
---@param options table? as of `core.circuit_breaker`
function Fleet:circuit_breaker(name, options)
  return breaker.new(self, key_of("breaker", name), options or {})
end

---@param name string
---@param limit integer 1 .. 256
function Fleet:concurrency(name, limit)
  return calls.new(self, key_of("calls", name), limit)
end

--- Takes from several buckets that it gave, or from none; see `core.buckets_take`.
Fleet.buckets_take = bucket.take_all

-- Figures stay with each process.
function Fleet.histogram() return core.histogram() end
function Fleet.counters(_, _, count) return core.counters(count) end

--- What there is to tell people since it was last asked.
---@return string?
function Fleet:notice()
  local news = self.news
  self.news = nil
  return news
end

function Fleet:close()
  self.redis:close()
end

-- ---- for what it gives ----

--- The time that a script is given.
---@param now number
---@return string # empty: Redis's own
function Fleet:time(now)
  return self.given_time and ("%.17g"):format(now) or ""
end

--- Runs a script; waits.
---@param script string
---@param keys string[]
---@param arguments (string|number)[]
---@return any? reply nil: Redis is away
function Fleet:ask(script, keys, arguments)
  local reply, err = self.redis:eval(script, keys, arguments)
  if reply == nil then
    if not self.is_away and not task.stopped() then
      self.is_away = true
      self.news = ("limits and breakers hold for this process alone until it is back: %s"):format(
        err.message)
    end
    return nil
  end
  if self.is_away then
    self.is_away = false
    self.news = ("limits and breakers hold for all processes again: %s is back"):format(
      self.redis.name)
  end
  return reply
end

--- Runs a script whose reply does not matter, also for a task that was stopped, which cannot wait.
function Fleet:tell(script, keys, arguments)
  if task.stopped() then
    task.spawn(self.ask, self, script, keys, arguments)
  else
    self:ask(script, keys, arguments)
  end
end

return fleet
