-- SPDX-License-Identifier: MIT
-- How many calls a fleet of processes may have under way, in Redis: a sorted set of permits, each
-- with an end that its process moves on. What this process has it also counts by itself: that
-- serves while Redis is away.

local core = require "vision.core"
local task = require "vision.base.task"

local calls = {}

-- Seconds that a permit lives without a word of its process, and between two words.
local LIFE, WORD = 30, 10

local COMMON = [[
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1e6
end
local lost = redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local stats = KEYS[1] .. ':stats'
if lost > 0 then redis.call('HINCRBY', stats, 'lost', lost) end
]]

-- KEYS: the permits. ARGV: time, the limit, seconds, the permit. 1: it is granted; and how many are
-- out.
local ACQUIRE = COMMON .. [[
local out = redis.call('ZCARD', KEYS[1])
if out >= tonumber(ARGV[2]) then
  redis.call('HINCRBY', stats, 'rejected', 1)
  return { 0, out }
end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[4])
redis.call('EXPIRE', KEYS[1], 86400)
redis.call('EXPIRE', stats, 172800)
if out + 1 > tonumber(redis.call('HGET', stats, 'peak') or 0) then
  redis.call('HSET', stats, 'peak', out + 1)
end
return { 1, out + 1 }
]]

-- KEYS: the permits. ARGV: time, seconds, permits: they live on, also in a Redis begun anew.
local LIVE_ON = COMMON .. [[
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], 86400)
return 1
]]

-- KEYS: the permits. ARGV: time, a permit.
local RELEASE = COMMON .. "return redis.call('ZREM', KEYS[1], ARGV[2])"

-- KEYS: the permits. ARGV: time. How many are out; the most there were, refusals, permits lost.
local LOOK = COMMON .. [[
local found = redis.call('HMGET', stats, 'peak', 'rejected', 'lost')
return { redis.call('ZCARD', KEYS[1]), tonumber(found[1] or 0), tonumber(found[2] or 0),
  tonumber(found[3] or 0) }
]]

---@class vision.FleetCalls : vision.core.ConcurrencyLimit
---@field package fleet vision.Fleet
---@field package own vision.core.ConcurrencyLimit
---@field package out table<string, true> permits of this process
local Calls = {}
Calls.__index = Calls

--- A limit of a fleet.
---@param fleet vision.Fleet
---@param key string
---@param limit integer 1 .. 256
---@return vision.FleetCalls
function calls.new(fleet, key, limit)
  return setmetatable({ fleet = fleet, key = key, most = limit, granted = 0, out = {},
    own = core.concurrency_limit(limit) }, Calls)
end

-- While calls are under way their permits live on.
local function live_on(self)
  while next(self.out) and task.sleep(WORD) do
    local arguments = { self.fleet:time(self.fleet.now()), LIFE }
    for permit in pairs(self.out) do arguments[#arguments + 1] = permit end
    if #arguments > 2 then self.fleet:ask(LIVE_ON, { self.key }, arguments) end
  end
  self.alive = nil
end

function Calls:acquire(lease, now)
  local permit = { own = (self.own:acquire(lease, now)) }
  self.granted = self.granted + 1
  local name = ("%s:%d"):format(self.fleet.id, self.granted)
  local reply = self.fleet:ask(ACQUIRE, { self.key },
    { self.fleet:time(now), self.most, LIFE, name })
  if reply and reply[1] == 1 or not reply and permit.own then
    permit.common = reply and name
    if reply then
      self.out[name] = true
      self.alive = self.alive or task.spawn(live_on, self)
    end
    return permit
  end
  if permit.own then self.own:release(permit.own) end
end

function Calls:release(permit)
  if permit.own then self.own:release(permit.own) end
  local had = permit.common and self.out[permit.common]
  if had then
    self.out[permit.common] = nil
    if self.alive and not next(self.out) then self.alive:cancel() end
    self.fleet:tell(RELEASE, { self.key }, { self.fleet:time(self.fleet.now()), permit.common })
  end
  return had or not permit.common
end

local function look(self, at, name)
  local reply = self.fleet:ask(LOOK, { self.key }, { self.fleet:time(self.fleet.now()) })
  return reply and reply[at] or self.own[name](self.own)
end

function Calls:limit() return self.most end
function Calls:in_flight() return look(self, 1, "in_flight") end
function Calls:peak() return look(self, 2, "peak") end
function Calls:rejected() return look(self, 3, "rejected") end
function Calls:lost() return look(self, 4, "lost") end

return calls
