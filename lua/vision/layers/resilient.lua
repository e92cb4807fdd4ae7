-- SPDX-License-Identifier: MIT
-- Retry around a circuit breaker around metrics: each attempt is guarded and counted by itself.

local circuit_breaker = require "vision.layers.circuit_breaker"
local layer = require "vision.layers.layer"
local metrics = require "vision.layers.metrics"
local retry = require "vision.layers.retry"

local resilient = {}

local Resilient = layer.class("resilient", {
  max_retries = { "attempts after the first", type = "integer", min = 0, max = 100, default = 3 },
  circuit_failure_threshold = { "failures in a row that open the circuit", type = "integer",
    min = 1, max = 1e6, default = 5 },
  circuit_timeout = { "seconds it stays open", type = "number", min = 0, max = 86400,
    default = 60 },
  retry_config = { "further options of the retry layer", type = "table", default = {} },
  circuit_config = { "further options of the circuit breaker", type = "table", default = {} },
})

-- The counts are those of the layer within; the circuit around it is told beside them.
Resilient.properties.metrics = function(self)
  local provider = self.provider
  local figures = provider.metrics
  figures.circuit_state = provider.circuit_state
  figures.circuit_opens = provider.circuit_opens
  return figures
end

-- The options of one layer: those of its table win over the short ones.
local function options_of(short, config)
  for name, value in pairs(config) do
    short[name] = value
  end
  return short
end

--- A provider that is asked again, left alone when it fails, and measured.
---@param provider table
---@param options table? max_retries (3), circuit_failure_threshold (5), circuit_timeout (60 s);
---  retry_config and circuit_config: all options of the two layers
---@return table|nil provider with `metrics` and `circuit_state`
---@return vision.error? err
resilient.create_resilient_provider = layer.creator(Resilient, function(self)
  local config = self.config
  local measured = metrics.create_metrics_provider(self.provider)
  local tower, err = circuit_breaker.create_circuit_breaker_provider(measured, options_of({
    failure_threshold = config.circuit_failure_threshold, timeout = config.circuit_timeout,
  }, config.circuit_config))
  if tower then
    tower, err = retry.create_retry_provider(tower, options_of({
      max_retries = config.max_retries,
    }, config.retry_config))
  end
  if not tower then return nil, err end
  self.provider = tower
  return true
end)

return resilient
