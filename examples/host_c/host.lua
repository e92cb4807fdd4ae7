-- SPDX-License-Identifier: MIT
-- What host.c asks of the library: a drawing is read in a task, the function returned steps it.

-- The collector is the host's to set. As Lua 5.4 has it at first, a single step of it can take
-- longer than a frame has; in small steps it costs about half as much memory again.
collectgarbage("incremental", 200, 1, 10)

local vision = require "vision"
require "vision.reading" -- now: loading it would keep the first frame

local drawing = ... -- the path that host.c was given

vision.host.configure {
  log = function(level, message) io.stderr:write("host [", level, "] ", message, "\n") end,
}

local provider = assert(vision.create_vision_provider "local")

local function read()
  local image, err = vision.image_file(drawing)
  if not image then return nil, err end
  return provider:analyze_image(image)
end

local reading = vision.task.spawn(read)

-- Once a frame. Nothing until the reading is there, then what it says.
return function()
  vision.host.step { budget_us = 1000 }
  if not reading:done() then return nil end
  local result, err = reading:join()
  if not result then return "No reading: " .. tostring(err) end
  local lines = { "Summary: " .. result.summary }
  for i, callout in ipairs(result.drawing.callouts) do lines[i + 1] = "  " .. callout.text end
  return table.concat(lines, "\n")
end
