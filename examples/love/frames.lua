-- SPDX-License-Identifier: MIT
-- How the frames of the window went: how long the library's step took of each, and how far apart
-- they came. Of late steps the library is the cause; of frames far apart, all that runs here.

local FRAME = 1 / 60 -- seconds
local BOUNDS = { 1.1 * FRAME, 1.5 * FRAME, 2 * FRAME, 3 * FRAME } -- of the times between frames

local frames = { count = 0, late = 0, longest = 0, between = { 0, 0, 0, 0, 0 } }

--- Takes a frame down.
---@param dt number     seconds since the one before
---@param spent number  seconds of the step
function frames.note(dt, spent)
  local at = 1
  while BOUNDS[at] and dt > BOUNDS[at] do at = at + 1 end
  frames.between[at] = frames.between[at] + 1
  frames.count, frames.longest = frames.count + 1, math.max(frames.longest, spent)
  if spent > FRAME then frames.late = frames.late + 1 end
end

---@return string
function frames.said()
  return ("%d frames, %d late for a step; longest: %.1f ms"):format(frames.count,
    frames.late, frames.longest * 1000)
end

--- The times between frames, a line each.
---@return string
function frames.histogram()
  local lines = {}
  for i, count in ipairs(frames.between) do
    lines[i] = BOUNDS[i] and ("frames within %5.1f ms: %5d"):format(BOUNDS[i] * 1000, count)
      or ("frames further apart: %5d"):format(count)
  end
  return table.concat(lines, "\n")
end

return frames
