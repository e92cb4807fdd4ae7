-- SPDX-License-Identifier: MIT
-- The layer that keeps a provider's limits: requests a minute and, where set, tokens a minute. Who
-- comes too early waits his turn, or is refused at once.

local call_tokens = require "vision.layers.call_tokens"
local errors = require "vision.base.error"
local layer = require "vision.layers.layer"
local rate_queue = require "vision.layers.rate_queue"
local shared_state = require "vision.layers.shared_state"

local rate_limit = {}

local OPENAI = { requests_per_minute = 60, burst_size = 10 }

--- What a provider is held to where nothing is said. One that does not stand here has no limit.
---@type table<string, { requests_per_minute: number, burst_size: integer }>
rate_limit.DEFAULTS = {
  openai = OPENAI,
  azure = OPENAI,
  anthropic = { requests_per_minute = 60, burst_size = 10 },
  deepseek = { requests_per_minute = 120, burst_size = 20 },
  stub = { requests_per_minute = 1000, burst_size = 100 },
}

local DEFAULT_BURST = 10

local WAIT = { "wait for the limit instead of refusing", type = "boolean" }

local RateLimited = layer.class("rate_limited", {
  requests_per_minute = { "requests a minute", type = "number", above = 0, max = 1e9 },
  burst_size = { "requests that may come at once", type = "integer", min = 1, max = 1e9 },
  tokens_per_minute = { "tokens a minute, of questions and answers", type = "number", above = 0,
    max = 1e12 },
  wait_for_rate_limit = { WAIT[1], type = "boolean", default = true },
  max_wait_seconds = { "longest wait; a call that had to wait longer is refused at once",
    type = "number", min = 0, max = 86400 },
  max_queue = { "calls that may wait", type = "integer", min = 0, max = 1e6, default = 100 },
  shared = shared_state.OPTION,
}, { wait_for_rate_limit = WAIT })

-- The cost in each bucket. A call of more tokens than a minute has waits for a full bucket; what it
-- used beyond is owed.
local function costs_of(self, image, options)
  if not self.token_bucket then return self.request_costs end
  local tokens, err = call_tokens.estimated(self.provider, image, options)
  if not tokens then return nil, err end
  local costs = { self.request_costs[1] }
  costs[self.token_bucket] = math.min(tokens, self.config.tokens_per_minute)
  return costs
end

-- No fault of the provider's: it was not asked.
local function refuse(self, reason, wait, why)
  self.rejected = self.rejected + 1
  return nil, errors.new(reason, why, { provider = self.name, retry_after = wait, fault = "ours" })
end

local function wait_turn(self, costs, waits)
  local expected = self.queue:expected(costs)
  if not waits or expected > (self.config.max_wait_seconds or math.huge) then
    return refuse(self, "rate_limited", expected,
      ("the rate limit of this program is used up for another %.1f s"):format(expected))
  end
  local waited, err = self.queue:take(costs)
  if not waited then
    if err then return nil, errors.with(err, { unsent = true }) end
    return refuse(self, "queue_full", expected,
      ("%d calls wait for the rate limit already (max_queue)"):format(self.queue.waiting))
  end
  self.waited_requests = self.waited_requests + 1
  self.waited_seconds = self.waited_seconds + waited
  layer.add_wait(waited)
  return costs
end

layer.around(RateLimited, {
  before = function(self, own, image, rest)
    self.requests = self.requests + 1
    local costs, err = costs_of(self, image, rest)
    if not costs then return nil, err end
    if self.queue:try(costs) then return costs end
    local waits = own.wait_for_rate_limit
    if waits == nil then waits = self.config.wait_for_rate_limit end
    return wait_turn(self, costs, waits)
  end,

  after = function(self, costs, reading, err)
    if self.token_bucket then
      local reserved = costs[self.token_bucket]
      self.queue:settle(self.token_bucket, call_tokens.used(reserved, reading, err) - reserved)
    end
  end,
})

--- Requests that could be made at once; math.huge where they have no limit.
RateLimited.properties.available_requests = function(self)
  return self.request_bucket and math.floor(self.queue:available(self.request_bucket) + 1e-6)
    or math.huge
end

---@class vision.RateLimitStats
---@field total_requests integer     calls that came; of them:
---@field rejected_requests integer  refused
---@field waited_requests integer    made after a wait
---@field waiting_requests integer   waiting now
---@field waited_seconds number      all waits together
RateLimited.properties.rate_limit_stats = function(self)
  return {
    total_requests = self.requests, rejected_requests = self.rejected,
    waited_requests = self.waited_requests, waiting_requests = self.queue.waiting,
    waited_seconds = self.waited_seconds,
  }
end

local function limits_of(self)
  local limits, config = {}, self.config
  self.request_bucket, self.token_bucket = false, false -- nil would be asked of the provider
  local known = rate_limit.DEFAULTS[self.provider.name] or {}
  local per_minute = config.requests_per_minute or known.requests_per_minute
  if per_minute then
    self.request_bucket = 1
    limits[1] = { per_minute = per_minute,
      burst = config.burst_size or known.burst_size or DEFAULT_BURST }
  elseif config.burst_size then
    return nil, errors.new("invalid_option",
      "rate_limited: burst_size says nothing without requests_per_minute")
  end
  if config.tokens_per_minute then
    self.token_bucket = #limits + 1
    limits[self.token_bucket] =
      { per_minute = config.tokens_per_minute, burst = math.max(config.tokens_per_minute, 1) }
  end
  return limits
end

--- A provider that is asked no more often than its limits allow.
---@param provider table
---@param options table? requests_per_minute, burst_size (those of `DEFAULTS` by the provider's
---  name), tokens_per_minute, wait_for_rate_limit (true; also an option of a call),
---  max_wait_seconds, max_queue (100)
---@return table|nil provider with `available_requests` and `rate_limit_stats`
---@return vision.error? err
rate_limit.create_rate_limited_provider = layer.creator(RateLimited, function(self)
  local limits, err = limits_of(self)
  if not limits then return nil, err end
  local names = {}
  self.request_costs = { self.request_bucket and 1 or nil }
  if self.request_bucket then
    names[self.request_bucket] = shared_state.name("requests", self.provider)
  end
  if self.token_bucket then
    names[self.token_bucket] = shared_state.name("tokens", self.provider)
  end
  self.queue, err = rate_queue.new(limits, self.config.max_queue, self.config.shared, names)
  if not self.queue then return nil, err end
  self.requests, self.rejected, self.waited_requests, self.waited_seconds = 0, 0, 0, 0
  return true
end)

return rate_limit
