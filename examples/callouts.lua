-- SPDX-License-Identifier: MIT
-- What an engineer came for: the title block, and each dimension with its tolerance and its place.
--
--   examples/run callouts.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.png"))
local reading = assert(assert(vision.create_vision_provider "local"):analyze_image(image))
local drawing = reading.drawing

for _, field in ipairs { "title", "drawing_number", "revision", "material", "scale" } do
  print(("%-15s %s"):format(field, drawing.title_block[field] or "not found"))
end

for _, callout in ipairs(drawing.callouts) do
  local limits = ""
  if callout.upper or callout.lower then
    limits = (" from %g to %g"):format(
      callout.nominal + (callout.lower or 0), callout.nominal + (callout.upper or 0))
  end
  -- The box is in pixels of the page at the dpi that it was read at.
  local x, y = callout.box[1], callout.box[2]
  print(("%-12s %-24s%s at %d, %d"):format(callout.type, callout.text, limits, x, y))
end
