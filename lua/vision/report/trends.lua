-- SPDX-License-Identifier: MIT
-- How figures went from unit to unit of time: lists of the same length, those of quiet units 0.

local trends = {}

---@class vision.TrendData
---@field granularity "hour"|"day"|"week"|"month"
---@field timezone string
---@field starts number[]           wall seconds
---@field labels string[]           "2026-11-26 14:00", "2026-11-26", "2026-W48", "2026-11"
---@field request_trend integer[]
---@field failure_trend integer[]
---@field success_rate_trend (number|false)[]  false: nothing was asked
---@field cost_trend number[]       USD of the requests whose price is known
---@field unpriced_trend integer[]  requests whose price is not
---@field cached_trend integer[]    requests that the cache answered
---@field saved_trend number[]      USD that those had cost
---@field input_token_trend integer[]
---@field output_token_trend integer[]
---@field latency_trend (number|false)[]     ms, average
---@field confidence_trend (number|false)[]  average
---@field disagreement_trend integer[]
---@field providers table<string, vision.ProviderTrend>

---@class vision.ProviderTrend
---@field request_trend integer[]
---@field failure_trend integer[]
---@field cost_trend number[]

local function ratio(part, whole)
  return whole > 0 and part / whole or false
end

-- Name of a list -> its value of a tally.
local LISTS = {
  request_trend = function(t) return t.sums.requests end,
  failure_trend = function(t) return t.failed end,
  success_rate_trend = function(t) return ratio(t.sums.requests - t.failed, t.sums.requests) end,
  cost_trend = function(t) return t.sums.cost_micro_usd / 1e6 end,
  unpriced_trend = function(t) return t.sums.unpriced end,
  cached_trend = function(t) return t.sums.cached end,
  saved_trend = function(t) return t.sums.saved_micro_usd / 1e6 end,
  input_token_trend = function(t) return t.sums.input_tokens end,
  output_token_trend = function(t) return t.sums.output_tokens end,
  latency_trend = function(t) return ratio(t.sums.processing_us / 1000, t.sums.requests) end,
  confidence_trend = function(t)
    return ratio(t.sums.confidence_ppm / 1e6, t.sums.confidence_count)
  end,
  disagreement_trend = function(t) return t.sums.disagreements end,
}

local OF_PROVIDERS = { "request_trend", "failure_trend", "cost_trend" }

local function of_provider(units, name)
  local lists = {}
  for _, list in ipairs(OF_PROVIDERS) do
    lists[list] = {}
    for i, unit in ipairs(units) do
      local part = unit.providers[name]
      lists[list][i] = part and LISTS[list](part) or 0
    end
  end
  return lists
end

--- The trends of units.
---@param units vision.report.Unit[]
---@param period vision.report.Period
---@param providers table<string, any>  by name
---@return vision.TrendData
function trends.of(units, period, providers)
  local data = { granularity = period.granularity, timezone = period.zone.name, starts = {},
    labels = period.labels, providers = {} }
  for i, unit in ipairs(units) do data.starts[i] = unit.from end
  for name, value in pairs(LISTS) do
    data[name] = {}
    for i, unit in ipairs(units) do data[name][i] = value(unit.overall) end
  end
  for name in pairs(providers) do data.providers[name] = of_provider(units, name) end
  return data
end

return trends
