-- SPDX-License-Identifier: MIT
-- Health of providers: a monitor asks each of them now and then, and raises alerts on change; a
-- provider that knows how it is.
--
--   examples/run health.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.pdf"))

local monitor = assert(vision.HealthMonitor.new {
  interval_seconds = 60,
  failure_threshold = 3,
  latency_degraded_ms = 5000,
})
assert(monitor:register_provider(assert(vision.create_vision_provider "local")))
assert(monitor:register_provider(assert(vision.create_vision_provider("openai", {
  api_key = "none", base_url = "http://127.0.0.1:1/v1", -- nobody is there
}))))

monitor:add_alert_callback(function(alert)
  local to = alert.severity == vision.AlertSeverity.CRITICAL and "pager" or "chat"
  print(("To the %s: %s"):format(to, alert.severity))
end)

-- A service says monitor:start() and goes on; here each is asked six times at once.
for _ = 1, 6 do monitor:check_now() end

local dashboard = monitor:get_dashboard()
print("Overall status: " .. dashboard.overall_status)
for _, one in ipairs(dashboard.providers) do print(one.provider .. ": " .. one.status) end
print("Active alerts: " .. #dashboard.active_alerts)

-- Its traffic counts, too.
local aware = assert(vision.create_health_aware_provider(
  assert(vision.create_vision_provider "stub"), { monitor = monitor }))
assert(aware:analyze_image(image))
local health = aware:get_health()
print(("%s: %s, success rate %.0f%%"):format(health.provider, health.status,
  health.success_rate * 100))
