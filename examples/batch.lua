-- SPDX-License-Identifier: MIT
-- Reads many drawings, a few at a time, and says how far it is.
--
--   examples/run batch.lua [FOLDER|FILE…]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local drawings = here .. "/drawings/"
local paths = #arg > 0 and arg
  or { drawings .. "flange.pdf", drawings .. "absent.pdf", drawings .. "shaft.pdf" }

local provider = assert(vision.create_vision_provider())
local images = assert(vision.load_images(paths, { recursive = true }))

local result = assert(vision.process_images_batch(provider, images, {
  max_concurrency = 2,
  progress_callback = function(progress)
    print(("Progress: %.0f%%, %.0f s left"):format(progress.progress_percent,
      progress.estimated_remaining_seconds))
  end,
}))

print(("Completed: %d/%d"):format(result.completed, result.total))
print(("Success rate: %.1f%%"):format(result.success_rate * 100))
print(("Time: %.0f ms"):format(result.total_time_ms))
for i, reading in ipairs(result.results) do
  print(("%s: %s"):format(result.paths[i], reading and reading.summary or result.errors[i].message))
end
