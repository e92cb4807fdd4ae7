-- SPDX-License-Identifier: MIT
-- What follows from an attempt to deliver: it arrived, it is tried again at some time, or it is
-- given up. Pure: time and chance are arguments.

local core = require "vision.core"

local schedule = {}

--- Seconds from an attempt to the one after it, as Standard Webhooks advises; the last is repeated.
---@type number[]
schedule.DELAYS = { 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 }

--- Seconds after which an event is given up.
schedule.GIVE_UP_AFTER = 3 * 86400

-- By so much chance makes a delay longer, so that not all events of one outage come back at once.
local JITTER = 0.2

--- Seconds for which nothing waits: the longest delay, an hour more.
schedule.NEVER_AFTER = schedule.DELAYS[#schedule.DELAYS] * (1 + JITTER) + 3600

-- Seconds that a receiver may ask us to stay away.
local RETRY_AFTER_MAX = 86400

---@class vision.WebhookAttempt
---@field at number          seconds since 1970
---@field status integer?    nil: no answer came
---@field ms number
---@field message string?    why it was no success
---@field retry_after string? the header

---@class vision.WebhookOutcome
---@field state "delivered"|"pending"|"failed"
---@field next_at number?      of what is pending: seconds since 1970
---@field paused_until number? the receiver asked for no more until then, of any event
---@field gone boolean?        the receiver says that it is no more: it gets nothing from now on

local function delay_after(attempts, random)
  local delays = schedule.DELAYS
  local delay = delays[math.min(attempts, #delays)]
  return delay * (1 + JITTER * random)
end

local function asked_pause(attempt, now)
  if not attempt.retry_after then return nil end
  local seconds = core.retry_after(attempt.retry_after, now)
  return seconds and seconds > 0 and math.min(seconds, RETRY_AFTER_MAX) or nil
end

--- What follows from an attempt.
---@param attempt vision.WebhookAttempt
---@param attempts integer  how many there were, this one included
---@param since number      when the event was given to us to deliver, seconds since 1970
---@param now number        seconds since 1970
---@param random number     of [0, 1)
---@return vision.WebhookOutcome
function schedule.outcome(attempt, attempts, since, now, random)
  local status, give_up_at = attempt.status or 0, since + schedule.GIVE_UP_AFTER
  if status >= 200 and status < 300 then return { state = "delivered" } end
  if status == 410 then return { state = "failed", gone = true } end
  if now >= give_up_at then return { state = "failed" } end
  local pause = asked_pause(attempt, now)
  local next_at = now + math.max(delay_after(attempts, random), pause or 0)
  return {
    state = "pending",
    next_at = math.min(next_at, give_up_at), -- one last time at the end
    paused_until = pause and now + pause or nil,
  }
end

return schedule
