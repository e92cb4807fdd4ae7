-- SPDX-License-Identifier: MIT
-- The figures of one group (a provider, a model, a day), added up from rows of rollups, and what
-- follows from them. What is not known is nil, never 0.

local rollup = require "vision.records.rollup"

local tally = {}

---@class vision.ProviderStats
---@field total_requests integer
---@field successful_requests integer
---@field failed_requests integer
---@field success_rate number?          0 .. 1; nil: nothing was asked
---@field total_cost_usd number?        of the requests whose price is known; nil: of none
---@field avg_cost_per_request number?  of those that a provider was paid for: not from the cache
---@field unpriced_requests integer     those whose price is not known
---@field cached_requests integer       answered from the cache
---@field saved_usd number              what those had cost before, where that is known
---@field input_tokens integer
---@field output_tokens integer
---@field cached_tokens integer         of the input, read from the provider's own cache
---@field average_latency_ms number?    of all requests
---@field latency_p50_ms number?        of answers that are not from a cache; to 1 %; nil of models
---@field latency_p95_ms number?
---@field latency_p99_ms number?
---@field average_confidence number?    of the answers that have one
---@field confidence_distribution integer[]?  answers from 0 to 0.1, … from 0.9 to 1; nil of models
---@field answers_without_confidence integer?  nil of models
---@field disagreements integer         between the witnesses or providers that were compared
---@field disagreements_per_request number?
---@field errors table<string, integer> reason -> failures

---@class vision.report.Tally
---@field sums table<string, integer>     the columns of rollup.SUMS
---@field failed integer
---@field failed_us integer               their processing time
---@field has_values boolean              its values were counted
---@field reasons table<string, integer>
---@field values table<string, table<string, integer>>  dimension, also by day -> value -> count
local Tally = {}
Tally.__index = Tally

---@param has_values? boolean counts of tags, confidence and latency will be added
---@return vision.report.Tally
function tally.new(has_values)
  local sums, values = {}, {}
  for _, name in ipairs(rollup.SUMS) do sums[name] = 0 end
  for name, by_day in pairs(rollup.BY_DAY) do
    values[name] = {}
    values[by_day] = values[name]
  end
  return setmetatable({ sums = sums, failed = 0, failed_us = 0, reasons = {}, values = values,
    has_values = has_values or false }, Tally)
end

local function add(counts, key, count)
  counts[key] = (counts[key] or 0) + count
end

---@param row vision.RollupSums
function Tally:add(row)
  local sums = self.sums
  for _, name in ipairs(rollup.SUMS) do sums[name] = sums[name] + row[name] end
  if row.status == "failed" then
    self.failed = self.failed + row.requests
    self.failed_us = self.failed_us + row.processing_us
    add(self.reasons, row.reason, row.requests)
  end
end

---@param row vision.RollupCount
function Tally:count(row)
  add(self.values[row.dimension], row.value, row.count)
end

--- Adds another one up, but for its values (of which units of time have none).
---@param other vision.report.Tally
function Tally:merge(other)
  for _, name in ipairs(rollup.SUMS) do self.sums[name] = self.sums[name] + other.sums[name] end
  self.failed = self.failed + other.failed
  self.failed_us = self.failed_us + other.failed_us
  for reason, count in pairs(other.reasons) do add(self.reasons, reason, count) end
end

-- ---- what follows ----

local function ratio(part, whole)
  return whole > 0 and part / whole or nil
end

--- Latencies as bucket -> count.
---@return table<integer, integer>
function Tally:latencies()
  local buckets = {}
  for value, count in pairs(self.values.latency) do buckets[tonumber(value)] = count end
  return buckets
end

--- Latencies of those ranks.
---@param shares number[] ascending, 0 .. 1
---@return (number|nil)[] ms
function Tally:latency_ms(shares)
  local buckets, keys, all = self:latencies(), {}, 0
  for bucket, count in pairs(buckets) do
    keys[#keys + 1], all = bucket, all + count
  end
  table.sort(keys)
  local found, next_share, below = {}, 1, 0
  for _, bucket in ipairs(keys) do
    below = below + buckets[bucket]
    while shares[next_share] and below >= math.max(1, math.ceil(shares[next_share] * all)) do
      found[next_share] = rollup.bucket_ms(bucket)
      next_share = next_share + 1
    end
  end
  return found
end

local function distribution(counts)
  local list = {}
  for tenth = 0, 9 do list[tenth + 1] = counts[tostring(tenth)] or 0 end
  return list
end

--- The cost of the requests that have a price; nil where none has.
---@return number?
function Tally:cost_usd()
  local sums = self.sums
  return sums.requests > sums.unpriced and sums.cost_micro_usd / 1e6 or nil
end

--- What a request costs that a provider was paid for: those that the cache answered cost nothing,
--- and would hide what a price does.
---@return number? usd   nil: of none it is known
---@return integer of    so many requests
function Tally:cost_each()
  local sums = self.sums
  local paid = sums.requests - sums.unpriced - sums.cached
  return paid > 0 and sums.cost_micro_usd / 1e6 / paid or nil, paid
end

--- How long an answer takes, on average. (What the cache answers takes no time beside them.)
---@return number? ms  nil: there is none
---@return integer of  so many answers
function Tally:answer_ms()
  local sums = self.sums
  local answers = sums.requests - self.failed - sums.cached
  return answers > 0 and (sums.processing_us - self.failed_us) / 1000 / answers or nil, answers
end

--- The average confidence.
---@return number?    nil: no answer has one
---@return integer of so many answers
function Tally:confidence()
  local sums = self.sums
  return ratio(sums.confidence_ppm / 1e6, sums.confidence_count), sums.confidence_count
end

local function add_money(stats, self)
  local sums = self.sums
  stats.total_cost_usd, stats.avg_cost_per_request = self:cost_usd(), (self:cost_each())
  stats.unpriced_requests = sums.unpriced
  stats.cached_requests = sums.cached
  stats.saved_usd = sums.saved_micro_usd / 1e6
  stats.input_tokens, stats.output_tokens = sums.input_tokens, sums.output_tokens
  stats.cached_tokens = sums.cached_tokens
end

local function add_quality(stats, self)
  local sums, values = self.sums, self.values
  stats.average_confidence = self:confidence()
  if self.has_values then
    stats.confidence_distribution = distribution(values.confidence)
    stats.answers_without_confidence = values.confidence.none or 0
  end
  stats.disagreements = sums.disagreements
  stats.disagreements_per_request = ratio(sums.disagreements, sums.requests)
end

---@return vision.ProviderStats
function Tally:stats()
  local sums, latency = self.sums, self:latency_ms { 0.5, 0.95, 0.99 }
  local stats = {
    total_requests = sums.requests, successful_requests = sums.requests - self.failed,
    failed_requests = self.failed, success_rate = ratio(sums.requests - self.failed, sums.requests),
    average_latency_ms = ratio(sums.processing_us / 1000, sums.requests),
    latency_p50_ms = latency[1], latency_p95_ms = latency[2], latency_p99_ms = latency[3],
    errors = {},
  }
  add_money(stats, self)
  add_quality(stats, self)
  for reason, count in pairs(self.reasons) do stats.errors[reason] = count end
  return stats
end

return tally
