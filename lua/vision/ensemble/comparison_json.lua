-- SPDX-License-Identifier: MIT
-- A comparison as JSON has it: what is not there is null.

local json = require "vision.base.json"

local FIELDS = { "selected_provider", "selected_result", "aggregated_summary" }
local RESULT_FIELDS = { "confidence", "result", "error", "code", "reason" }

local function provider_json(one)
  return json.with_nulls({
    success = one.success, confidence = one.confidence, time_ms = one.time_ms,
    result = one.result, error = one.error and one.error.message,
    code = one.error and one.error.code, reason = one.error and one.error.reason,
  }, RESULT_FIELDS)
end

--- The table that encodes as a comparison.
---@param result vision.ComparisonResult
---@return table
return function(result)
  local each = {}
  for name, one in pairs(result.provider_results) do each[name] = provider_json(one) end
  return json.with_nulls({
    provider_results = each, endpoints = result.endpoints,
    selected_provider = result.selected_provider, selected_result = result.selected_result,
    aggregated_summary = result.aggregated_summary, total_time_ms = result.total_time_ms,
    strategy_used = result.strategy_used, success_count = result.success_count,
    providers_compared = result.providers_compared, confidence_scores = result.confidence_scores,
  }, FIELDS)
end
