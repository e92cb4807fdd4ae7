-- SPDX-License-Identifier: MIT
-- A budget: what may be spent a day, an alert before it is gone, and what was spent.
--
--   examples/run budget.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.pdf"))

-- The stub costs nothing; here it is given a price, so that all can be seen without a key.
local provider = assert(vision.create_vision_provider "stub")
local tracked = assert(vision.create_cost_tracked_provider(provider, {
  budget_config = {
    daily_limit_usd = 0.05,
    alert_threshold_percent = 80,
    hard_limit = true,
    prices = { stub = { image = 0.01 } },
    on_alert = function(alert) print("Alert: " .. alert.message) end,
  },
}))

for i = 1, 6 do
  local reading, err = tracked:analyze_image(image, { tags = { "example" } })
  if reading then
    print(("%d: cost $%.4f"):format(i, reading.cost_usd))
  else
    print(("%d: %s, the day ends in %.0f h"):format(i, err.reason, err.retry_after / 3600))
  end
end

local tracker = tracked.cost_tracker
print(("Daily cost: $%.2f"):format(tracker:get_daily_cost()))
print(("Monthly cost: $%.2f"):format(tracker:get_monthly_cost()))
local summary = tracker:get_usage_summary { provider = "stub" }
print(("Total requests: %d"):format(summary.total_requests))
print(("Success rate: %.0f%%"):format(summary.success_rate * 100))
print(("Avg cost per request: $%.4f"):format(summary.cost_per_request))
for _, budget in ipairs(tracker:get_budgets()) do
  print(("Budget %s, a %s: $%.2f of $%.2f"):format(budget.budget, budget.kind, budget.spent_usd,
    budget.limit_usd))
end
