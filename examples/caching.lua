-- SPDX-License-Identifier: MIT
-- A cache: the same question is asked once, also when several ask at the same time.
--
--   examples/run caching.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.pdf"))

local provider = assert(vision.create_vision_provider())
local cached = assert(vision.create_cached_provider(provider, {
  max_size = 100, ttl_seconds = 3600,
}))

local function ask() return cached:analyze_image(image) end

-- Two at the same moment are one call.
for i, answer in ipairs(vision.task.gather { ask, ask }) do
  print(("%d: %s"):format(i, assert(answer[1], answer[2]).summary))
end

local again = assert(ask())
print("Cache hit: " .. tostring(again.cached))

local stats = cached.cache_stats
print(("Hits: %d, misses: %d, joined: %d"):format(stats.hits, stats.misses, stats.joined))
print(("Hit rate: %.1f%%"):format(stats.hit_rate * 100))

-- Asked anew, whatever is known.
local anew = assert(cached:analyze_image(image, { no_cache = true }))
print("Asked anew: " .. tostring(not anew.cached))
