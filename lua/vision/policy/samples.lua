-- SPDX-License-Identifier: MIT
-- An input for each kind of script, as the program gives it: scripts are tried with it when they
-- are checked, and `vision policy test` shows what one makes of it.

local JOB = {
  id = "sample", file = "flange.pdf", format = "pdf", bytes = 182044, pages = 1, width = 4677,
  height = 3307, prompt = "engineering_drawing", provider = "auto", tags = { "sample" },
  region = "eu", turn = 1, random = 0.5, elapsed = 0,
}

local samples = {}

samples.selection = {
  answers = {
    { name = "openai/gpt-4o", ok = true, confidence = 0.92, summary = "A flange with 8 holes.",
      details = { "8x Ø18", "Material: 1.4301" }, latency_ms = 3400, cost_usd = 0.011, weight = 1 },
    { name = "anthropic", ok = true, confidence = 0.87, summary = "A flange, 8 bolt holes.",
      details = { "8x Ø18", "Scale 1:2" }, latency_ms = 4100, cost_usd = 0.014, weight = 1 },
    { name = "local", ok = true, summary = "A drawing.", details = { "8x Ø18" },
      latency_ms = 900, cost_usd = 0, weight = 1 },
    { name = "deepseek", ok = false, error = "timeout", latency_ms = 60000, weight = 1 },
  },
  job = JOB,
}

samples.failover = {
  endpoints = {
    { name = "openai", priority = 1, weight = 2, region = "us", health = "healthy",
      latency_ms = 3400, in_flight = 3, consecutive_failures = 0, cost_usd = 0.011 },
    { name = "anthropic", priority = 2, weight = 1, region = "eu", health = "degraded",
      latency_ms = 4100, in_flight = 0, consecutive_failures = 2, cost_usd = 0.014 },
    { name = "deepseek", priority = 3, weight = 1, region = "eu", health = "unknown",
      in_flight = 0, consecutive_failures = 0 },
    { name = "azure", priority = 4, weight = 1, region = "eu", health = "unhealthy",
      latency_ms = 2900, in_flight = 0, consecutive_failures = 7, cost_usd = 0.011 },
  },
  job = JOB,
}

samples.routing = { job = JOB }

samples.retry = {
  attempt = 1,
  error = { reason = "overloaded", code = "EXTERNAL_SERVICE_ERROR", status = 503, retryable = true,
    fault = "provider", provider = "openai" },
  job = JOB,
}

samples.alerts = {
  change = { provider = "openai", from = "healthy", to = "unhealthy", consecutive_failures = 3,
    failure_threshold = 3, latency_ms = 3400, success_rate = 0.91, last_error = "timeout" },
}

local function stats(name, requests, failed, cost, p50)
  return {
    name = name, total_requests = requests, successful_requests = requests - failed,
    failed_requests = failed, success_rate = (requests - failed) / requests, total_cost_usd = cost,
    avg_cost_per_request = cost / requests, unpriced_requests = 0, cached_requests = requests / 10,
    saved_usd = cost / 10, input_tokens = 1900 * requests, output_tokens = 350 * requests,
    cached_tokens = 0, average_latency_ms = 1.1 * p50, latency_p50_ms = p50,
    latency_p95_ms = 2 * p50, latency_p99_ms = 4 * p50, average_confidence = 0.87,
    confidence_distribution = { 0, 0, 0, 0, 0, 1, 4, 20, 60, requests - failed - 85 },
    answers_without_confidence = 0, disagreements = 3, disagreements_per_request = 3 / requests,
    errors = { timeout = failed },
  }
end

local SLOWER = "openai answers more slowly than before (3.4 s on average in 30 days, before 2.9 s "
  .. "in 30; Mann-Whitney test by day, p = 0.0004)"

samples.reports = {
  data = {
    from = "2026-11-01", to = "2026-11-02", timezone = "UTC", granularity = "day",
    overall = stats(nil, 1200, 14, 13.2, 3600), previous = stats(nil, 1100, 12, 12.1, 3500),
    providers = { stats("openai", 900, 10, 10.1, 3400), stats("anthropic", 300, 4, 3.1, 4100) },
    models = { stats("openai/gpt-5.4-mini", 900, 10, 10.1, 3400),
      stats("anthropic/claude-sonnet-5-5", 300, 4, 3.1, 4100) },
    trends = {
      granularity = "day", timezone = "UTC", starts = { 1793491200, 1793577600 },
      labels = { "2026-11-01", "2026-11-02" },
      request_trend = { 1200, 0 }, failure_trend = { 14, 0 },
      success_rate_trend = { 1186 / 1200, false }, cost_trend = { 13.2, 0 },
      unpriced_trend = { 0, 0 }, cached_trend = { 120, 0 }, saved_trend = { 1.32, 0 },
      input_token_trend = { 2280000, 0 }, output_token_trend = { 420000, 0 },
      latency_trend = { 3960, false }, confidence_trend = { 0.87, false },
      disagreement_trend = { 6, 0 },
      providers = {
        openai = { request_trend = { 900, 0 }, failure_trend = { 10, 0 },
          cost_trend = { 10.1, 0 } },
        anthropic = { request_trend = { 300, 0 }, failure_trend = { 4, 0 },
          cost_trend = { 3.1, 0 } },
      },
    },
    tags = { { name = "sample", requests = 12 } },
    errors = { { reason = "timeout", requests = 14 } },
    insights = { SLOWER }, changes = { SLOWER },
    findings = { { text = SLOWER, kind = "latency", subject = "openai", against = "before" } },
  },
}

return samples
