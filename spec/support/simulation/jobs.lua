-- SPDX-License-Identifier: MIT
-- What callers do: they ask, whole or as a stream; some have no patience, some leave in the middle,
-- some bring something that is no picture.

local core = require "vision.core"
local task = require "vision.base.task"

local jobs = {}

-- The header of a PNG and a text that makes it a picture of its own: nobody decodes it here.
local function picture(number)
  return "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0\0\64\0\0\0\64\8\2\0\0\0\0\0\0\0"
    .. ("\0\0\0\8IDAT%08d\0\0\0\0"):format(number) .. "\0\0\0\0IEND\174\66\96\130"
end

local function ended(job, reading, err)
  job.ends = job.ends + 1
  job.reading, job.err = reading, err
end

local function ask(course, job)
  return course.provider:analyze_image(job.picture)
end

local function follow(course, job)
  for event in course.provider:analyze_image_stream(job.picture) do
    if job.over then job.late = true end
    if event.event_type == "complete" then return event.data.result end
    if event.event_type == "error" then return nil, event.data.error end
  end
end

-- Leaves the stream after some events.
local function leave(course, job)
  local events = course.provider:analyze_image_stream(job.picture)
  for _ = 1, job.patience do
    if not events() then break end
  end
  events:close()
  if events() ~= nil then job.late = true end
  return nil, { reason = "left" }
end

local WAYS = { ask, ask, follow, leave }

local function cancelled_after(course, job, way, seconds)
  local work = task.spawn(way, course, job)
  local impatience = task.spawn(function()
    if task.sleep(seconds) then
      job.cancelled = not work:done()
      work:cancel()
    end
  end)
  local results = { work:join() }
  impatience:cancel()
  return results[1], results[2]
end

-- When nobody waits for a picture any more, nobody asks for it either.
local function leaves_nothing(course, job)
  local digest = core.sha256(job.picture)
  course.active[digest] = course.active[digest] - 1
  task.sleep(0.001)
  job.left = course.active[digest] == 0 and course.open[digest] or 0
end

--- A caller's whole course.
function jobs.run(course, number)
  local random = course.world.random
  local job = {
    number = number, ends = 0, patience = 1 + math.floor(random() * 8),
    picture = random() < 0.05 and "no picture"
      or picture(1 + math.floor(random() * course.settings.pictures)),
  }
  course.jobs[number] = job
  local way = WAYS[1 + math.floor(random() * #WAYS)]
  local chance = random()
  task.sleep(random() * 120)
  local digest = core.sha256(job.picture)
  course.active[digest] = (course.active[digest] or 0) + 1
  if chance < 0.15 then
    ended(job, cancelled_after(course, job, way, random() * 10))
  elseif chance < 0.3 then
    ended(job, task.timeout(0.1 + random() * 20, way, course, job))
  else
    ended(job, way(course, job))
  end
  job.over = true
  leaves_nothing(course, job)
end

return jobs
