-- SPDX-License-Identifier: MIT
-- Batches that run beside the requests: begun by one, asked about by others. What is known of a job
-- lies on the shelf, so that any worker that shares it can answer. Its pictures lie in a folder,
-- where there is one: then another worker goes on with a job whose worker has died.

local clock = require "vision.base.clock"
local core = require "vision.core"
local date = require "vision.base.date"
local errors = require "vision.base.error"
local folders = require "vision.server.jobs.folder"
local job = require "vision.server.jobs.job"
local json = require "vision.base.json"
local lease = require "vision.server.jobs.lease"
local log = require "vision.base.log"
local task = require "vision.base.task"

local jobs = {}

-- Jobs at a time in this process: each holds its pictures.
local RUNNING_MAX = 16

-- Seconds between two looks for jobs that are nobody's.
local LOOK = 1

-- Results that are looked at at once, of a job that is taken over.
local PAGE = 50

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
---@field package app vision.App          its engine may be another one after a new configuration
---@field package folder vision.server.JobFolder|false
---@field package running table<string, vision.server.Job>
---@field package count integer
---@field package watcher vision.Task?
local Jobs = {}
Jobs.__index = Jobs

-- ---- one that is this process's ----

local function run(self, one)
  one:run()
  self.running[one.id], self.count = nil, self.count - 1
  one.engine:release()
end

-- The engine is used longer than the request.
local function begin(self, one)
  one.engine:hold()
  self.running[one.id], self.count = one, self.count + 1
  one.task = task.spawn(run, self, one)
end

-- ---- a new one ----

local function too_many()
  return errors.new("queue_full", ("%d batches are running, and this service runs no more at a "
    .. "time: try again later"):format(RUNNING_MAX), { retry_after = 10 })
end

-- Puts the pictures where others find them.
local function store(self, id, plan)
  if not self.folder then return true end
  local pictures = {}
  for index, entry in ipairs(plan.entries) do
    pictures[index], entry.image = entry.image, nil
  end
  return self.folder:keep(id, plan, pictures)
end

local function all_of(plan)
  local list = {}
  for index = 1, plan.total do list[index] = index end
  return list
end

local function accept(self, one)
  local ok, err = store(self, one.id, one.plan)
  if ok then ok, err = one.lease:write(one:state()) end
  if ok then return true end
  if self.folder then self.folder:remove(one.id) end
  one.lease:release()
  return nil, err
end

local function made(self, provider, plan)
  local engine = self.app.engine
  local id, err = core.random_id()
  if not id then return nil, errors.from(err) end
  local own
  own, err = lease.take(engine.shelf, id)
  if not own then return nil, err end
  return job.new { app = self.app, engine = engine, id = id, lease = own, folder = self.folder,
    plan = plan, provider = provider, left = all_of(plan), completed = 0, failed = 0 }
end

--- Begins a batch.
---@param provider table
---@param plan vision.server.JobPlan
---@return vision.server.JobState|nil
---@return vision.error? err queue_full, invalid_option, or why it cannot be kept
function Jobs:start(provider, plan)
  if self.count >= RUNNING_MAX then return nil, too_many() end
  plan.total, plan.created_at = #plan.entries, clock.wall()
  self.count = self.count + 1 -- its place, while it is put down
  local one, err = made(self, provider, plan)
  local ok
  if one then ok, err = accept(self, one) end
  self.count = self.count - 1
  if not ok then return nil, err end
  begin(self, one)
  return one:state()
end

-- ---- one that is nobody's ----

