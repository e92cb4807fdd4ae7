-- SPDX-License-Identifier: MIT
-- The layer that counts and times what a provider is asked.

local core = require "vision.core"
local errors = require "vision.base.error"
local layer = require "vision.layers.layer"
local shared_state = require "vision.layers.shared_state"

local metrics = {}

local Metrics = layer.class("metrics", { shared = shared_state.OPTION })

-- The figures by their numbers: four, then how often each reason was.
local SUCCESSFUL, CANCELLED, INPUT_TOKENS, OUTPUT_TOKENS = 1, 2, 3, 4
local FIRST_REASON = 5

local REASONS, NUMBERS = {}, {}
for reason in pairs(errors.REASONS) do REASONS[#REASONS + 1] = reason end
table.sort(REASONS)
for i, reason in ipairs(REASONS) do NUMBERS[reason] = FIRST_REASON + i - 1 end
NUMBERS.cancelled = CANCELLED -- no failure

local FIGURES = FIRST_REASON - 1 + #REASONS

-- Processes that know other reasons count elsewhere.
local SET = core.sha256(table.concat(REASONS, " ")):sub(1, 8)

-- Of tokens, as a provider says them: what is no number of them is none.
local function amount(tokens)
  return type(tokens) == "number" and tokens >= 0 and tokens <= 2 ^ 53 and tokens or 0
end

layer.around(Metrics, {
  before = function(self)
    return { counted = self.counters:enter() }
  end,

  after = function(self, token, reading, err, seconds, first)
    -- What a failure used was paid, too.
    local usage = (reading or err).usage or {}
    local leave = token.counted and self.counters.leave or self.counters.add
    leave(self.counters, reading and SUCCESSFUL or NUMBERS[err.reason] or NUMBERS.internal, 1,
      INPUT_TOKENS, amount(usage.input_tokens), OUTPUT_TOKENS, amount(usage.output_tokens))
    if first then self.first_texts:record(first) end
    if reading then
      self.latencies:record(seconds)
    elseif err.reason ~= "cancelled" then
      self.last_error = tostring(err)
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

-- How often each reason was, and how many failures that is.
local function failures(values)
  local counts, sum = {}, 0
  for i, reason in ipairs(REASONS) do
    local count = values[FIRST_REASON + i - 1]
    if count > 0 then counts[reason], sum = count, sum + count end
  end
  return counts, sum
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
---@field last_error string?         of this process
---@field circuit_state vision.CircuitState? of a circuit breaker within, where there is one
---@field circuit_opens integer
Metrics.properties.metrics = function(self)
  local latencies, first_texts = self.latencies, self.first_texts
  local values, in_flight = self.counters:values()
  local by_reason, failed = failures(values)
  local judged = values[SUCCESSFUL] + failed
  return {
    total_requests = judged + values[CANCELLED],
    successful_requests = values[SUCCESSFUL],
    failed_requests = failed,
    cancelled_requests = values[CANCELLED],
    success_rate = judged > 0 and values[SUCCESSFUL] / judged or 0,
    in_flight = in_flight,
    average_latency_ms = ms(mean(latencies) or 0),
    p50_latency_ms = ms(latencies:quantile(0.5)),
    p95_latency_ms = ms(latencies:quantile(0.95)),
    p99_latency_ms = ms(latencies:quantile(0.99)),
    average_first_text_ms = ms(mean(first_texts)),
    p95_first_text_ms = ms(first_texts:quantile(0.95)),
    input_tokens = values[INPUT_TOKENS],
    output_tokens = values[OUTPUT_TOKENS],
    errors = by_reason,
    last_error = self.last_error or nil,
    circuit_state = self.provider.circuit_state,
    circuit_opens = self.provider.circuit_opens or 0,
  }
end

--- Forgets what was counted; calls under way stay counted as such. What is shared, for all.
function Metrics:reset_metrics()
  self.counters:reset()
  self.latencies:reset()
  self.first_texts:reset()
  self.last_error = false -- nil would be asked of the provider
end

local function open_private(self)
  self.counters = core.counters(FIGURES)
  self.latencies, self.first_texts = core.histogram(), core.histogram()
  return true
end

local function open_shared(self, state)
  local function named(what) return shared_state.name(what, self.provider) end
  local err
  self.counters, err = state:counters(named("counts " .. SET), FIGURES)
  if not err then self.latencies, err = state:histogram(named "latencies") end
  if not err then self.first_texts, err = state:histogram(named "first texts") end
  if err then return nil, errors.from(err) end
  return true
end

--- A provider that counts and times its calls.
---@param provider table
---@param options table? shared: a vision.core.SharedState, in which the figures of all processes
---  are kept together, by the provider's `endpoint_name`
---@return table|nil provider with `metrics`; `latencies` and `first_texts` are its histograms
---@return vision.error? err
metrics.create_metrics_provider = layer.creator(Metrics, function(self)
  self.last_error = false -- nil would be asked of the provider
  if self.config.shared then return open_shared(self, self.config.shared) end
  return open_private(self)
end)

return metrics
