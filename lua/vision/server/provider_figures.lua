-- SPDX-License-Identifier: MIT
-- What providers, budgets and the cache of the service have to tell Prometheus. Names are those of
-- OpenTelemetry for generative AI where it has them, with its bounds.

local circuits = require "vision.layers.circuit_breaker"

local figures = {}

local DURATIONS = { 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96,
  81.92 }

local function labels_of(endpoint, more)
  local provider = endpoint.provider
  local labels = { { "endpoint", endpoint.name },
    { "gen_ai_operation_name", "generate_content" },
    { "gen_ai_provider_name", provider.name or endpoint.name },
    { "gen_ai_request_model", provider.model or "" } }
  labels[#labels + 1] = more
  return labels
end

-- ---- one endpoint ----

local function buckets_of(histogram)
  local counts = {}
  for i, bound in ipairs(DURATIONS) do counts[i] = histogram:count_to(bound) end
  return { bounds = DURATIONS, counts = counts, count = histogram:count(), sum = histogram:sum() }
end

local function write_durations(page, endpoint)
  local latencies, first_texts = endpoint.provider.latencies, endpoint.provider.first_texts
  page:histogram("gen_ai_client_operation_duration_seconds", "How long successful calls took.",
    buckets_of(latencies), labels_of(endpoint))
  if first_texts:count() > 0 then
    page:histogram("vision_first_text_seconds", "Of streams: until the first text came.",
      buckets_of(first_texts), labels_of(endpoint))
  end
end

-- The sizes of single calls are not kept: the histogram has one bucket.
local function write_tokens(page, endpoint, metrics)
  for _, kind in ipairs { "input", "output" } do
    page:histogram("gen_ai_client_token_usage", "Tokens that calls used, as far as providers say.",
      { bounds = {}, counts = {}, count = metrics.total_requests,
        sum = metrics[kind .. "_tokens"] }, labels_of(endpoint, { "gen_ai_token_type", kind }))
  end
end

local function write_calls(page, endpoint, metrics)
  local help = "Calls that are over: success, cancelled, or why they failed."
  local function count(outcome, value)
    page:counter("vision_provider_calls_total", help, value,
      labels_of(endpoint, { "outcome", outcome }))
  end
  count("success", metrics.successful_requests)
  count("cancelled", metrics.cancelled_requests)
  for reason, value in pairs(metrics.errors) do count(reason, value) end
  page:gauge("vision_provider_calls_in_flight", "Calls under way.", metrics.in_flight,
    labels_of(endpoint))
end

local STATES = {}
for _, state in pairs(circuits.CircuitState) do STATES[#STATES + 1] = state end
table.sort(STATES)

local function write_circuit(page, endpoint)
  local provider, name = endpoint.provider, { "endpoint", endpoint.name }
  if not provider.circuit_state then return end
  for _, state in ipairs(STATES) do
    page:gauge("vision_circuit_state", "1: the circuit breaker is in this state.",
      provider.circuit_state == state and 1 or 0, { name, { "state", state } })
  end
  page:counter("vision_circuit_opens_total", "How often it opened.", provider.circuit_opens,
    { name })
  page:counter("vision_circuit_rejected_total", "Calls that were not made because it was open.",
    provider.circuit_rejected, { name })
end

local function write_lines(page, endpoint)
  local name = { "endpoint", endpoint.name }
  local rate, slots = endpoint.provider.rate_limit_stats, endpoint.provider.concurrency_stats
  local help, refused = "Calls in a line of this process.", "Calls that a limit turned away."
  local function write(limit, waiting, rejected)
    local labels = { name, { "limit", limit } }
    page:gauge("vision_queue_waiting", help, waiting, labels)
    page:counter("vision_queue_rejected_total", refused, rejected, labels)
  end
  if rate then write("rate", rate.waiting_requests, rate.rejected_requests) end
  if slots then write("concurrency", slots.waiting, slots.queue_full + slots.timed_out) end
end

local function write_endpoint(page, endpoint)
  local metrics = endpoint.provider.metrics
  if metrics then
    write_durations(page, endpoint)
    write_tokens(page, endpoint, metrics)
    write_calls(page, endpoint, metrics)
  end
  write_circuit(page, endpoint)
  write_lines(page, endpoint)
end

-- ---- what stands around them ----

local CACHE = {
  { "counter", "vision_cache_hits_total", "Answered without a call of their own.", "hits" },
  { "counter", "vision_cache_misses_total", "Calls made.", "misses" },
  { "counter", "vision_cache_joined_total", "Of the hits, those that waited for a call under way.",
    "joined" },
  { "counter", "vision_cache_evictions_total", "Pushed out by newer ones.", "evictions" },
  { "gauge", "vision_cache_entries", "Readings kept now.", "size" },
  { "gauge", "vision_cache_bytes", "Memory for them.", "bytes" },
}

local function write_cache(page, provider)
  local stats = provider.cache_stats
  for _, row in ipairs(stats and CACHE or {}) do
    page[row[1]](page, row[2], row[3], stats[row[4]])
  end
end

local BUDGET = {
  { "vision_budget_limit_usd", "What may be spent in the period.", "limit_usd" },
  { "vision_budget_spent_usd", "What was.", "spent_usd" },
  { "vision_budget_reserved_usd", "What calls under way may cost.", "reserved_usd" },
}

-- Without the figures of a store that is away the others are worth something all the same.
local function write_budgets(page, tracker)
  local budgets = tracker:get_budgets()
  page:gauge("vision_budget_store_up", "0: the store of the budgets cannot be read.",
    budgets and 1 or 0)
  for _, budget in ipairs(budgets or {}) do
    for _, row in ipairs(BUDGET) do
      page:gauge(row[1], row[2], budget[row[3]],
        { { "budget", budget.budget }, { "period", budget.kind } })
    end
  end
end

--- Writes all there is of an engine on a page; waits for the store of its budgets.
---@param page vision.server.PrometheusPage
---@param engine vision.server.Engine
function figures.write(page, engine)
  local seen = {}
  for _, endpoint in ipairs(engine:endpoints()) do
    if not seen[endpoint.name] then write_endpoint(page, endpoint) end
    seen[endpoint.name] = true
  end
  local provider = engine:provider()
  if provider then write_cache(page, provider) end
  if engine.shared.tracker then write_budgets(page, engine.shared.tracker) end
end

return figures