-- What has a result is not read again.
local function left_of(shelf, id, plan)
  local has, list, at = {}, {}, 1
  repeat
    local page, err = shelf:list("results:" .. id, at, PAGE)
    if not page then return nil, err end
    for _, text in ipairs(page) do has[json.decode(text).index] = true end
    at = at + PAGE
    task.breathe()
  until #page < PAGE
  for index = 1, plan.total do
    if not has[index] then list[#list + 1] = index end
  end
  return list
end

-- Whom it asks may lack his key by now: then that is said of each picture.
local function provider_of(engine, name)
  local provider, err = engine:provider(name)
  return provider or { name = name, capabilities = {},
    analyze_image = function() return nil, err end }
end

local function resumed(self, engine, own, plan, state)
  local id = state.job_id
  local left, err = left_of(engine.shelf, id, plan)
  if not left then return nil, err end
  local one
  one, err = job.new { app = self.app, engine = engine, id = id, lease = own, plan = plan,
    folder = self.folder, provider = provider_of(engine, plan.provider), left = left,
    completed = state.completed, failed = state.failed }
  if not one then return nil, err end
  if engine.shelf:get("cancel:" .. id) then one:stop() end
  local ok
  ok, err = own:write(one:state())
  return ok and one, err
end

-- One that was never acknowledged, has ended or is too old is cleared away.
local function go_on(self, engine, id, own)
  local text, err = engine.shelf:get("job:" .. id)
  if text == nil then return nil, err end
  local plan, state = self.folder:plan(id), text and json.decode(text)
  if not plan or not state or state.status ~= "running" then
    self.folder:remove(id)
    return false
  end
  local one
  one, err = resumed(self, engine, own, plan, state)
  if not one then return one, err end
  log.info("batch %s is gone on with: %d of %d pictures are left", id, #one.left, plan.total)
  begin(self, one)
  return true
end

local function take_up(self, engine, id)
  local is_free, there = lease.is_free(engine.shelf, id)
  if not is_free then return is_free, there end
  local own, err = lease.take(engine.shelf, id, there)
  if not own then return own, err end
  local is_begun
  is_begun, err = go_on(self, engine, id, own)
  if not is_begun then own:release() end
  return is_begun, err
end

local function look(self)
  local engine = self.app.engine
  local ids, err = self.folder:ids()
  engine:hold()
  for _, id in ipairs(ids or {}) do
    if not self.running[id] and self.count < RUNNING_MAX then
      local is_begun, failed = take_up(self, engine, id)
      if is_begun == nil then err = failed end
    end
  end
  engine:release()
  return err
end

local function keep_looking(self)
  local told
  repeat
    local err = look(self)
    if err and err.message ~= told then log.warn("batches to go on with: %s", err.message) end
    told = err and err.message
  until not task.sleep(LOOK)
end

--- Goes on with batches whose process has ended, from now on.
function Jobs:watch()
  if self.folder then self.watcher = task.spawn(keep_looking, self) end
end

-- ---- what others ask ----

-- What every worker says, so that nothing ever goes back: also of one that runs here, unless the
-- store is away.
local function known_state(self, id)
  local text, err = self.app.engine.shelf:get("job:" .. id)
  if text then return json.decode(text) end
  local one = err and self.running[id]
  if one then return one:state() end
  return nil, err
end

local function not_found()
  return nil, errors.new("not_found", "there is no such batch; they are kept for a day")
end

-- Silent for longer than a lease, and nobody can go on with it.
local function is_gone(self, id, state)
  return state.status == "running" and not self.running[id]
    and clock.wall() - date.parse(state.updated_at) > lease.SECONDS
    and not (self.folder and self.folder:has(id))
end

--- How far a batch is.
---@param id string
---@return vision.server.JobState|nil
---@return vision.error? err not_found, or why the store cannot be had
function Jobs:state(id)
  local state, err = known_state(self, id)
  if not state then
    if err then return nil, err end
    return not_found()
  end
  if is_gone(self, id, state) then state.status = "interrupted" end
  state.lease = nil
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
  return self.app.engine.shelf:list("results:" .. id, first, count)
end

--- Has a batch cancelled, by whatever worker runs it: within a second.
---@param id string
---@return vision.server.JobState|nil
---@return vision.error? err
function Jobs:cancel(id)
  local state, err = self:state(id)
  if not state then return nil, err end
  local one = self.running[id]
  if one then
    one:stop()
  elseif state.status == "running" then
    local ok
    ok, err = self.app.engine.shelf:put("cancel:" .. id, "1", lease.KEPT)
    if not ok then return nil, err end
  end
  return state
end

--- Waits for the batches of this process, so long at most; what still runs then is left to another
--- process, or given up where none can go on with it.
---@param seconds number
function Jobs:finish(seconds)
  if self.watcher then
    self.watcher:cancel()
    self.watcher:join()
  end
  local last = task.spawn(function()
    if not task.sleep(seconds) then return end
    for _, one in pairs(self.running) do one:leave() end
  end)
  local _, one = next(self.running)
  while one do
    one.task:join()
    _, one = next(self.running)
  end
  last:cancel()
end

---@param app vision.App
---@param path string?  the folder where jobs lie, so that they outlive their process
---@return vision.server.Jobs
function jobs.new(app, path)
  return setmetatable({ app = app, folder = path and folders.new(path) or false, running = {},
    count = 0 }, Jobs)
end

return jobs
