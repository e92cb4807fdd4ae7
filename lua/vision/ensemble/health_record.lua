-- SPDX-License-Identifier: MIT
-- How one provider is, from what its checks and its traffic say. A change takes more than one
-- result, so that it does not flap.

local core = require "vision.core"

local HealthStatus = {
  HEALTHY = "healthy",
  DEGRADED = "degraded",
  UNHEALTHY = "unhealthy",
  UNKNOWN = "unknown",
}

-- Of the last so many results, two failures are a sign; one is none.
local RECENT, SIGN = 10, 2

-- How much the newest latency weighs in the average; under which share of the limit it is well.
local NEWEST, WELL_AGAIN = 0.2, 0.8

-- Percentiles are of the last one to two such periods.
local PERIOD = 600

---@class vision.HealthRecord
---@field provider string
---@field status string          one of HealthStatus
---@field consecutive_failures integer
---@field total_checks integer   checks that were made; traffic is counted apart
---@field total_requests integer
---@field last_error string?
---@field last_change number?    on `clock.mono`
---@field configuration_fault string? why it cannot be used as it is set up; no outage
---@field quality number?        0..1, of golden drawings
local HealthRecord = {}
HealthRecord.__index = HealthRecord

--- @param name string
--- @param config table  failure_threshold, recovery_threshold, latency_degraded_ms, quality_minimum
--- @param now number    on `clock.mono`
function HealthRecord.new(name, config, now)
  return setmetatable({
    provider = name, config = config, status = HealthStatus.UNKNOWN,
    consecutive_failures = 0, consecutive_successes = 0, failed_checks = 0,
    total_checks = 0, total_requests = 0, successes = 0, failures = 0, recent = {}, at = 0,
    known_since = nil, down_seconds = 0, period_began = now,
  }, HealthRecord)
end

-- ---- what is measured ----

local function rotate(measure, now, began)
  if now - began < PERIOD then return began end
  measure.before, measure.now = measure.now, core.histogram()
  return now
end

-- Requests tell how long an answer takes; checks do, as long as there are no requests.
local function add_latency(self, kind, seconds, now)
  local measure = self[kind] or { now = core.histogram(), began = now }
  self[kind] = measure
  measure.began = rotate(measure, now, measure.began)
  measure.now:record(seconds)
  measure.average = measure.average and measure.average + (seconds - measure.average) * NEWEST
    or seconds
end

local function measured(self)
  return self.requests or self.checks
end

local function quantile_ms(measure, q)
  local all = core.histogram()
  all:merge(measure.now)
  if measure.before then all:merge(measure.before) end
  local seconds = all:quantile(q)
  return seconds and seconds * 1000
end

local function count(self, well)
  self.at = self.at % RECENT + 1
  self.recent[self.at] = well
  if well then
    self.successes, self.consecutive_failures = self.successes + 1, 0
    self.consecutive_successes = self.consecutive_successes + 1
  else
    self.failures, self.consecutive_successes = self.failures + 1, 0
    self.consecutive_failures = self.consecutive_failures + 1
  end
end

local function recent_failures(self)
  local failures = 0
  for _, well in ipairs(self.recent) do
    failures = failures + (well and 0 or 1)
  end
  return failures
end

-- ---- what follows ----

local function is_slow(self)
  local measure = measured(self)
  local limit = self.config.latency_degraded_ms / 1000
  if self.status == HealthStatus.DEGRADED then limit = limit * WELL_AGAIN end
  return measure ~= nil and measure.average > limit
end

local function is_poor(self)
  return self.quality ~= nil and self.quality < self.config.quality_minimum
end

local function recovered(self)
  return self.status == HealthStatus.UNKNOWN
    or self.consecutive_successes >= self.config.recovery_threshold
end

-- The status that the results ask for.
local function judged(self)
  if self.consecutive_failures >= self.config.failure_threshold then
    return HealthStatus.UNHEALTHY
  elseif self.status == HealthStatus.UNHEALTHY and not recovered(self) then
    return HealthStatus.UNHEALTHY
  elseif is_slow(self) or is_poor(self) then
    return HealthStatus.DEGRADED
  elseif self.consecutive_failures > 0 and recent_failures(self) >= SIGN then
    return HealthStatus.DEGRADED
  elseif self.status == HealthStatus.DEGRADED and not recovered(self) then
    return HealthStatus.DEGRADED
  elseif self.consecutive_failures > 0 and self.status == HealthStatus.UNKNOWN then
    return HealthStatus.UNKNOWN
  end
  return HealthStatus.HEALTHY
