-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local health = require "vision.ensemble.health"
local log = require "vision.base.log"
local readers = require "spec.support.readers"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local PICTURE = readers.PICTURE

local in_world = virtual.test

-- A monitor over "a", whose probe answers as `course` says: "w" well, "f" failure, "s" slow,
-- "k" the key is not taken; its last sign for all further ones.
local function watched(course, config)
  local monitor = assert(health.HealthMonitor.new(config))
  local at, alerts = 0, {}
  assert(monitor:register_provider(readers.new "a", { probe = function()
    at = math.min(at + 1, #course)
    local sign = course:sub(at, at)
    local ok, stopped = task.sleep(sign == "s" and 8 or 0.1)
    if not ok then return nil, stopped end
    if sign == "f" then return nil, errors.new("connect", "no connection") end
    if sign == "k" then return nil, errors.new("auth", "the key is not taken") end
    return true
  end }))
  monitor:add_alert_callback(function(alert)
    alerts[#alerts + 1] = alert.severity
  end)
  return monitor, alerts
end

local function statuses(monitor, count)
  local list = {}
  for i = 1, count do
    list[i] = monitor:check_now().providers[1].status
  end
  return table.concat(list, " ")
end

describe("a health monitor", function()
  it("says an alert on change only", in_world(function()
    local monitor, alerts = watched "wwfffffffwww"
    assert.equal("unknown", monitor:get_dashboard().overall_status)
    assert.equal("healthy healthy healthy degraded unhealthy unhealthy unhealthy unhealthy "
      .. "unhealthy unhealthy healthy healthy", statuses(monitor, 12))
    -- critical after as many failed checks again, info when it is well again
    assert.same({ "warning", "error", "critical", "info" }, alerts)
  end))

  it("does not flap", in_world(function()
    local monitor, alerts = watched "wfwfwfwfwfwfwfwfwfww"
    assert.equal("healthy healthy healthy degraded degraded degraded degraded",
      statuses(monitor, 7))
    statuses(monitor, 20)
    assert.same({ "warning", "info" }, alerts)
  end))

  it("takes slowness for degraded, and back only well below", in_world(function()
    local monitor, alerts = watched("ssssww", { latency_degraded_ms = 5000 })
    -- The average goes 8 8 8 8 6.4 5.2 4.1 3.3; it is well from 4.
    assert.equal(("degraded "):rep(7) .. "healthy", statuses(monitor, 8))
    assert.same({ "warning", "info" }, alerts)
  end))

  it("takes a key that is not taken for no outage", in_world(function()
    local monitor, alerts = watched "wkkkkkw"
    statuses(monitor, 6)
    local dashboard = monitor:get_dashboard()
    assert.equal("healthy", dashboard.overall_status)
    assert.equal("the key is not taken", dashboard.providers[1].configuration_fault)
    assert.equal(0, dashboard.providers[1].consecutive_failures)
    assert.equal("warning", dashboard.active_alerts[1].severity)
    statuses(monitor, 1)
    assert.same({ "warning", "info" }, alerts)
    assert.same({}, monitor:get_dashboard().active_alerts)
  end))

  it("shows what it has measured", in_world(function()
    local monitor = watched "wffffffww"
    assert(monitor:register_provider(readers.new "b")) -- nobody knows how to ask it
    for _ = 1, 7 do
      monitor:check_now()
      task.sleep(59.9)
    end
    local dashboard = monitor:get_dashboard()
    local metrics = dashboard.providers[1]
    assert.equal("degraded", dashboard.overall_status)
    assert.equal("unhealthy", metrics.status)
    assert.equal(7, metrics.total_checks)
    assert.equal(6, metrics.consecutive_failures)
    assert.equal("connect", metrics.last_error)
    assert.is_true(math.abs(metrics.success_rate - 1 / 7) < 1e-9)
    assert.is_true(math.abs(metrics.avg_latency_ms - 100) < 1e-6)
    assert.is_true(math.abs(metrics.p95_latency_ms - 100) < 1)
    assert.is_true(math.abs(metrics.p99_latency_ms - 100) < 1)
    -- well for 180 s, down for 240
    assert.is_true(math.abs(metrics.uptime_percentage - 100 * 180 / 420) < 0.1)
    assert.equal("unknown", dashboard.providers[2].status)
    assert.is_nil(dashboard.providers[2].success_rate)
    assert.equal("critical", dashboard.active_alerts[1].severity)
  end))

  it("has no active alert of what is well, whatever its script says", in_world(function()
    local monitor = watched "w"
    monitor:changed { provider = "a", from = "healthy", to = "degraded" }
    assert.equal(1, #monitor:get_dashboard().active_alerts)
    monitor:changed { provider = "a", from = "unknown", to = "healthy" } -- of that it says nothing
    assert.equal(0, #monitor:get_dashboard().active_alerts)
  end))

  it("checks now and then until it is stopped", in_world(function()
    local monitor = watched("w", { interval_seconds = 30 })
    monitor:start()
    monitor:start()
    task.sleep(65)
    assert.equal(3, monitor:get_dashboard().providers[1].total_checks)
    monitor:stop()
    task.sleep(600)
    assert.equal(3, monitor:get_dashboard().providers[1].total_checks)
  end))

  it("gives a check its time", in_world(function()
    local monitor = watched("s", { timeout_seconds = 2 })
    local metrics = monitor:check_now().providers[1]
    assert.equal("timeout", metrics.last_error)
    assert.equal(1, metrics.consecutive_failures)
  end))

  it("is no worse for a callback that fails", in_world(function()
    local monitor, alerts = watched "wff"
    local said
    log.set_sink(function(_, message) said = message end)
    table.insert(monitor.callbacks, 1, function() error "pager is off" end)
    statuses(monitor, 3)
    log.set_sink(nil)
    assert.matches("pager is off", said)
    assert.same({ "warning" }, alerts)
  end))

  it("reads golden drawings when it is asked to", in_world(function()
    local monitor = assert(health.HealthMonitor.new { golden_interval_seconds = 1000 })
    local sight = { callouts = { { text = "Ø20" } } }
    local reader = readers.new("a", function() return { reading = { drawing = sight } } end)
    assert(monitor:register_provider(reader, { probe = function() return true end,
      golden = { { image = PICTURE, label = { dimensions = { "Ø20" } } } } }))
    local metrics = monitor:check_now().providers[1]
    assert.equal("healthy", metrics.status)
    assert.equal(1, metrics.quality)
    monitor:check_now()
    assert.equal(1, reader.calls)
    sight = { callouts = { { text = "Ø29" } } }
    task.sleep(1000)
    metrics = monitor:check_now().providers[1]
    assert.equal(0, metrics.quality)
    assert.equal("degraded", metrics.status)
    assert.equal(2, reader.calls)
  end))

  it("refuses what is wrong", function()
    local function refused(pattern, monitor, err)
      assert.is_nil(monitor)
      assert.equal("invalid_option", err.reason)
      assert.matches(pattern, err.message)
    end
    refused("'failure_threshold'", health.HealthMonitor.new { failure_threshold = 0 })
    refused("no script alerts/loud.lua", health.HealthMonitor.new { alerts = "loud" })
    local monitor = health.HealthMonitor.new()
    monitor:register_provider(readers.new "a")
    refused("'a' is watched already", monitor:register_provider(readers.new "a"))
    assert.has_error(function() monitor:add_alert_callback "x" end)
  end)
end)

describe("a health-aware provider", function()
  it("knows from its traffic how it is", in_world(function()
    local aware = assert(health.create_health_aware_provider(readers.new("a", function(number)
      return ({ {}, {}, { fails = "refused" }, { fails = "invalid_image" }, { fails = "auth" },
        { fails = "rate_limited" }, { fails = "timeout" } })[number] or {}
    end)))
    assert.equal("unknown", aware.get_health(aware).status)
    for _ = 1, 6 do aware:analyze_image(PICTURE) end
    local metrics = aware:get_health()
    assert.equal(3, metrics.total_requests) -- two answers and a refusal
    assert.equal(1, metrics.success_rate)
    assert.equal("healthy", metrics.status)
    assert.equal(1000, metrics.avg_latency_ms)
    aware:analyze_image(PICTURE)
    assert.equal(0.75, aware:get_health().success_rate)
    assert.equal("a", aware.name)
  end))

  it("tells its monitor", in_world(function()
    local monitor, alerts = watched "w"
    local aware = assert(health.create_health_aware_provider(
      readers.new("a", { fails = "server_error" }), { monitor = monitor }))
    for _ = 1, 30 do aware:analyze_image(PICTURE) end
    assert.equal("unhealthy", monitor:get_dashboard().overall_status)
    assert.same({ "warning", "error" }, alerts) -- a burst of traffic is not a lasting outage
    monitor:check_now()
    monitor:check_now()
    assert.same({ "warning", "error", "info" }, alerts)
  end))

  it("is told nothing by who was cancelled", in_world(function()
    local aware = assert(health.create_health_aware_provider(readers.new("a", { seconds = 10 })))
    task.timeout(1, aware.analyze_image, aware, PICTURE)
    task.sleep(0)
    assert.equal(0, aware:get_health().total_requests)
  end))
end)
