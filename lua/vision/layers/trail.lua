-- SPDX-License-Identifier: MIT
-- What was tried for one answer, and why it went on: kept by every layer that tries more than once.
-- A trail is a list of steps; it stands in `reading.trail`, or in `err.trail` where all failed.

local call_tokens = require "vision.layers.call_tokens"
local errors = require "vision.base.error"
local layer = require "vision.layers.layer"

local trail = {}

---@class vision.TrailStep
---@field endpoint string
---@field attempt integer   from 1, at this endpoint
---@field reason string?    why it failed; nil where it went well
---@field message string?
---@field seconds number
---@field cost_usd number?  what it cost, where that is known; of failures too, which may be paid
---@field action string?    what followed or what it was: retry, failover, hedge, compare, skip …

--- Adds what one try has said: the steps of the layers inside, or the one step it was.
---@param list vision.TrailStep[]
---@param endpoint string
---@param reading table?
---@param err vision.error?
---@param seconds number
---@return vision.TrailStep last its last step
function trail.add(list, endpoint, reading, err, seconds)
  local inner = reading and reading.trail or err and err.trail
  for _, step in ipairs(inner or {}) do
    list[#list + 1] = layer.copy(step)
  end
  if not inner or #inner == 0 then
    list[#list + 1] = {
      endpoint = endpoint, attempt = 1, seconds = seconds,
      reason = err and err.reason, message = err and err.message,
      cost_usd = reading and reading.cost_usd or err and err.cost_usd or nil,
    }
  end
  return list[#list]
end

-- What all tries cost together, in USD; nil where an answer's price is not known, or where nothing
-- came of it and nobody knows whether it was paid.
local function cost_of(list, has_failed)
  local micro = 0
  for _, step in ipairs(list) do
    local is_unknown = not step.reason or has_failed and call_tokens.may_be_done(step)
    if not step.cost_usd and is_unknown then return nil end
    micro = micro + math.floor((step.cost_usd or 0) * 1000000 + 0.5)
  end
  return micro / 1000000
end

--- A reading, or an error, with its trail, and what all of it cost. The provider's own table is
--- left as it is: it may answer with the same one again, and several may have got it.
---@generic T: table
---@param answer T
---@param list vision.TrailStep[]
---@return T
function trail.on(answer, list)
  local copy = layer.copy(answer)
  copy.trail, copy.cost_usd = list, cost_of(list, errors.is(answer))
  return setmetatable(copy, getmetatable(answer))
end

-- When one of them may be asked again.
local function soonest(failures)
  local least
  for _, err in ipairs(failures) do
    if err.retry_after then least = math.min(least or math.huge, err.retry_after) end
  end
  return least
end

--- The one error of several: it is what the first failed with, and tells of all.
---@param failures vision.error[] at least one
---@param list vision.TrailStep[]
---@return vision.error
function trail.failure(failures, list)
  local first, retryable, said = failures[1], false, {}
  for i, err in ipairs(failures) do
    retryable = retryable or err.retryable
    said[i] = tostring(err)
  end
  local message = #failures == 1 and first.message
    or ("all %d endpoints failed: %s"):format(#failures, table.concat(said, "; "))
  return errors.new(first.reason, message, {
    provider = #failures == 1 and first.provider or nil, status = first.status,
    retryable = retryable, retry_after = soonest(failures), trail = list, cause = first,
    cost_usd = cost_of(list, true),
  })
end

return trail