end

-- Time is counted from the first status that is known.
local function pass_time(self, now)
  if self.status == HealthStatus.UNHEALTHY then
    self.down_seconds = self.down_seconds + now - self.counted_to
  end
  self.counted_to = now
end

local function change_to(self, status, now)
  local from = self.status
  pass_time(self, now)
  if status ~= HealthStatus.UNKNOWN then self.known_since = self.known_since or now end
  self.status = status
  if from ~= status then self.last_change, self.failed_checks = now, 0 end
  return from
end

-- For scripts: while it stays unhealthy only checks count on, or a burst of traffic would be a
-- lasting outage at once.
local function change_of(self, from, failures)
  local measure = measured(self)
  return {
    provider = self.provider, from = from, to = self.status, consecutive_failures = failures,
    failure_threshold = self.config.failure_threshold, last_error = self.last_error,
    latency_ms = measure and measure.average * 1000,
    success_rate = self:success_rate(),
  }
end

local function settle(self, well, is_check, now)
  local from = change_to(self, judged(self), now)
  if from ~= self.status then
    return change_of(self, from, self.consecutive_failures)
  elseif self.status == HealthStatus.UNHEALTHY and is_check and not well then
    self.failed_checks = self.failed_checks + 1
    return change_of(self, from, self.config.failure_threshold + self.failed_checks)
  end
end

-- What a check or a request came to.
local function note(self, kind, err, seconds, now)
  if err then
    self.last_error = err.reason
  else
    add_latency(self, kind, seconds, now)
  end
  count(self, not err)
  return settle(self, not err, kind == "checks", now)
end

--- A check has ended.
---@param err vision.error?
---@param seconds number
---@param now number
---@return vision.HealthChange? change  also while it stays unhealthy: `from` equals `to` then
function HealthRecord:check(err, seconds, now)
  self.total_checks = self.total_checks + 1
  return note(self, "checks", err, seconds, now)
end

--- A request of the program's own has ended; only those are told that speak of the provider.
---@param err vision.error?
---@param seconds number
---@param now number
---@return vision.HealthChange? change
function HealthRecord:request(err, seconds, now)
  self.total_requests = self.total_requests + 1
  return note(self, "requests", err, seconds, now)
end

--- How well golden drawings were read.
---@param quality number 0..1
---@param now number
---@return vision.HealthChange? change
function HealthRecord:judge_quality(quality, now)
  self.quality = quality
  return settle(self, true, false, now)
end

-- ---- what is told ----

---@return number? # of checks and requests; nil before the first
function HealthRecord:success_rate()
  local all = self.successes + self.failures
  return all > 0 and self.successes / all or nil
end

local function uptime(self, now)
  if not self.known_since then return nil end
  local down = self.down_seconds
  if self.status == HealthStatus.UNHEALTHY then down = down + now - self.counted_to end
  local all = now - self.known_since
  if all <= 0 then return self.status == HealthStatus.UNHEALTHY and 0 or 100 end
  return 100 * math.max(0, 1 - down / all)
end

---@class vision.HealthMetrics  what was never measured is nil
---@field provider string
---@field status string
---@field uptime_percentage number?   of the time since its state is known
---@field avg_latency_ms number?      of requests; of checks where there were none
---@field p95_latency_ms number?
---@field p99_latency_ms number?
---@field success_rate number?
---@field total_checks integer
---@field total_requests integer
---@field consecutive_failures integer
---@field last_error string?
---@field configuration_fault string?
---@field quality number?

---@param now number
---@return vision.HealthMetrics
function HealthRecord:metrics(now)
  local measure = measured(self)
  return {
    provider = self.provider, status = self.status, uptime_percentage = uptime(self, now),
    avg_latency_ms = measure and measure.average * 1000,
    p95_latency_ms = measure and quantile_ms(measure, 0.95),
    p99_latency_ms = measure and quantile_ms(measure, 0.99),
    success_rate = self:success_rate(), total_checks = self.total_checks,
    total_requests = self.total_requests, consecutive_failures = self.consecutive_failures,
    last_error = self.last_error, configuration_fault = self.configuration_fault,
    quality = self.quality,
  }
end

return { HealthRecord = HealthRecord, HealthStatus = HealthStatus }
