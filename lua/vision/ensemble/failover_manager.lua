-- SPDX-License-Identifier: MIT
-- The endpoints of a failover: how each has done, whether it may be asked now, in which order.

local clock = require "vision.base.clock"
local endpoints = require "vision.ensemble.endpoints"
local errors = require "vision.base.error"
local option_lists = require "vision.base.options"
local policy = require "vision.policy"
local layer = require "vision.layers.layer"

local ProviderHealth = {
  HEALTHY = "healthy",
  DEGRADED = "degraded",
  UNHEALTHY = "unhealthy",
  UNKNOWN = "unknown",
}

-- Failures in a row from which an endpoint is not available.
local UNHEALTHY_AT = 5

-- Seconds that one may ask to be left alone for.
local REST_MAX = 86400

-- How much the newest answer weighs in the average.
local LATENCY_SHARE = 0.2

-- Why an endpoint is not asked for a while, without being ill: it said so itself, or it is set up
-- wrongly, which a further call would not mend.
local RESTS = {
  rate_limited = true, circuit_open = true, auth = true, permission = true,
  not_found_model = true, billing = true, missing_key = true,
}

local ENDPOINT = {
  provider = { "who is asked", type = "any" },
  priority = { "lower is earlier; its place in the list where it has none", type = "number",
    min = -1000000, max = 1000000 },
  weight = { "share of the jobs, beside the others'", type = "number", min = 0, max = 1000000,
    default = 1 },
  region = { "where it is", type = "string" },
}

---@class vision.ProviderEndpoint
---@field name string
---@field provider table
---@field priority number              lower is earlier
---@field weight number
---@field region string?
---@field health string                one of ProviderHealth
---@field consecutive_failures integer
---@field avg_latency_ms number?       of its answers, the newest weighing a fifth
---@field in_flight integer
---@field rests_until number?          on `clock.mono`
---@field package rested_at number?    when that was said
---@field package may_probe boolean    unhealthy, and it is time to try it again
---@field package probing boolean      and that is under way
---@field package last_error string?

---@class vision.FailoverManager
---@field endpoints vision.ProviderEndpoint[]
---@field config table
local FailoverManager = {}
FailoverManager.__index = FailoverManager

local function endpoint_of(given, index)
  if layer.is_provider(given) then given = { provider = given } end
  local endpoint, err = option_lists.check(ENDPOINT, given, ("endpoint [%d]"):format(index))
  if not endpoint then return nil, err end
  if not layer.is_provider(endpoint.provider) then
    error(("create_failover_provider: [%d] is no provider"):format(index), 4)
  end
  endpoint.priority = endpoint.priority or index
  endpoint.health, endpoint.consecutive_failures = ProviderHealth.UNKNOWN, 0
  endpoint.in_flight, endpoint.name = 0, endpoints.name(endpoint.provider)
  return endpoint
end

--- @param given table[]  providers, or tables `{ provider, priority, weight, region }`
--- @param config table   strategy, region, cooldown_seconds
---@return vision.FailoverManager|nil
---@return vision.error? err invalid_option
function FailoverManager.new(given, config)
  local self = setmetatable({ endpoints = {}, by_name = {}, config = config, turn = 0 },
    FailoverManager)
  local providers = {}
  for i, item in ipairs(given) do
    local endpoint, err = endpoint_of(item, i)
    if not endpoint then return nil, err end
    self.endpoints[i], providers[i] = endpoint, endpoint.provider
    self.by_name[endpoint.name] = endpoint
  end
  local names, err = endpoints.names(providers, "create_failover_provider")
  if not names then return nil, err end
  return self
end

-- ---- who may be asked ----

local function is_resting(endpoint, now)
  return endpoint.rests_until ~= nil and now < endpoint.rests_until
end

local function is_ill(endpoint)
  return endpoint.health == ProviderHealth.UNHEALTHY
end

-- Where all are ill and none is due, the one that is due first may be tried: something has to.
local function last_resort(self, now)
  local soonest
  for _, endpoint in ipairs(self.endpoints) do
    if not is_ill(endpoint) or endpoint.probing or not is_resting(endpoint, now) then return nil end
    if not soonest or endpoint.rests_until < soonest.rests_until then soonest = endpoint end
  end
  return soonest
end

-- An ill one that is due is shown as degraded, or no script would choose it.
local function shown(endpoint, is_due)
  return {
    name = endpoint.name, priority = endpoint.priority, weight = endpoint.weight,
    region = endpoint.region, latency_ms = endpoint.avg_latency_ms,
    in_flight = endpoint.in_flight, consecutive_failures = endpoint.consecutive_failures,
    health = is_ill(endpoint) and is_due and ProviderHealth.DEGRADED or endpoint.health,
  }
end

