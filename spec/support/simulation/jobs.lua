-- SPDX-License-Identifier: MIT
-- What callers do: they ask, whole, as a stream or for many pictures at once; some have no
-- patience, some leave in the middle, some read slowly, some bring something that is no picture.

local batches = require "vision.ensemble.batch"
local core = require "vision.core"
local task = require "vision.base.task"

local jobs = {}

-- The header of a PNG and a text that makes it a picture of its own: nobody decodes it here.
local function picture(number)
  return "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0\0\64\0\0\0\64\8\2\0\0\0\0\0\0\0"
    .. ("\0\0\0\8IDAT%08d\0\0\0\0"):format(number) .. "\0\0\0\0IEND\174\66\96\130"
end

local function any_picture(course)
  local random = course.world.random
  return random() < 0.05 and "no picture"
    or picture(1 + math.floor(random() * course.settings.pictures))
end

local function ended(course, job, reading, err)
  job.ends = job.ends + 1
  job.reading, job.err = reading, err
  job.seconds = course.world.now - job.began
end

-- ---- ways to ask ----

local function ask(course, job)
  return course.provider:analyze_image(job.pictures[1])
end

-- Some take their time over each piece of text.
local function follow(course, job)
  local events = course.provider:analyze_image_stream(job.pictures[1])
  for event in events do
    if job.over then job.late = true end
    if event.event_type == "complete" then return event.data.result end
    if event.event_type == "error" then return nil, event.data.error end
    -- After its start, which comes before the request.
    local pause = event.event_type == "partial" and job.pause or 0
    local ok, stopped = task.sleep(pause)
    job.paused = job.paused + pause
    if not ok then
      events:close()
      return nil, stopped
    end
  end
end

-- Leaves the stream after some events.
local function leave(course, job)
  local events = course.provider:analyze_image_stream(job.pictures[1])
  for _ = 1, job.patience do
    if not events() then break end
  end
  events:close()
  if events() ~= nil then job.late = true end
  return nil, { reason = "left" }
end

-- Many pictures; the job's answer is what became of them. One may be asked for again after a rest.
local function batch(course, job)
  for i = 2, job.patience do job.pictures[i] = any_picture(course) end
  jobs.enter(course, job, 2)
  job.told, job.asked = 0, {}
  local provider = setmetatable({}, { __index = course.provider })
  function provider.analyze_image(_, image, options)
    job.asked[#job.asked + 1] = image
    return course.provider:analyze_image(image, options)
  end
  return batches.process_images_batch(provider, job.pictures, {
    max_concurrency = 1 + job.number % 4,
    progress_callback = function() job.told = job.told + 1 end,
  })
end

local WAYS = { ask, ask, ask, ask, follow, follow, leave, leave, batch }

-- ---- patience ----

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

--- From its picture of number `first` on they are asked for.
function jobs.enter(course, job, first)
  for i = first, #job.pictures do
    local digest = core.sha256(job.pictures[i])
    course.active[digest] = (course.active[digest] or 0) + 1
  end
end

-- When nobody waits for a picture any more, nobody asks for it either.
local function leaves_nothing(course, job)
  for _, one in ipairs(job.pictures) do
    local digest = core.sha256(one)
    course.active[digest] = course.active[digest] - 1
  end
  task.sleep(0.001)
  job.left = 0
  for _, one in ipairs(job.pictures) do
    local digest = core.sha256(one)
    if course.active[digest] == 0 then job.left = job.left + (course.open[digest] or 0) end
  end
end

--- A caller's whole course.
function jobs.run(course, number)
  local random = course.world.random
  local job = {
    number = number, ends = 0, patience = 1 + math.floor(random() * 8),
    pause = random() < 0.3 and random() * 2 or 0, paused = 0, pictures = { any_picture(course) },
  }
  course.jobs[number] = job
  local way = WAYS[1 + math.floor(random() * #WAYS)]
  job.is_batch = way == batch
  local chance = random()
  task.sleep(random() * 120)
  job.began = course.world.now
  jobs.enter(course, job, 1)
  if chance < 0.15 then
    ended(course, job, cancelled_after(course, job, way, random() * 10))
  elseif chance < 0.3 and not job.is_batch then
    ended(course, job, task.timeout(0.1 + random() * 20, way, course, job))
  else
    ended(course, job, way(course, job))
  end
  job.over = true
  leaves_nothing(course, job)
end

return jobs
