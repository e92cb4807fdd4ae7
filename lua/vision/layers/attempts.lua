-- SPDX-License-Identifier: MIT
-- The attempts at one call: what was tried, whether to try again, and when. Time, chance and the
-- budget are asked; nothing here waits.

local clock = require "vision.base.clock"
local json = require "vision.base.json"
local trail = require "vision.layers.trail"

local attempts = {}

---@class vision.Attempts
---@field trail vision.TrailStep[] each with `waited`: seconds until the next one began
---@field package config table    RetryConfig
---@field package failures integer
---@field package deadline number as of `clock.mono`
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
    started = now, delay = config.base_delay,
    deadline = config.deadline_seconds and now + config.deadline_seconds or math.huge,
  }, Attempts)
end

-- Delay before retry `n`, from 1. "full" and "decorrelated" are those of AWS's "Exponential Backoff
-- And Jitter": many that failed at one time do not come back at one time.
local JITTER = {}

local function exponential(config, n)
  return math.min(config.max_delay, config.base_delay * config.exponential_base ^ (n - 1))
end

function JITTER.none(config, n)
  return exponential(config, n)
end

function JITTER.full(config, n)
  return clock.random() * exponential(config, n)
end

function JITTER.decorrelated(config, _, last)
  local most = math.max(last * 3, config.base_delay)
  return math.min(config.max_delay,
    config.base_delay + clock.random() * (most - config.base_delay))
end

attempts.JITTER = { "full", "decorrelated", "none" }

-- The delay before the next attempt; nil: it would be no use, or come too late.
local function delay_after(self, err)
  local config, n = self.config, self.failures
  local asked = err.retry_after or 0
  if not err.retryable or n > config.max_retries or asked > config.max_retry_after then
    return nil
  end
  self.delay = JITTER[config.jitter](config, n, self.delay)
  local delay = math.max(self.delay, asked)
  local allowed = clock.mono() + delay < self.deadline
    and (not config.budget or config.budget:withdraw())
  return allowed and delay or nil
end

-- The step of the attempt that has ended now.
local function note(self, reading, err)
  local step = trail.add(self.trail, self.endpoint, reading, err, clock.mono() - self.started)
  step.attempt = self.failures + 1
  step.action = self.failures > 0 and "retry" or step.action
  return step
end

--- The attempt failed: how long to wait before the next one.
---@param err vision.error gets the trail if it is the last one
---@param is_last boolean? there must be no other
---@return number|nil seconds nil: do not try again
function Attempts:failed(err, is_last)
  local step = note(self, nil, err)
  self.failures = self.failures + 1
  local delay = not is_last and delay_after(self, err) or nil
  if delay then
    step.waited = delay
    self.started = clock.mono() + delay
  else
    err.trail = self.trail
  end
  return delay
end

--- The attempt succeeded.
---@param reading table
---@return table reading with the trail
function Attempts:succeeded(reading)
  note(self, reading)
  return trail.on(reading, self.trail)
end

return attempts