-- A document goes to those first that take it as it is.
local function natives_first(list, job)
  if job.format ~= "pdf" then return list end
  local first, then_others = {}, {}
  for _, endpoint in ipairs(list) do
    local capabilities = endpoint.provider.capabilities or {}
    table.insert(capabilities.pdf and first or then_others, endpoint)
  end
  for _, endpoint in ipairs(then_others) do first[#first + 1] = endpoint end
  return first
end

-- Who asked to be left alone is asked when nobody else is left.
local function resting_last(list, now)
  local first, resting = {}, {}
  for _, endpoint in ipairs(list) do
    local rests = is_resting(endpoint, now) and not is_ill(endpoint)
    table.insert(rests and resting or first, endpoint)
  end
  for _, endpoint in ipairs(resting) do first[#first + 1] = endpoint end
  return first
end

local function moved_first(list, name)
  local moved = {}
  for _, endpoint in ipairs(list) do
    if endpoint.name == name then
      table.insert(moved, 1, endpoint)
    else
      moved[#moved + 1] = endpoint
    end
  end
  return moved
end

--- Whom to ask for a job, one after the other.
---@param job vision.Job
---@param first? string  the endpoint that is asked before the others, whatever the strategy
---@return vision.ProviderEndpoint[]
function FailoverManager:order(job, first)
  local now, asked = clock.mono(), {}
  local resort = last_resort(self, now)
  for i, endpoint in ipairs(self.endpoints) do
    local due = endpoint == resort or not endpoint.probing and not is_resting(endpoint, now)
    endpoint.may_probe = due
    asked[i] = shown(endpoint, due)
  end
  self.turn = self.turn + 1
  job.turn = self.turn
  local names = policy.decide("failover", self.config.strategy, { endpoints = asked, job = job })
  local list = {}
  for i, name in ipairs(names or {}) do list[i] = self.by_name[name] end
  if not names then
    for i, endpoint in ipairs(self.endpoints) do list[i] = endpoint end
  end
  list = resting_last(natives_first(list, job), now)
  return first and moved_first(list, first) or list
end

---@class vision.FailoverTicket
---@field began number      on `clock.mono`
---@field is_probe boolean  it is ill, and is tried again

--- Begins to ask an endpoint; what came of it is told to `settle`.
---@param endpoint vision.ProviderEndpoint
---@return vision.FailoverTicket|nil
---@return vision.error? err it is ill, and it is not yet time to try it again
function FailoverManager.admit(_, endpoint)
  local is_probe = is_ill(endpoint)
  if is_probe then
    if endpoint.probing or not endpoint.may_probe then
      return nil, errors.new("circuit_open", endpoint.probing and "unhealthy, and being tried again"
        or "unhealthy, and not yet tried again",
        { provider = endpoint.provider.name, retry_after = endpoint.rests_until
          and math.max(0, endpoint.rests_until - clock.mono()) })
    end
    endpoint.probing = true
  end
  endpoint.in_flight = endpoint.in_flight + 1
  return { began = clock.mono(), is_probe = is_probe }
end

-- ---- how they do ----

-- An answer to a question from before it fell ill, or before it asked to be left alone, is no sign
-- that this is over.
local function succeeded(endpoint, ticket)
  local latency, average = (clock.mono() - ticket.began) * 1000, endpoint.avg_latency_ms
  endpoint.avg_latency_ms = average and average + (latency - average) * LATENCY_SHARE or latency
  if is_ill(endpoint) and not ticket.is_probe then return end
  if ticket.began >= (endpoint.rested_at or 0) then endpoint.rests_until = nil end
  endpoint.consecutive_failures = 0
  endpoint.health = ProviderHealth.HEALTHY
end

-- Never for shorter than was said before, nor for longer than makes sense.
local function rest(endpoint, seconds)
  local now = clock.mono()
  endpoint.rests_until = math.max(endpoint.rests_until or 0, now + math.min(seconds, REST_MAX))
  endpoint.rested_at = now
end

local function failed(self, endpoint, err)
  local cooldown = self.config.cooldown_seconds
  endpoint.last_error = err.reason
  if endpoints.is_ill(err) then
    endpoint.consecutive_failures = endpoint.consecutive_failures + 1
    local ill = endpoint.consecutive_failures >= UNHEALTHY_AT
    endpoint.health = ill and ProviderHealth.UNHEALTHY or ProviderHealth.DEGRADED
    if ill then
      endpoint.may_probe = false
      rest(endpoint, cooldown)
    end
  end
  if RESTS[err.reason] then rest(endpoint, err.retry_after or cooldown) end
end

--- What came of asking an endpoint. Only what is its own fault counts against its health.
---@param endpoint vision.ProviderEndpoint
---@param ticket vision.FailoverTicket
---@param reading table?
---@param err vision.error?
function FailoverManager:settle(endpoint, ticket, reading, err)
  endpoint.in_flight = endpoint.in_flight - 1
  if ticket.is_probe then endpoint.probing, endpoint.may_probe = false, false end
  if reading then
    succeeded(endpoint, ticket)
  else
    failed(self, endpoint, err)
  end
end

--- How all of them are.
---@return { healthy_count: integer, total_count: integer, strategy: string, endpoints: table[] }
function FailoverManager:get_status()
  local status = { healthy_count = 0, total_count = #self.endpoints,
    strategy = self.config.strategy, endpoints = {} }
  local now = clock.mono()
  for i, endpoint in ipairs(self.endpoints) do
    if endpoint.health == ProviderHealth.HEALTHY then
      status.healthy_count = status.healthy_count + 1
    end
    status.endpoints[i] = {
      name = endpoint.name, priority = endpoint.priority, weight = endpoint.weight,
      region = endpoint.region, health = endpoint.health, in_flight = endpoint.in_flight,
      consecutive_failures = endpoint.consecutive_failures, last_error = endpoint.last_error,
      avg_latency_ms = endpoint.avg_latency_ms,
      rests_seconds = is_resting(endpoint, now) and endpoint.rests_until - now or nil,
    }
  end
  return status
end

return { FailoverManager = FailoverManager, ProviderHealth = ProviderHealth }
