-- SPDX-License-Identifier: MIT
-- The layer that counts and times what a provider is asked.

local core = require "vision.core"
local layer = require "vision.layers.layer"

local metrics = {}

local Metrics = layer.class("metrics")

local function count_failure(counts, err)
  if err.reason == "cancelled" then
    counts.cancelled = counts.cancelled + 1
    return
  end
  counts.failed = counts.failed + 1
  counts.reasons[err.reason] = (counts.reasons[err.reason] or 0) + 1
  counts.last_error = tostring(err)
end

-- What a failure used was paid, too.
local function count_tokens(counts, usage)
  if usage then
    counts.input_tokens = counts.input_tokens + (usage.input_tokens or 0)
    counts.output_tokens = counts.output_tokens + (usage.output_tokens or 0)
  end
end

layer.around(Metrics, {
  before = function(self)
    self.counts.in_flight = self.counts.in_flight + 1
    return true
  end,

  after = function(self, _, reading, err, seconds, first)
    local counts = self.counts
    counts.in_flight = counts.in_flight - 1
    count_tokens(counts, (reading or err).usage)
    if first then self.first_texts:record(first) end
    if reading then
      counts.successful = counts.successful + 1
      self.latencies:record(seconds)
    else
      count_failure(counts, err)
    end
  end,
})

-- ---- what can be read ----

local function ms(seconds)
  return seconds and seconds * 1000
end

local function mean(histogram)
  local count = histogram:count()
  return count > 0 and histogram:sum() / count or nil
end

local function copy(map)
  local other = {}
  for key, value in pairs(map) do
    other[key] = value
  end
  return other
end

---@class vision.ProviderMetrics
---@field total_requests integer      calls that have ended
---@field successful_requests integer
---@field failed_requests integer
---@field cancelled_requests integer  left before their end: neither
---@field success_rate number         successful / (successful + failed); 0 where there were none
---@field in_flight integer           calls under way
---@field average_latency_ms number   of successful calls, as the next three; 0: there were none
---@field p50_latency_ms number?
---@field p95_latency_ms number?
---@field p99_latency_ms number?
---@field average_first_text_ms number? of streams: until their first text came
---@field p95_first_text_ms number?
---@field input_tokens integer        as far as the provider said
---@field output_tokens integer
---@field errors table<string, integer> failed calls by reason
---@field last_error string?
---@field circuit_state vision.CircuitState? of a circuit breaker within, where there is one
---@field circuit_opens integer
Metrics.properties.metrics = function(self)
  local counts, latencies, first_texts = self.counts, self.latencies, self.first_texts
  local judged = counts.successful + counts.failed
  return {
    total_requests = judged + counts.cancelled,
    successful_requests = counts.successful,
    failed_requests = counts.failed,
    cancelled_requests = counts.cancelled,
    success_rate = judged > 0 and counts.successful / judged or 0,
    in_flight = counts.in_flight,
    average_latency_ms = ms(mean(latencies) or 0),
    p50_latency_ms = ms(latencies:quantile(0.5)),
    p95_latency_ms = ms(latencies:quantile(0.95)),
    p99_latency_ms = ms(latencies:quantile(0.99)),
    average_first_text_ms = ms(mean(first_texts)),
    p95_first_text_ms = ms(first_texts:quantile(0.95)),
    input_tokens = counts.input_tokens,
    output_tokens = counts.output_tokens,
    errors = copy(counts.reasons),
    last_error = counts.last_error,
    circuit_state = self.provider.circuit_state,
    circuit_opens = self.provider.circuit_opens or 0,
  }
end

--- Forgets what was counted; calls under way stay counted as such.
function Metrics:reset_metrics()
  local in_flight = self.counts and self.counts.in_flight or 0
  self.counts = {
    successful = 0, failed = 0, cancelled = 0, in_flight = in_flight,
    input_tokens = 0, output_tokens = 0, reasons = {},
  }
  self.latencies, self.first_texts = core.histogram(), core.histogram()
end

--- A provider that counts and times its calls.
---@param provider table
---@return table|nil provider with `metrics`; `latencies` and `first_texts` are its histograms
---@return vision.error? err
metrics.create_metrics_provider = layer.creator(Metrics, function(self)
  self.counts = false -- nil would be asked of the provider
  self:reset_metrics()
  return true
end)

return metrics
