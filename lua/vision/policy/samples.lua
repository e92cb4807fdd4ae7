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

samples.reports = {
  data = {
    from = "2026-11-01", to = "2026-11-30",
    overall = { requests = 1200, failures = 14, cost_usd = 13.2, latency_ms = 3600 },
    providers = {
      { name = "openai", requests = 900, failures = 10, cost_usd = 10.1, latency_ms = 3400 },
      { name = "anthropic", requests = 300, failures = 4, cost_usd = 3.1, latency_ms = 4100 },
    },
    days = { { date = "2026-11-01", requests = 40, failures = 0, cost_usd = 0.44 } },
    tags = { { name = "sample", requests = 12 } },
  },
}

return samples
