-- SPDX-License-Identifier: MIT
-- Batches that run beside the requests: begun by one, asked about by others. What is known of a job
-- lies on the shelf, so that any worker that shares it can answer; the pictures are with the worker
-- that took them in, and a job ends with it.

local BatchProcessor = require("vision.ensemble.batch").BatchProcessor
local clock = require "vision.base.clock"
local core = require "vision.core"
local date = require "vision.base.date"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local log = require "vision.base.log"
local mailbox = require "vision.base.mailbox"
local response = require "vision.response"
local task = require "vision.base.task"

local jobs = {}

-- Jobs at a time in this process: each holds its pictures.
local RUNNING_MAX = 16

-- Seconds that a job can be asked about, and after which one that says nothing has lost its worker.
local KEPT, SILENCE = 86400, 30

-- Seconds between two looks whether somebody wants it cancelled, and between two signs of life.
local LOOK, BEAT = 1, 5

---@class vision.server.JobState
---@field job_id string
---@field status string      "running" | "completed" | "cancelled" | "interrupted"
---@field total integer
---@field completed integer
---@field failed integer
---@field progress_percent number
---@field estimated_remaining_seconds number?
---@field created_at string  ISO 8601
---@field updated_at string
---@field provider string

---@class vision.server.Jobs
---@field package shelf_now fun(): vision.server.Shelf  another one after a new configuration
---@field package running table<string, table>  by id
---@field package count integer
local Jobs = {}
Jobs.__index = Jobs

-- ---- what is told of it ----

