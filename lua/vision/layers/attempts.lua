-- SPDX-License-Identifier: MIT
-- The attempts at one call: what was tried, whether to try again, and when. Time, chance and the
-- budget are asked; nothing here waits.

local clock = require "vision.base.clock"

local attempts = {}

---@class vision.Attempt
---@field reason string?   why it failed; nil: it did not
---@field message string?  of the failure
---@field seconds number   how long it took
---@field waited number?   seconds that were waited after it

---@class vision.Attempts
---@field trail vision.Attempt[]
---@field package config table    RetryConfig
---@field package deadline number as of `clock.mono`
local Attempts = {}
Attempts.__index = Attempts

---@param config table RetryConfig, with its defaults
---@return vision.Attempts
function attempts.new(config)
  if config.budget then config.budget:deposit() end
  local now = clock.mono()
  return setmetatable({
    config = config, trail = {}, started = now, delay = config.base_delay,
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
  local config, n = self.config, #self.trail
  local asked = err.retry_after or 0
  if not err.retryable or n > config.max_retries or asked > config.max_retry_after then
    return nil
  end
  self.delay = JITTER[config.jitter](config, n, self.delay)
  local delay = math.max(self.delay, asked)
  return clock.mono() + delay < self.deadline and delay or nil
end

local function note(self, err)
  local now = clock.mono()
  local attempt = { seconds = now - self.started, reason = err and err.reason,
    message = err and err.message }
  self.trail[#self.trail + 1] = attempt
  return attempt
end

--- The attempt failed: how long to wait before the next one.
---@param err vision.error gets the trail as `attempts`
---@param is_last boolean? there must be no other
---@return number|nil seconds nil: do not try again
function Attempts:failed(err, is_last)
  local attempt = note(self, err)
  err.attempts = self.trail
  local delay = not is_last and delay_after(self, err) or nil
  if delay and self.config.budget and not self.config.budget:withdraw() then
    return nil
  end
  attempt.waited = delay
  self.started = clock.mono() + (delay or 0)
  return delay
end

--- The attempt succeeded.
---@param reading table gets the trail as `attempts`
function Attempts:succeeded(reading)
  note(self)
  reading.attempts = self.trail
end

return attempts
