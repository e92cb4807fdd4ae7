-- SPDX-License-Identifier: MIT
-- Several providers as one: the first cannot be reached here, so the next one answers. A health
-- monitor hears of it.
--
--   examples/run failover.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.pdf"))

local monitor = assert(vision.HealthMonitor.new {
  failure_threshold = 1, latency_degraded_ms = 60000,
})
monitor:add_alert_callback(function(alert) print("Alert: " .. alert.severity) end)

local function watched(name, options)
  local provider = assert(vision.create_vision_provider(name, options))
  return assert(vision.create_health_aware_provider(provider, { monitor = monitor }))
end

local provider = assert(vision.create_failover_provider({
  watched("openai", { api_key = "none", base_url = "http://127.0.0.1:1/v1" }),
  watched "local",
}, { strategy = vision.FailoverStrategy.PRIORITY, max_retries = 3 }))

local reading = assert(provider:analyze_image(image))
for _, step in ipairs(reading.trail) do
  print(("%s: %s"):format(step.endpoint, step.reason or "answered"))
end
print("In place of: " .. reading.fallback_from)

local status = provider.failover_manager:get_status()
print(("Healthy endpoints: %d/%d"):format(status.healthy_count, status.total_count))

local dashboard = monitor:get_dashboard()
print("Overall status: " .. dashboard.overall_status)
print("Active alerts: " .. #dashboard.active_alerts)
