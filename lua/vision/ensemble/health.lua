-- SPDX-License-Identifier: MIT
-- Watches providers: asks each now and then, listens to its traffic, and says when one changes.

local clock = require "vision.base.clock"
local endpoints = require "vision.ensemble.endpoints"
local errors = require "vision.base.error"
local layer = require "vision.layers.layer"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"
local policy = require "vision.policy"
local probe = require "vision.ensemble.health_probe"
local records = require "vision.ensemble.health_record"
local task = require "vision.base.task"

local health = { HealthStatus = records.HealthStatus }

health.AlertSeverity = {
  INFO = "info",
  WARNING = "warning",
  ERROR = "error",
  CRITICAL = "critical",
}

--- The options of a monitor, and of a health-aware provider (HealthCheckConfig).
---@type table<string, vision.OptionSpec>
local CONFIG = {
  interval_seconds = { "between two checks", type = "number", above = 0, max = 86400,
    default = 60 },
  timeout_seconds = { "for one check", type = "number", above = 0, max = 600, default = 10 },
  failure_threshold = { "failures in a row from which it is unhealthy", type = "integer", min = 1,
    max = 1000, default = 3 },
  recovery_threshold = { "successes in a row from which it is well again", type = "integer",
    min = 1, max = 1000, default = 2 },
  latency_degraded_ms = { "average latency from which it is degraded", type = "number", above = 0,
    max = 86400000, default = 5000 },
  quality_minimum = { "F1 of golden drawings under which it is degraded", type = "number", min = 0,
    max = 1, default = 0.8 },
  golden_interval_seconds = { "between two readings of golden drawings, each of which costs what "
    .. "a reading costs", type = "number", above = 0, max = 366 * 86400, default = 86400 },
  alerts = { "the script of alerts/ that says how severe a change is", type = "string",
    default = "default" },
}

local REGISTER = {
  probe = { "asks whether it is there: seconds -> true, or nil and an error; false: it is not "
    .. "asked", type = "any" },
  golden = { "drawings with labels, { image =, label = } each, that it reads now and then",
    type = "table" },
}

-- ---- the monitor ----

---@class vision.HealthAlert
---@field provider string
---@field severity string  one of AlertSeverity
---@field message string
---@field status string    what it is now
---@field timestamp number seconds since 1970

---@class vision.HealthMonitor
---@field config table
local HealthMonitor = {}
HealthMonitor.__index = HealthMonitor

--- @param given? table  HealthCheckConfig
---@return vision.HealthMonitor|nil
---@return vision.error? err invalid_option, script
function HealthMonitor.new(given)
  local config, err = option_lists.check(CONFIG, given, "HealthMonitor")
  local script
  if config then
    script, err = policy.script("alerts", config.alerts)
  end
  if not script then return nil, err end
  return setmetatable({ config = config, watched = {}, by_name = {}, callbacks = {}, active = {} },
    HealthMonitor)
end

