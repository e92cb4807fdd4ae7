-- SPDX-License-Identifier: MIT
-- Puts pictures into a queue and follows them until workers have read them. What was put in before,
-- and not yet read, is followed and not put in twice.

local insist = require "vision.queue.insist"
local jobs = require "vision.queue.jobs"
local json = require "vision.base.json"
local log = require "vision.base.log"
local reading_lists = require "vision.drawing.reading_lists"
local task = require "vision.base.task"

local follower = {}

-- Seconds between two looks at a job.
local LOOK = 0.2

-- Seconds without any worker until that is said.
local LONELY = 1

---@class vision.Follower
---@field package jobs vision.Jobs
---@field package settings_key string
---@field package asked { settings: table, tags: string[]?, upload: boolean? }
local Follower = {}
Follower.__index = Follower

--- A follower of a queue.
---@param queue vision.Jobs
---@param asked { settings: table, tags: string[]?, upload: boolean? } settings: what is asked about
---  each picture (prompt, variables, pages, dpi, no_text_layer); tags: of its record; upload: the
---  pictures' bytes are put in Redis, too
---@return vision.Follower
function follower.new(queue, asked)
  return setmetatable({
    jobs = queue, asked = asked, settings_key = jobs.settings_key(asked.settings),
  }, Follower)
end

local function told(self, err)
  if err and not self.away then
    log.warn("the queue is away, what was put in stays there: %s", err.message)
  elseif self.away and not err then
    log.warn("the queue is there again")
  end
  self.away = err ~= nil
end

local function keep_at(self, body)
  return insist(body, function(err) told(self, err) end)
end

local function say_if_alone(self)
  if self.looked_for_workers then return end
  self.looked_for_workers = true
  self.lonely = task.spawn(function()
    if task.sleep(LONELY) and self.jobs:workers() == 0 then
      log.warn("no worker takes from this queue yet; start one with: vision worker --queue %s "
        .. "--store …", self.jobs.name)
    end
  end)
end

local function job_of(self, image, path)
  local hash, asked = image:sha256(), self.asked
  return {
    key = jobs.key(hash, self.settings_key), image_hash = hash, file = path,
    settings = asked.settings, tags = asked.tags, path = not asked.upload and path or nil,
  }
end

-- In JSON's Lua empty lists are empty tables.
local function whole(answer)
  reading_lists.mark(answer.description)
  for _, name in ipairs { "warnings", "trail", "confidence_reasons" } do
    if answer[name] then json.array(answer[name]) end
  end
  return answer
end

local function put(self, job, image)
  if self.asked.upload then
    local ok, err = keep_at(self, function() return self.jobs:upload(image) end)
    if not ok then return nil, err end
  end
  return keep_at(self, function() return self.jobs:enqueue(job) end)
end

-- A queue that was begun anew knows nothing of it.
local function follow(self, job, image)
  while true do
    local state, err = keep_at(self, function() return self.jobs:state(job.key) end)
    if state == nil then
      return nil, err
    elseif state == false then
      local ok
      ok, err = put(self, job, image)
      if ok == nil then return nil, err end
    elseif state.answer then
      return whole(state.answer)
    elseif state.err then
      return nil, state.err
    end
    local slept, stopped = task.sleep(LOOK)
    if not slept then return nil, stopped end
  end
end

--- Has a picture read by a worker. Waits, as long as it takes.
---@param image vision.core.Image
---@param path string where it is, for the workers too unless it is uploaded
---@return vision.Response|nil answer
---@return vision.error? err also of one that was given up; cancelled: the job stays in the queue
function Follower:analyze(image, path)
  local job = job_of(self, image, path)
  local fresh, err = put(self, job, image)
  if fresh == nil then return nil, err end
  if not self.asked.upload then image:close() end
  say_if_alone(self)
  return follow(self, job, image)
end

--- Ends what it has begun; the jobs stay.
function Follower:close()
  if self.lonely then self.lonely:cancel() end
  self.jobs:close()
end

return follower
