-- SPDX-License-Identifier: MIT
-- One batch under way in this process. One task of it writes down, so that a result is there before
-- it is counted; one looks whether others want its end.

local BatchProcessor = require("vision.ensemble.batch").BatchProcessor
local clock = require "vision.base.clock"
local date = require "vision.base.date"
local json = require "vision.base.json"
local log = require "vision.base.log"
local mailbox = require "vision.base.mailbox"
local picture = require "vision.server.picture"
local response = require "vision.response"
local task = require "vision.base.task"

local jobs = {}

-- Seconds between two looks whether somebody wants it cancelled, and between two signs of life.
local LOOK, BEAT = 1, 5

-- Seconds between two attempts to write down, and after which a job that cannot be is given up.
local AGAIN, PATIENCE = 1, 600

---@class vision.server.Job
---@field id string
---@field status string            "running", and at the end "completed", "cancelled", "interrupted"
---@field engine vision.server.Engine  whose the provider is
---@field package app vision.App
---@field package lease vision.server.Lease
---@field package folder vision.server.JobFolder|false  its pictures; false: in its entries
---@field package plan vision.server.JobPlan
---@field package provider table
---@field package left integer[]   indices of the pictures that are to be read
---@field package completed integer  before it was taken over
---@field package failed integer     likewise
---@field package is_stopped boolean?  somebody wants its end
---@field package is_left boolean?     another process may go on with it
---@field package is_lost boolean?     another process has it
local Job = {}
Job.__index = Job

-- ---- what is told of it ----

--- What others are told.
---@return vision.server.JobState
function Job:state()
  local progress = self.progress or {}
  local completed = self.completed + (progress.completed or 0)
  local failed = self.failed + (progress.failed or 0)
  local remaining = progress.estimated_remaining_seconds
  return {
    job_id = self.id, status = self.status, total = self.plan.total, provider = self.provider.name,
    completed = completed, failed = failed,
    progress_percent = 100 * (completed + failed) / self.plan.total,
    estimated_remaining_seconds = remaining and remaining < math.huge and remaining or json.null,
    created_at = date.iso(self.plan.created_at), updated_at = date.iso(clock.wall()),
  }
end

-- The fields of a reading that are of the picture, not of the request.
local function result_of(index, file, reading, err)
  local answer = reading and response.success(reading, nil, 0) or response.failure(err, nil, 0)
  local whole = response.to_json(answer)
  whole.processing_time_ms, whole.ocr = nil, nil
  whole.index, whole.file = index, file or json.null
  return json.encode(whole)
end

-- ---- its pictures ----

local function entry_image(self, index, entry)
  if self.folder and not entry.image_url then return self.folder:image(self.id, index) end
  local image, err = picture.of(self.app, entry)
  entry.image = nil -- held until it is read, and no longer
  return image, err
end

-- As `load_images` gives them: called for the next, and it can count.
local function source_of(self)
  local at = 0
  local function next_image()
    at = at + 1
    local index = self.left[at]
    if not index then return nil end
    local entry = self.plan.entries[index]
    local image, err = entry_image(self, index, entry)
    return image or false, entry.file_name, err
  end
  return setmetatable({ count = function() return #self.left end },
    { __call = next_image })
end

-- ---- writing it down ----

-- The store may be away for a while.
local function keep(self, result)
  local until_when, is_told = clock.mono() + PATIENCE, false
  while not self.is_lost do
    local done, err = self.lease:write(self:state(), result)
    if done then return true end
    if done == false then
      self.is_lost = true
      log.warn("batch %s is another process's by now", self.id)
    elseif self.is_left or clock.mono() > until_when then
      log.error("batch %s is given up: %s", self.id, err.message)
      self.is_left, self.is_lost = true, true
    else
      if not is_told then log.warn("batch %s is not kept yet: %s", self.id, err.message) end
      is_told = true
      task.sleep(AGAIN)
    end
  end
  return false
end

local function write_down(self)
  repeat
    local item = self.box:take()
    self.progress, self.status = item.progress or self.progress, item.status or self.status
    self.wrote_at = clock.mono()
    local kept = keep(self, item.result)
    if kept and item.index and self.folder then self.folder:drop(self.id, item.index) end
    if not kept then self:stop() end
  until item.status
end

-- Others may ask for its end, and want to know that it lives.
local function watch(self)
  while task.sleep(LOOK) do
    if self.engine.shelf:get("cancel:" .. self.id) then return self:stop() end
    if clock.mono() - self.wrote_at > BEAT then self.box:put {} end
  end
end

-- ---- running ----

local function copy(progress)
  return { completed = progress.completed, failed = progress.failed,
    estimated_remaining_seconds = progress.estimated_remaining_seconds }
end

local function processor_of(self)
  local last = {}
  return BatchProcessor.new(self.provider, {
    max_concurrency = self.plan.max_concurrency, options = self.plan.options,
    on_result = function(at, reading, err, file)
      local index = self.left[at]
      last = { index = index, result = result_of(index, file, reading, err) }
    end,
    progress_callback = function(progress)
      if self.is_left then return end -- what was broken off is to be read by another
      last.progress = copy(progress)
      self.box:put(last)
    end,
  })
end

local function status_of(self, result)
  if self.is_left then return self.folder and "running" or "interrupted" end
  return result and not result.stopped and "completed" or "cancelled"
end

-- The files first: one without its job is cleared away by whoever finds it.
local function clear_away(self)
  if self.is_lost then return end
  if self.folder and not self.is_left then self.folder:remove(self.id) end
  self.lease:release()
end

--- Reads what is left; waits for the end.
function Job:run()
  local writer, watcher = task.spawn(write_down, self), task.spawn(watch, self)
  local ok, result = true, nil
  if not self.is_stopped then
    ok, result = pcall(self.processor.process, self.processor, source_of(self))
  end
  if not ok then log.error("batch %s broke off: %s", self.id, tostring(result)) end
  watcher:cancel()
  self.box:put { status = status_of(self, ok and result) }
  writer:join()
  clear_away(self)
end

--- Ends it; it may not have begun yet.
function Job:stop()
  self.is_stopped = true
  self.processor:stop(true)
end

--- Leaves it to another process.
function Job:leave()
  self.is_left = true
  self:stop()
end

---@class vision.server.JobPlan what is asked, as it can be written down
---@field total integer
---@field entries table[]       a picture each: file_name, image_url; in this process `image`
---@field provider string?      whom the request named
---@field max_concurrency integer
---@field options table         of analyze_image
---@field created_at number

--- A batch that is this process's.
---@param given { app: vision.App, engine: vision.server.Engine, id: string,
---  lease: vision.server.Lease, folder: vision.server.JobFolder|false,
---  plan: vision.server.JobPlan, provider: table, left: integer[], completed: integer,
---  failed: integer }
---@return vision.server.Job|nil
---@return vision.error? err invalid_option
function jobs.new(given)
  local self = setmetatable(given, Job)
  self.status, self.box, self.wrote_at = "running", mailbox.new(), clock.mono()
  local err
  self.processor, err = processor_of(self)
  return self.processor and self, err
end

return jobs