--- Watches a provider, too.
---@param provider table
---@param given? { probe: function|false|nil, golden: { image: any, label: table }[]? }
---@return vision.HealthRecord|nil
---@return vision.error? err invalid_option: it is watched already, or an option is wrong
function HealthMonitor:register_provider(provider, given)
  local names, err = endpoints.names({ provider }, "register_provider")
  local options
  if names then
    options, err = option_lists.check(REGISTER, given, "register_provider")
  end
  if not options then return nil, err end
  local name = names[1]
  if self.by_name[name] then
    return nil, errors.new("invalid_option", ("'%s' is watched already"):format(name))
  end
  local ask = options.probe
  if ask == nil then ask = probe.of(provider) end
  local one = { name = name, provider = provider, ask = ask, golden = options.golden,
    record = records.HealthRecord.new(name, self.config, clock.mono()) }
  self.watched[#self.watched + 1], self.by_name[name] = one, one
  return one.record
end

--- Called with each alert: on change only.
---@param callback fun(alert: vision.HealthAlert)
function HealthMonitor:add_alert_callback(callback)
  if type(callback) ~= "function" then error("add_alert_callback wants a function", 2) end
  table.insert(self.callbacks, callback)
end

local function send(self, alert)
  for _, callback in ipairs(self.callbacks) do
    local ok, message = pcall(callback, alert)
    if not ok then log.warn("an alert callback failed: %s", tostring(message)) end
  end
end

-- What is well again has no alert that is active; neither has what an alert only remarks.
local function raise(self, name, severity, message)
  local alert = { provider = name, severity = severity, message = message,
    status = self.by_name[name].record.status, timestamp = clock.wall() }
  self.active[name] = severity ~= health.AlertSeverity.INFO and alert or nil
  send(self, alert)
end

--- What has changed, as a record says it.
---@param change vision.HealthChange?
function HealthMonitor:changed(change)
  if not change then return end
  local alert = policy.decide("alerts", self.config.alerts, { change = change })
  if change.to == records.HealthStatus.HEALTHY then self.active[change.provider] = nil end
  if alert then raise(self, change.provider, alert.severity, alert.message) end
end

-- ---- checking ----

-- A key that is not taken is nobody's outage; it is said once.
local function note_configuration(self, one, err)
  local fault, known = err and err.message, one.record.configuration_fault
  one.record.configuration_fault = fault
  if fault and not known then
    raise(self, one.name, health.AlertSeverity.WARNING, ("%s: %s"):format(one.name, fault))
  elseif known and not fault then
    raise(self, one.name, health.AlertSeverity.INFO, one.name .. " can be used again")
  end
end

local function note_check(self, one, err, seconds)
  if err and err.fault ~= "provider" then
    -- Ours, or nobody's: what is missing here says nothing of the provider.
    if err.reason ~= "cancelled" and err.reason ~= "local_only" then
      note_configuration(self, one, err)
    end
    return
  end
  if not err then note_configuration(self, one, nil) end
  self:changed(one.record:check(err, seconds, clock.mono()))
end

local function check(self, one)
  local started, seconds = clock.mono(), self.config.timeout_seconds
  local ok, well, err = pcall(task.timeout, seconds, one.ask, seconds)
  if task.stopped() then return end
  if not ok then
    err = errors.from(tostring(well))
  elseif not well then
    err = errors.from(err)
  end
  note_check(self, one, err, clock.mono() - started)
end

-- The mean F1 of the golden drawings; nil where one could not be read.
local function quality_of(one)
  local scores = require "vision.reading.eval"
  local counts = {}
  for _, golden in ipairs(one.golden) do
    local reading = one.provider:analyze_image(golden.image)
    if not reading then return nil end
    scores.add(counts, scores.score(golden.label, reading.drawing))
  end
  return scores.figures(counts).number_f1
end

local function check_golden(self, one)
  local now = clock.mono()
  if one.golden_at and now - one.golden_at < self.config.golden_interval_seconds then return end
  one.golden_at = now
  local quality = quality_of(one)
  if quality then self:changed(one.record:judge_quality(quality, clock.mono())) end
end

--- Checks all that can be asked, at once; waits for the answers.
---@return vision.HealthDashboard
function HealthMonitor:check_now()
  local checks = {}
  for _, one in ipairs(self.watched) do
    if one.ask then checks[#checks + 1] = function() check(self, one) end end
    if one.golden then checks[#checks + 1] = function() check_golden(self, one) end end
  end
  task.gather(checks)
  return self:get_dashboard()
end

--- Checks now and then, in a task of its own, until `stop`.
function HealthMonitor:start()
  if self.runner then return end
  self.runner = task.spawn(function()
    repeat self:check_now() until not task.sleep(self.config.interval_seconds)
  end)
end

function HealthMonitor:stop()
  if self.runner then self.runner:cancel() end
  self.runner = nil
end

-- ---- what it shows ----

---@class vision.HealthDashboard
---@field overall_status string  healthy: all that is known is; unhealthy: nobody is left
---@field active_alerts vision.HealthAlert[]
---@field providers vision.HealthMetrics[]  in the order they were registered

local function overall(providers)
  local status, counts = records.HealthStatus, {}
  for _, metrics in ipairs(providers) do
    counts[metrics.status] = (counts[metrics.status] or 0) + 1
  end
  local known = #providers - (counts[status.UNKNOWN] or 0)
  if known == 0 then return status.UNKNOWN end
  if counts[status.UNHEALTHY] == #providers then return status.UNHEALTHY end
  return counts[status.HEALTHY] == known and status.HEALTHY or status.DEGRADED
end

---@return vision.HealthDashboard
function HealthMonitor:get_dashboard()
  local now, providers, alerts = clock.mono(), {}, {}
  for i, one in ipairs(self.watched) do
    providers[i] = one.record:metrics(now)
    alerts[#alerts + 1] = self.active[one.name]
  end
  return { overall_status = overall(providers), active_alerts = alerts, providers = providers }
end

-- ---- a provider that tells how it is ----

local AWARE = { monitor = { "the HealthMonitor that hears of it, and gives the configuration",
  type = "table", must_be = "a HealthMonitor",
  check = function(value) return getmetatable(value) == HealthMonitor end },
  on_alert = { "called with each HealthAlert of this provider", type = "function" } }
for name, spec in pairs(CONFIG) do
  AWARE[name] = spec
end

---@class vision.HealthAwareProvider
---@field config table
local HealthAwareProvider = layer.class("health_aware", AWARE)

layer.around(HealthAwareProvider, {
  before = function() return true end,
  after = function(self, _, _, err, seconds)
    -- A refusal is an answer; what is the caller's fault or ours says nothing.
    if err and not endpoints.is_ill(err) and err.fault ~= "refusal" then return end
    local failure = err and endpoints.is_ill(err) and err or nil
    local change = self.record:request(failure, seconds, clock.mono())
    self.monitor:changed(change)
  end,
})

--- How it is.
---@return vision.HealthMetrics
function HealthAwareProvider:get_health()
  return self.record:metrics(clock.mono())
end

--- A provider whose traffic says how it is.
---@param provider table
---@param config? table  HealthCheckConfig; `monitor`: then that one's is taken
---@return vision.HealthAwareProvider|nil
---@return vision.error? err invalid_option, script
health.create_health_aware_provider = layer.creator(HealthAwareProvider, function(self)
  local given, monitor, on_alert = self.config, self.config.monitor, self.config.on_alert
  given.monitor, given.on_alert = nil, nil
  if not monitor then
    local err
    monitor, err = HealthMonitor.new(given)
    if not monitor then return nil, err end
  end
  local known = monitor.by_name[endpoints.name(self.provider)]
  local record, err
  if known then
    record = known.record
  else
    record, err = monitor:register_provider(self.provider)
  end
  if record and on_alert then
    monitor:add_alert_callback(function(alert)
      if alert.provider == record.provider then on_alert(alert) end
    end)
  end
  self.monitor, self.record = monitor, record
  return record, err
end)

health.HealthMonitor = HealthMonitor

return health