local function state_of(job)
  local progress = job.progress
  local left = progress and progress.estimated_remaining_seconds
  return {
    job_id = job.id, status = job.status, total = job.total, provider = job.provider,
    completed = progress and progress.completed or 0, failed = progress and progress.failed or 0,
    progress_percent = progress and progress.progress_percent or 0,
    estimated_remaining_seconds = left and left < math.huge and left or json.null,
    created_at = date.iso(job.created_at), updated_at = date.iso(clock.wall()),
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

-- ---- writing it down: one task a job, so that a result is there before it is counted ----

local function save(job)
  local ok, err = job.shelf:put("job:" .. job.id, json.encode(state_of(job)), KEPT)
  if not ok then log.warn("the state of batch %s is not kept: %s", job.id, err.message) end
  job.saved_at = clock.mono()
end

local function write_down(job)
  repeat
    local item = job.box:take()
    if item.result then
      local ok, err = job.shelf:append("results:" .. job.id, item.result, KEPT)
      if not ok then log.error("a result of batch %s is lost: %s", job.id, err.message) end
      job.progress = item.progress
    end
    job.status = item.status or job.status
    save(job)
  until item.status
end

-- It may not have begun yet.
local function stop(job)
  job.is_stopped = true
  job.processor:stop(true)
end

local function is_wanted_cancelled(job)
  return job.shelf:get("cancel:" .. job.id)
end

-- Others may ask for its end, and want to know that it lives.
local function watch(job)
  while task.sleep(LOOK) do
    if is_wanted_cancelled(job) then return stop(job) end
    if clock.mono() - job.saved_at > BEAT then job.box:put {} end
  end
end

-- ---- one job ----

local function copy(progress)
  return { completed = progress.completed, failed = progress.failed,
    progress_percent = progress.progress_percent,
    estimated_remaining_seconds = progress.estimated_remaining_seconds }
end

local function processor_of(job, asked)
  local last
  return BatchProcessor.new(asked.provider, {
    max_concurrency = asked.max_concurrency, options = asked.options,
    on_result = function(index, reading, err, file)
      last = result_of(index, file, reading, err)
    end,
    progress_callback = function(progress)
      job.box:put { result = last, progress = copy(progress) }
    end,
  })
end

local function status_of(job, result)
  if job.is_interrupted then return "interrupted" end
  return result and not result.stopped and "completed" or "cancelled"
end

local function run(self, job, asked)
  local writer = task.spawn(write_down, job)
  local watcher = task.spawn(watch, job)
  local ok, result = true, nil
  if not job.is_stopped then
    ok, result = pcall(job.processor.process, job.processor, asked.images)
  end
  if not ok then log.error("batch %s broke off: %s", job.id, tostring(result)) end
  watcher:cancel()
  job.box:put { status = status_of(job, ok and result) }
  writer:join()
  self.running[job.id], self.count = nil, self.count - 1
  asked.done()
end

--- Begins a batch.
---@param asked { provider: table, images: fun(): any, total: integer, max_concurrency: integer,
---  options: table, done: fun() }  images: as `BatchProcessor:process` takes it; done: called at
---  the end
---@return vision.server.JobState|nil
---@return vision.error? err queue_full, invalid_option, or why it cannot be kept
function Jobs:start(asked)
  if self.count >= RUNNING_MAX then
    return nil, errors.new("queue_full", ("%d batches are running, and this service runs no more "
      .. "at a time: try again later"):format(RUNNING_MAX), { retry_after = 10 })
  end
  local id, err = core.random_id()
  if not id then return nil, errors.from(err) end
  local job = { id = id, status = "running", total = asked.total, box = mailbox.new(),
    created_at = clock.wall(), provider = asked.provider.name, saved_at = clock.mono(),
    shelf = self.shelf_now() }
  job.processor, err = processor_of(job, asked)
  if not job.processor then return nil, err end
  self.running[id], self.count = job, self.count + 1
  local ok
  ok, err = job.shelf:put("job:" .. id, json.encode(state_of(job)), KEPT)
  if not ok then
    self.running[id], self.count = nil, self.count - 1
    return nil, err
  end
  job.task = task.spawn(run, self, job, asked)
  return state_of(job)
end

-- ---- what others ask ----

local function shelf_of(self, id)
  local job = self.running[id]
  return job and job.shelf or self.shelf_now()
end

-- Of one that runs here nobody need ask the store.
local function known_state(self, id)
  local job = self.running[id]
  if job then return json.encode(state_of(job)) end
  return self.shelf_now():get("job:" .. id)
end

local function not_found()
  return nil, errors.new("not_found", "there is no such batch; they are kept for a day")
end

--- How far a batch is.
---@param id string
---@return vision.server.JobState|nil
---@return vision.error? err not_found, or why the store cannot be had
function Jobs:state(id)
  local text, err = known_state(self, id)
  if text == nil then return nil, err elseif not text then return not_found() end
  local state = json.decode(text)
  if state.status == "running" and not self.running[id]
    and clock.wall() - date.parse(state.updated_at) > SILENCE then
    state.status = "interrupted"
  end
  return json.with_nulls(state, { "estimated_remaining_seconds" })
end

--- Some of its results, in the order in which they came.
---@param id string
---@param first integer counted from 1
---@param count integer
---@return string[]|nil results JSON each
---@return vision.error? err
function Jobs:results(id, first, count)
  local state, err = self:state(id)
  if not state then return nil, err end
  return shelf_of(self, id):list("results:" .. id, first, count)
end

--- Has a batch cancelled, by whatever worker runs it: within a second.
---@param id string
---@return vision.server.JobState|nil
---@return vision.error? err
function Jobs:cancel(id)
  local state, err = self:state(id)
  if not state then return nil, err end
  local job = self.running[id]
  if job then
    stop(job)
  elseif state.status == "running" then
    local ok
    ok, err = self.shelf_now():put("cancel:" .. id, "1", KEPT)
    if not ok then return nil, err end
  end
  return state
end

--- Waits for the batches of this process, so long at most; what still runs then is given up.
---@param seconds number
function Jobs:finish(seconds)
  local last = task.spawn(function()
    if not task.sleep(seconds) then return end
    for _, job in pairs(self.running) do
      job.is_interrupted = true
      stop(job)
    end
  end)
  local _, job = next(self.running)
  while job do
    job.task:join()
    _, job = next(self.running)
  end
  last:cancel()
end

---@param shelf_now fun(): vision.server.Shelf
---@return vision.server.Jobs
function jobs.new(shelf_now)
  return setmetatable({ shelf_now = shelf_now, running = {}, count = 0 }, Jobs)
end

return jobs
