-- SPDX-License-Identifier: MIT
-- Retry, circuit breaker and metrics in one, around a provider that cannot be reached: it is tried
-- again, then left alone.
--
--   examples/run resilience.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.pdf"))

local provider = assert(vision.create_vision_provider("openai", {
  api_key = "none", base_url = "http://127.0.0.1:1/v1",
}))
local resilient = assert(vision.create_resilient_provider(provider, {
  max_retries = 3,
  circuit_failure_threshold = 5,
  circuit_timeout = 60,
  retry_config = { base_delay = 0.01, max_delay = 0.1, exponential_base = 2 },
  circuit_config = { success_threshold = 2, half_open_max_calls = 1 },
}))

for call = 1, 3 do
  local _, err = resilient:analyze_image(image)
  print(("call %d: %s after %d attempts, circuit %s"):format(call, err.code, #(err.trail or {}),
    resilient.circuit_state))
  if vision.is_error(err, "CircuitOpenError") then
    print(("Not asked; the next try is in %.0f s"):format(err.retry_after))
  end
end

local metrics = resilient.metrics
print(("Success rate: %.2f%%"):format(metrics.success_rate * 100))
print(("Requests: %d, failed: %d"):format(metrics.total_requests, metrics.failed_requests))
print("Average latency: " .. (metrics.average_latency_ms or "n/a"))
print("Last error: " .. metrics.last_error)
print("Circuit opens: " .. metrics.circuit_opens)
