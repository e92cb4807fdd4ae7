-- SPDX-License-Identifier: MIT
-- How much may be asked a second time: a share of all calls, and a few a minute beside it. When
-- everything fails, retries then add a fifth to the load and do not multiply it. One budget may
-- serve several layers (retries and hedges of one provider, or of all).

local clock = require "vision.base.clock"
local core = require "vision.core"
local option_lists = require "vision.base.options"

local retry_budget = {}

-- Calls of a good hour must not pay for a storm of retries.
local SAVED_MAX = 100

local OPTIONS = {
  ratio = { "share of the calls that may be asked again", type = "number", min = 0, max = 1,
    default = 0.2 },
  minimum_per_minute = { "retries a minute beside it", type = "number", min = 0, max = 1e6,
    default = 10 },
}

---@class vision.RetryBudget
---@field package bucket vision.core.TokenBucket a retry is a token
local RetryBudget = {}
RetryBudget.__index = RetryBudget

--- A call was made: adds its share.
function RetryBudget:deposit()
  self.bucket:refund(self.ratio)
end

--- Takes one retry.
---@return boolean # false: there is none left
function RetryBudget:withdraw()
  return (self.bucket:take(1, clock.mono()))
end

---@return number # retries that are left
function RetryBudget:available()
  return self.bucket:available(clock.mono())
end

--- A budget; it begins with the retries of a minute.
---@param given table? ratio (0.2), minimum_per_minute (10)
---@return vision.RetryBudget|nil
---@return vision.error? err
function RetryBudget.new(given)
  local options, err = option_lists.check(OPTIONS, given, "RetryBudget")
  if not options then
    return nil, err
  end
  local per_minute, now = options.minimum_per_minute, clock.mono()
  local burst = math.max(SAVED_MAX, per_minute)
  local bucket = core.token_bucket({ per_minute = per_minute, burst = burst }, now)
  bucket:settle(burst - per_minute)
  return setmetatable({ bucket = bucket, ratio = options.ratio }, RetryBudget)
end

retry_budget.RetryBudget = RetryBudget

--- The option of layers that share one.
---@type vision.OptionSpec
retry_budget.OPTION = { "a RetryBudget, to be shared", type = "table", must_be = "a RetryBudget",
  check = function(value) return getmetatable(value) == RetryBudget end }

return retry_budget
