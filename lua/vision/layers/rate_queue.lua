-- SPDX-License-Identifier: MIT
-- A line of callers before one or several token buckets: first come, first served, of bounded
-- length. Whoever is stopped while waiting leaves the line and has taken nothing.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local mailbox = require "vision.base.mailbox"
local task = require "vision.base.task"

local rate_queue = {}

---@class vision.RateLimit
---@field per_minute number
---@field burst number

---@class vision.RateQueue
---@field waiting integer                      callers in the line
---@field package limits vision.RateLimit[]
---@field package buckets vision.core.TokenBucket[]
---@field package line table[]               its first one sleeps, the others wait for a call
local RateQueue = {}
RateQueue.__index = RateQueue

--- A line before buckets: full ones, or those that other processes use, too.
---@param limits vision.RateLimit[] at most 8
---@param max_waiting integer callers that may wait
---@param shared? vision.core.SharedState|vision.Fleet
---@param names? string[] of the buckets in it
---@return vision.RateQueue|nil
---@return vision.error? err of the shared state: queue_full
function rate_queue.new(limits, max_waiting, shared, names)
  local buckets, now, err = {}, clock.mono(), nil
  for i, limit in ipairs(limits) do
    if shared then
      buckets[i], err = shared:token_bucket(names[i], limit, now)
    else
      buckets[i] = core.token_bucket(limit, now)
    end
    if not buckets[i] then return nil, errors.from(err) end
  end
  return setmetatable({
    limits = limits, buckets = buckets, line = {}, waiting = 0, max_waiting = max_waiting,
    buckets_take = shared and shared.buckets_take or core.buckets_take,
  }, RateQueue)
end

--- Seconds that a caller who came now would wait; math.huge: for ever.
---@param costs number[] tokens of each bucket, each at most its burst
---@return number
function RateQueue:expected(costs)
  local longest, now = 0, clock.mono()
  for i, bucket in ipairs(self.buckets) do
    local missing = costs[i] - bucket:available(now)
    for _, place in ipairs(self.line) do
      missing = missing + place.costs[i]
    end
    longest = math.max(longest, missing / self.limits[i].per_minute * 60)
  end
  return longest
end

--- Takes the tokens if they are there and nobody waits for them.
---@param costs number[]
---@return boolean
function RateQueue:try(costs)
  return self.waiting == 0 and (self.buckets_take(self.buckets, costs, clock.mono()))
end

local function leave(self, place)
  local line = self.line
  for i = 1, #line do
    if line[i] == place then
      table.remove(line, i)
      break
    end
  end
  self.waiting = #line
  if line[1] and line[1].call then line[1].call:put(true) end
end

local function wait_in_line(self, place, costs)
  if self.line[1] ~= place then
    place.call = mailbox.new()
    local ok, err = place.call:take()
    if not ok then return nil, err end
  end
  while true do
    local taken, wait = self.buckets_take(self.buckets, costs, clock.mono())
    if taken then return true end
    local ok, err = task.sleep(math.min(wait, 3600))
    if not ok then return nil, err end
  end
end

--- Takes the tokens, at the end of the line where there is one.
---@param costs number[]
---@return number|nil waited seconds
---@return vision.error? err when the task was stopped; nil: the line is full
function RateQueue:take(costs)
  if self:try(costs) then return 0 end
  if self.waiting >= self.max_waiting then return nil end
  local started, place = clock.mono(), { costs = costs }
  self.line[#self.line + 1] = place
  self.waiting = #self.line
  local ok, err = wait_in_line(self, place, costs)
  leave(self, place)
  if not ok then return nil, err end
  return clock.mono() - started
end

--- Corrects what was taken from one bucket.
---@param i integer
---@param difference number real use minus what was taken
function RateQueue:settle(i, difference)
  self.buckets[i]:settle(difference)
end

---@param i integer
---@return number tokens of a bucket that are there; never below 0
function RateQueue:available(i)
  return math.max(0, self.buckets[i]:available(clock.mono()))
end

return rate_queue
