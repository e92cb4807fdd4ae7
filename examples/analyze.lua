-- SPDX-License-Identifier: MIT
-- The shortest useful program: read a drawing with whatever this machine has. A key in the
-- environment asks its model; without one the drawing is read here and nothing leaves the machine.
--
--   examples/run analyze.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.png"))

local provider = assert(vision.create_vision_provider())
local reading = assert(provider:analyze_image(image))

print("Summary: " .. reading.summary)
for _, detail in ipairs(reading.details) do
  print("  " .. detail)
end
-- A confidence is a number from 0 to 1, or nil where nothing supports one.
print("Confidence: " .. (reading.confidence and ("%.2f"):format(reading.confidence) or "n/a"))
