-- SPDX-License-Identifier: MIT
-- A rate limit: who comes too early waits, or is refused and told when to come again.
--
--   examples/run rate_limit.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.pdf"))

-- The stub answers at once, so that only the limit takes time. 600 a minute is one in 0.1 s.
local provider = assert(vision.create_vision_provider "stub")
local limited = assert(vision.create_rate_limited_provider(provider, {
  requests_per_minute = 600,
  burst_size = 2,
}))
print("Available requests: " .. math.floor(limited.available_requests))

for i = 1, 4 do
  assert(limited:analyze_image(image))
  print(("%d: %d have waited"):format(i, limited.rate_limit_stats.waited_requests))
end

-- Refused at once; a single call may ask for that, too.
local strict = assert(vision.create_rate_limited_provider(provider, {
  requests_per_minute = 1,
  burst_size = 1,
  wait_for_rate_limit = false,
}))
assert(strict:analyze_image(image))
local _, err = strict:analyze_image(image)
if vision.is_error(err, "RateLimitError") then
  print(("Rate limited, retry after %.0f s"):format(err.retry_after))
end

local stats = strict.rate_limit_stats
print(("Total: %d, rejected: %d"):format(stats.total_requests, stats.rejected_requests))
