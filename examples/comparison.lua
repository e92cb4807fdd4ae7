-- SPDX-License-Identifier: MIT
-- Asks several providers about one drawing and takes the best answer; then lets them vote on every
-- call-out. Without keys this machine is compared with the stub's fixed answer.
--
--   examples/run comparison.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.pdf"))

local providers = {}
for _, name in ipairs { "openai", "anthropic", "local", "stub" } do
  providers[#providers + 1] = vision.create_vision_provider(name, { fallback_to_stub = false })
end

local result = assert(vision.compare_providers(image, providers, {
  strategy = vision.SelectionStrategy.HIGHEST_CONFIDENCE,
}))
print(("Best: %s (%s)"):format(result.selected_provider,
  result.selected_result.confidence or "n/a"))
for _, name in ipairs(result.endpoints) do
  local one = result.provider_results[name]
  print(("%s: %s, %.0f ms"):format(name, one.success and "read" or one.error.reason, one.time_ms))
end

for _, name in ipairs(result.endpoints) do
  print(("Score of %s: %s"):format(name, result.confidence_scores[name] or "n/a"))
end

-- The same for many pictures, with another strategy.
local comparator = assert(vision.ProviderComparator.new(providers, {
  selection_strategy = vision.SelectionStrategy.WEIGHTED_AVERAGE,
}))
local averaged = assert(comparator:compare(image))
print(("By %s: %s"):format(averaged.strategy_used, averaged.selected_result.summary))

local voted = assert(vision.compare_providers(image, providers, { strategy = "consensus" }))
for _, callout in ipairs(voted.selected_result.drawing.callouts) do
  print(("%s  %.2f  by %s"):format(callout.text, callout.confidence,
    table.concat(callout.sources, ", ")))
end
