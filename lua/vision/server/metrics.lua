-- SPDX-License-Identifier: MIT
-- How the providers of the service do, in figures: all of them together, and each endpoint.

local json = require "vision.base.json"

local metrics = {}

local COUNTS = { "total_requests", "successful_requests", "failed_requests", "cancelled_requests",
  "in_flight", "input_tokens", "output_tokens", "circuit_opens" }

-- Absent: null.
local NULLABLE = { "p50_latency_ms", "p95_latency_ms", "p99_latency_ms", "average_first_text_ms",
  "p95_first_text_ms", "last_error", "circuit_state" }

-- The worst of several circuits is what people ask about.
local RANK = { closed = 1, disabled = 2, half_open = 3, forced_open = 4, open = 5 }

local function own_of(endpoint)
  local figures = endpoint.provider.metrics
  if not figures then return nil end
  local own = json.with_nulls(figures, NULLABLE)
  own.circuit_state = endpoint.provider.circuit_state or json.null
  own.circuit_opens = endpoint.provider.circuit_opens or 0
  return own
end

local function add(sum, own)
  for _, name in ipairs(COUNTS) do sum[name] = sum[name] + own[name] end
  sum.milliseconds = sum.milliseconds + own.average_latency_ms * own.successful_requests
  if own.last_error ~= json.null then sum.last_error = own.last_error end
  if (RANK[own.circuit_state] or 0) > (RANK[sum.circuit_state] or 0) then
    sum.circuit_state = own.circuit_state
  end
end

local function whole(sum)
  local judged = sum.successful_requests + sum.failed_requests
  sum.success_rate = judged > 0 and sum.successful_requests / judged or 0
  sum.average_latency_ms = sum.successful_requests > 0
    and sum.milliseconds / sum.successful_requests or 0
  sum.milliseconds = nil
  return json.with_nulls(sum, { "last_error", "circuit_state" })
end

local CACHE = { "hits", "misses", "joined", "size", "evictions", "hit_rate" }

local function cache_of(provider)
  local stats = provider.cache_stats
  if not stats then return json.null end
  local own = {}
  for _, name in ipairs(CACHE) do own[name] = stats[name] end
  return own
end

local function health_of(engine)
  local monitor = engine.shared.monitor
  if not monitor then return json.null end
  local dashboard = monitor:get_dashboard()
  local states = {}
  for _, one in ipairs(dashboard.providers) do states[one.provider] = one end
  return { overall_status = dashboard.overall_status, providers = states }
end

--- The figures of all endpoints.
---@param engine vision.server.Engine
---@return table|nil
---@return vision.error? err why there is no provider
function metrics.of(engine)
  local provider, err = engine:provider()
  if not provider then return nil, err end
  local sum, endpoints, is_resilient = { milliseconds = 0 }, {}, false
  for _, name in ipairs(COUNTS) do sum[name] = 0 end
  for _, endpoint in ipairs(engine:endpoints()) do
    local own = own_of(endpoint)
    if own then
      endpoints[endpoint.name], is_resilient = own, true
      add(sum, own)
    end
  end
  return {
    provider = provider.name, resilient = is_resilient, endpoints = endpoints,
    metrics = is_resilient and whole(sum) or json.null, cache = cache_of(provider),
    health = health_of(engine),
  }
end

return metrics
