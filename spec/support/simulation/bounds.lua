-- SPDX-License-Identifier: MIT
-- How much, and how long, one question to a stack may take at the very most: what its settings say.

local bounds = {}

-- Seconds: the longest Retry-After that is heeded, which is longer than any pause of its own.
local PAUSE = 60

local function tries_of(stack)
  return 1 + (stack.retry and stack.retry.max_retries or 0)
end

--- Requests: each endpoint, each try, each asked a second time.
---@param stack table what vision.stack was given
---@return integer
function bounds.requests(stack)
  return #stack.providers * tries_of(stack) * (stack.hedge and 2 or 1)
end

-- One attempt: both lines, then the answer.
local function attempt_seconds(endpoint)
  local rate = endpoint.rate_limit
  return endpoint.concurrency.queue_timeout_seconds
    + (rate.max_queue + 1) * 60 / rate.requests_per_minute + endpoint.timeout_seconds
end

--- Seconds, with a second's grace. A second call begins before the first has ended.
---@param stack table
---@return number
function bounds.seconds(stack)
  local all, tries = 1, tries_of(stack)
  for _, endpoint in ipairs(stack.providers) do
    local seconds = tries * attempt_seconds(endpoint) + (tries - 1) * PAUSE
    all = all + seconds * (stack.hedge and 2 or 1)
  end
  return all
end

return bounds
