-- SPDX-License-Identifier: MIT
-- The attempts at one call: what was tried, whether to try again, and when, as a script of `retry/`
-- says (scripts/README.md). Time, chance and the budget are asked; nothing here waits.

local clock = require "vision.base.clock"
local json = require "vision.base.json"
local policy = require "vision.policy"
local trail = require "vision.layers.trail"

local attempts = {}

---@class vision.Attempts
---@field trail vision.TrailStep[] each with `waited`: seconds until the next one began
---@field package config table    RetryConfig
---@field package failures integer
local Attempts = {}
Attempts.__index = Attempts

---@param config table RetryConfig, with its defaults
---@param endpoint string who is asked
---@return vision.Attempts
function attempts.new(config, endpoint)
  if config.budget then config.budget:deposit() end
  local now = clock.mono()
  return setmetatable({
    config = config, endpoint = endpoint, trail = json.array {}, failures = 0,
    policies = policy.begin(), began = now, started = now, delay = config.base_delay,
  }, Attempts) -- eight fields: one more would double the table
end

attempts.JITTER = { "full", "decorrelated", "none" }

-- Trying again is no use, whatever a script says: what the caller did stays wrong, what this
-- program refused itself (its own limit, its own queue) is for who called or for another endpoint,
-- and a bill that is not paid is not paid in a minute.
local function is_hopeless(err)
  return err.fault == "ours" or err.fault == "caller" or err.reason == "billing"
end

-- What the script of `retry/` says.
local function decision(self, err)
  local config = self.config
  local input = {
    attempt = self.failures,
    error = {
      reason = err.reason, code = err.code, status = err.status, fault = err.fault,
      retryable = err.retryable, retry_after = err.retry_after, provider = err.provider,
    },
    job = { random = clock.random(), last_delay = self.delay,
      elapsed = clock.mono() - self.began },
    options = {
      max_retries = config.max_retries, base_delay = config.base_delay,
      max_delay = config.max_delay, exponential_base = config.exponential_base,
      jitter = config.jitter,
    },
  }
  return self.policies:decide("retry", config.script, input)
end

-- The delay before the next attempt; nil: it would be no use, or come too late.
local function delay_after(self, err)
  local config, asked = self.config, err.retry_after or 0
  if is_hopeless(err) or self.failures > config.max_retries or asked > config.max_retry_after then
    return nil
  end
  local said = decision(self, err)
  if not (said and said.retry) then return nil end
  self.delay = math.max(said.delay, asked)
  local allowed = self.delay < (self:time_left() or math.huge)
    and (not config.budget or config.budget:withdraw())
  return allowed and self.delay or nil
end

--- How long all of it may still take.
---@return number|nil seconds nil: without limit
function Attempts:time_left()
  local limit = self.config.deadline_seconds
  return limit and self.began + limit - clock.mono()
end

-- The step of the attempt that has ended now.
local function note(self, reading, err)
  local step = trail.add(self.trail, self.endpoint, reading, err, clock.mono() - self.started)
  step.attempt = self.failures + 1
  step.action = self.failures > 0 and "retry" or step.action
  return step
end

--- The attempt failed: how long to wait before the next one.
---@param err vision.error
---@param is_last boolean? there must be no other
---@return number|nil seconds nil: do not try again
---@return vision.error? err then: the same with the trail
function Attempts:failed(err, is_last)
  local step = note(self, nil, err)
  self.failures = self.failures + 1
  local delay = not is_last and delay_after(self, err) or nil
  if not delay then return nil, trail.on(err, self.trail) end
  step.waited = delay
  self.started = clock.mono() + delay
  return delay
end

--- The call was given up: an error with room for it is told what was tried until then.
---@param stopped vision.error
---@return vision.error # the same
function Attempts:stopped(stopped)
  local list = stopped.trail
  if list and #list == 0 then
    for i, step in ipairs(self.trail) do list[i] = step end
  end
  return stopped
end

--- The attempt succeeded.
---@param reading table
---@return table reading with the trail
function Attempts:succeeded(reading)
  note(self, reading)
  return trail.on(reading, self.trail)
end

return attempts
