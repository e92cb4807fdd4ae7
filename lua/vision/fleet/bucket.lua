-- SPDX-License-Identifier: MIT
-- A token bucket in Redis, for a fleet of processes: csrc/core/token_bucket.c, said in the server's
-- Lua. Each process keeps one of its own beside it, which knows what this process took: it serves
-- while Redis is away.

local core = require "vision.core"

local bucket = {}

-- The time is Redis's own unless one is given: the machines of a fleet have clocks of their own.
local COMMON = [[
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1e6
end

local function read(key, rate, burst, initial)
  local kept = redis.call('GET', key)
  local b = kept and cmsgpack.unpack(kept)
  if b and b.rate == rate and b.burst == burst then return b end
  return { rate = rate, burst = burst, level = b and burst or math.min(burst, initial), at = now }
end

-- As long as it is not full it is kept; one that fills with nothing, for a month.
local function write(key, b)
  local seconds = b.rate > 0 and (b.burst - b.level) / b.rate + 60 or 2592000
  redis.call('SET', key, cmsgpack.pack(b), 'EX', math.ceil(math.min(seconds, 31536000)))
end

local function available(b)
  return now > b.at and math.min(b.burst, b.level + (now - b.at) * b.rate) or b.level
end

local function refill(b)
  b.level = available(b)
  if now > b.at or now < b.at - 1 then b.at = now end
end

local function wait_for(b, cost)
  if not (cost >= 0 and cost <= b.burst) then return math.huge end
  if cost <= b.level then return 0 end
  local wait = (cost - b.level) / b.rate + math.max(b.at - now, 0)
  return wait > 1e-6 and wait or 0
end
]]

-- KEYS: buckets. ARGV: time, "take" or "reserve", then for each: rate, burst, what a new one has,
-- cost. The wait: "0" where they were taken.
local TAKE = COMMON .. [[
local list, longest = {}, 0
for i, key in ipairs(KEYS) do
  local at = 4 * i - 1
  local b = read(key, tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]))
  refill(b)
  list[i] = { b, tonumber(ARGV[at + 3]) }
  longest = math.max(longest, wait_for(b, list[i][2]))
end
local takes = longest == 0 or ARGV[2] == 'reserve' and longest < math.huge
for i, one in ipairs(list) do
  if takes then one[1].level = one[1].level - one[2] end
  write(KEYS[i], one[1])
end
return string.format('%.17g', longest)
]]

-- KEYS: a bucket. ARGV: time, rate, burst, what a new one has, real use minus what was taken.
local SETTLE = COMMON .. [[
local b = read(KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
b.level = math.min(b.burst, b.level - tonumber(ARGV[5]))
write(KEYS[1], b)
return 1
]]

-- KEYS: a bucket. ARGV: time, rate, burst, what a new one has. The tokens that are there.
local AVAILABLE = COMMON .. [[
local b = read(KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
return string.format('%.17g', available(b))
]]

---@class vision.FleetBucket : vision.core.TokenBucket
---@field package fleet vision.Fleet
---@field package own vision.core.TokenBucket
local Bucket = {}
Bucket.__index = Bucket

--- A bucket of a fleet.
---@param fleet vision.Fleet
---@param key string
---@param options { per_minute: number, burst: number }
---@param now number
---@param own? vision.core.TokenBucket  what the processes of this machine took, where they share it
---@return vision.FleetBucket
function bucket.new(fleet, key, options, now, own)
  return setmetatable({
    fleet = fleet, key = key, rate = options.per_minute / 60, burst = options.burst,
    own = own or core.token_bucket(options, now),
  }, Bucket)
end

-- What this process took is no more there for one who finds an empty Redis.
local function setting(self, now, ...)
  return self.rate, self.burst, ("%.17g"):format(self.own:available(now)), ...
end

local function number_of(text)
  return text == "inf" and math.huge or tonumber(text)
end

-- The wait; nil: Redis is away.
local function ask_all(verb, buckets, costs, now)
  local keys, arguments = {}, { buckets[1].fleet:time(now), verb }
  for i, one in ipairs(buckets) do
    keys[i] = one.key
    local at = #arguments
    arguments[at + 1], arguments[at + 2], arguments[at + 3], arguments[at + 4] =
      setting(one, now, ("%.17g"):format(costs[i]))
  end
  local reply = buckets[1].fleet:ask(TAKE, keys, arguments)
  return reply and number_of(reply)
end

--- Takes from all buckets of one fleet, or from none; see `core.buckets_take`. Waits for Redis.
---@param buckets vision.FleetBucket[]
---@param costs number[]
---@param now number
---@return boolean taken
---@return number? wait
function bucket.take_all(buckets, costs, now)
  if #buckets == 0 then return true end
  local wait, owns = ask_all("take", buckets, costs, now), {}
  for i, one in ipairs(buckets) do owns[i] = one.own end
  if not wait then return core.buckets_take(owns, costs, now) end
  if wait > 0 then return false, wait end
  for i, own in ipairs(owns) do own:reserve(costs[i], now) end
  return true
end

--- Whether there may be so many tokens, by what is known here: nobody is asked, nothing is taken.
---@param cost number
---@param now number
---@return boolean
---@return number? wait
function Bucket:glance(cost, now)
  local lacks = cost - self.own:available(now)
  if lacks <= 0 then return true end
  return false, lacks / self.rate
end

function Bucket:take(cost, now)
  return bucket.take_all({ self }, { cost }, now)
end

function Bucket:reserve(cost, now)
  local wait = ask_all("reserve", { self }, { cost }, now)
  local own = self.own:reserve(cost, now)
  return wait or own
end

function Bucket:settle(difference)
  self.own:settle(difference)
  self.fleet:tell(SETTLE, { self.key }, { self.fleet:time(self.fleet.now()),
    setting(self, self.fleet.now(), ("%.17g"):format(difference)) })
end

function Bucket:refund(cost) self:settle(-cost) end

function Bucket:available(now)
  local reply = self.fleet:ask(AVAILABLE, { self.key }, { self.fleet:time(now),
    setting(self, now) })
  return reply and tonumber(reply) or self.own:available(now)
end

return bucket
