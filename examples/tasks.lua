-- SPDX-License-Identifier: MIT
-- Several drawings at once. There is one way to wait: inside a task `analyze_image` lets the others
-- go on, outside it simply returns when it is done.
--
--   examples/run tasks.lua [FILE…]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local files = #arg > 0 and arg or { here .. "/drawings/flange.png", here .. "/drawings/flange.pdf" }

local provider = assert(vision.create_vision_provider())

local jobs = {}
for i, path in ipairs(files) do
  jobs[i] = function()
    local image, err = vision.image_file(path)
    if not image then return nil, err end
    return provider:analyze_image(image)
  end
end

for i, results in ipairs(vision.task.gather(jobs)) do
  local reading, err = results[1], results[2]
  print(files[i] .. ": " .. (reading and reading.summary or tostring(err)))
end
