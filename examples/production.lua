-- SPDX-License-Identifier: MIT
-- A stack for production: built by hand, layer by layer; then the same and more from one table.
--
--   examples/run production.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.pdf"))

-- By hand. The limit stands within the cache, so that a hit costs none of it.
local base = assert(vision.create_vision_provider())
local limited = assert(vision.create_rate_limited_provider(base, { requests_per_minute = 60 }))
local resilient = assert(vision.create_resilient_provider(limited, {
  max_retries = 3,
  circuit_failure_threshold = 5,
}))
local provider = assert(vision.create_cached_provider(resilient, {
  max_size = 100, ttl_seconds = 3600,
}))

print("Summary: " .. assert(provider:analyze_image(image)).summary)
assert(provider:analyze_image(image))
print(("Hit rate: %.0f%%"):format(provider.cache_stats.hit_rate * 100))
print("Circuit state: " .. provider.circuit_state) -- what a layer has not, those within may have

-- From a table: several providers, each with its own layers, in the order that is right. One that
-- has no key here is left out, and said.
local stack = assert(vision.stack {
  providers = {
    { "openai", weight = 2, rate_limit = { requests_per_minute = 60 } },
    { "anthropic", timeout_seconds = 90 },
    "local",
  },
  retry = { max_retries = 3 },
  circuit_breaker = { failure_threshold = 5 },
  cache = { max_size = 100, ttl_seconds = 3600 },
  failover = { strategy = vision.FailoverStrategy.PRIORITY },
})
print(stack:explain())

local reading = assert(stack:analyze_image(image))
for _, step in ipairs(reading.trail) do
  print(("%s: %s"):format(step.endpoint, step.reason or "answered"))
end
