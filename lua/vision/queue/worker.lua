-- SPDX-License-Identifier: MIT
-- Takes jobs from a queue and has them read, several at a time, until it is told to stop.
--
-- A job ends when its result is stored: then its message goes. Whatever happens before, it is
-- given out again. So a worker may be killed at any moment; what it had is claimed by another when
-- nothing was heard of it for `claim_seconds`.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"
local insist = require "vision.queue.insist"
local log = require "vision.base.log"
local mailbox = require "vision.base.mailbox"
local option_lists = require "vision.base.options"
local patience = require "vision.ensemble.patience"
local task = require "vision.base.task"

local worker = {}

local OPTIONS = {
  jobs = { "the queue, for this worker alone", type = "table" },
  read = { "reads a picture: (image, job) -> answer or nil, err", type = "function" },
  on_end = { "told of each job: (job, answer, err, what became of it)", type = "function" },
  concurrency = { "jobs at the same time", type = "integer", min = 1, max = 1000, default = 5 },
  claim_seconds = { "seconds without a word after which another worker takes a job",
    type = "number", min = 0.1, max = 86400, default = 60 },
  max_deliveries = { "how often a job is tried", type = "integer", min = 1, max = 1000,
    default = 5 },
}

-- Seconds until a store is asked again that was away.
local PAUSE = 1

---@class vision.Worker
---@field name string         its consumer's, in Redis
---@field package running table<string, { job: vision.Job, task: vision.Task }>  by message
---@field package count integer
---@field package stopping boolean
---@field package away table<string, boolean>  what was told to be away
local Worker = {}
Worker.__index = Worker

local function unique_name()
  return core.sha256(("%.17g %.17g"):format(clock.random(), clock.wall())):sub(1, 16)
end

--- A worker; `run` lets it work.
---@param given table jobs, read; on_end, concurrency (5), claim_seconds (60), max_deliveries (5)
---@return vision.Worker|nil
---@return vision.error? err invalid_option
function worker.new(given)
  local config, err = option_lists.check(OPTIONS, given, "worker")
  if not config then return nil, err end
  return setmetatable({
    name = unique_name(), config = config, jobs = config.jobs, running = {}, count = 0,
    ended = mailbox.new(), stopping = false, away = {},
  }, Worker)
end

-- Says that something is away, once, and that it is back.
local function told(self, what, err)
  local was = self.away[what]
  self.away[what] = err ~= nil and err ~= false
  if err and not was then
    log.warn("%s is away, the worker waits for it: %s", what, err.message)
  elseif was and not err then
    log.warn("%s is there again", what)
  end
end

local function keep_at(self, body)
  return insist(body, function(err) told(self, "the queue", err) end)
end

-- ---- one job ----

-- What another worker may see although this one does not.
local ELSEWHERE = { not_found = true, unreadable = true, is_directory = true }

local function open_file(job)
  local image, err = images.image_file(job.path)
  if image then return image end
  local hint = ELSEWHERE[err.reason] and " (is the folder shared with this worker?)" or ""
  return nil, errors.new(err.reason, err.message .. hint, { retryable = ELSEWHERE[err.reason] })
end

local function open_uploaded(self, job)
  local bytes, err = self.jobs:picture(job)
  if not bytes then return nil, err end
  return images.image_bytes(bytes)
end

local function picture_of(self, job)
  if not job.image_hash then
    return nil, errors.new("not_found", "nothing is known of the job: it was removed from Redis")
  end
  local image, err
  if job.path then image, err = open_file(job) else image, err = open_uploaded(self, job) end
  if image and image:sha256() ~= job.image_hash then
    return nil, errors.new("input", "the file has changed since it was put into the queue")
  end
  return image, err
end

local function attempt(self, job)
  local image, err = picture_of(self, job)
  if not image then return nil, err end
  local answer
  answer, err = self.config.read(image, job)
  image:close()
  return answer, err
end

-- Whether it is to go on after it.
local function rest(self, seconds)
  local over = clock.mono() + seconds
  while not self.stopping and clock.mono() < over do
    if not task.sleep(math.min(PAUSE, over - clock.mono())) then return false end
  end
  return not self.stopping
end

-- A store or a provider that is away is waited for: the job would fail elsewhere, too.
local function read(self, job)
  while true do
    local ok, answer, err = pcall(attempt, self, job)
    if not ok then answer, err = nil, errors.from(answer) end
    local reason = err and err.reason
    told(self, "the store", reason == "store_unavailable" and err)
    told(self, "the provider", reason == "circuit_open" and err)
    local pause = reason == "store_unavailable" and PAUSE or patience.pause(err)
    if not pause or not rest(self, pause) then return answer, err end
  end
end

local function report(self, job, answer, err)
  if answer then
    return "done", keep_at(self, function() return self.jobs:done(job, answer) end)
  elseif (err.retryable or patience.pause(err)) and job.deliveries < self.config.max_deliveries then
    return "retry", self.jobs:retry(job, err)
  end
  return "dead", keep_at(self, function() return self.jobs:bury(job, err) end)
end

local function work(self, job)
  local answer, err = read(self, job)
  local what = "left"
  if not task.stopped() then what = report(self, job, answer, err) end
  self.running[job.message] = nil
  self.count = self.count - 1
  self.ended:put(true)
  if self.config.on_end then self.config.on_end(job, answer, err, what) end
end

local function start(self, list)
  for _, job in ipairs(list) do
    self.count = self.count + 1
    self.running[job.message] = { job = job, task = task.spawn(work, self, job) }
  end
end

local function free(self) return self.config.concurrency - self.count end

-- ---- the queue ----

-- What Redis calls it when the stream is not there (any more).
local GONE = { NOGROUP = true, UNBLOCKED = true }

-- A Redis that was begun anew has no group.
local function take(self)
  if self.stopping then return {} end
  local list, err = self.jobs:take(self.name, free(self))
  if list or self.stopping then return list or {} end
  if not GONE[err.word] then return nil, err end
  local _, failed = self.jobs:prepare()
  return not failed and {} or nil, failed
end

local function fetch(self)
  while not self.stopping do
    local list, err = {}, nil
    if free(self) > 0 then
      list, err = keep_at(self, function() return take(self) end)
    elseif not self.ended:take() then
      return true -- this task was stopped
    end
    if not list then return nil, err end
    start(self, list)
  end
  return true
end

-- What was given out in the moment in which it stopped taking.
local function fetch_last(self)
  for _, job in ipairs(self.jobs:taken(self.name) or {}) do
    if not self.running[job.message] then start(self, { job }) end
  end
end

local function beat(self)
  local list = {}
  for _, one in pairs(self.running) do list[#list + 1] = one.job end
  if #list == 0 then return end
  for message in pairs(self.jobs:beat(self.name, list) or {}) do
    local one = self.running[message]
    if one then one.task:cancel(errors.new("cancelled", "another worker has this job")) end
  end
end

local function claim(self)
  if self.stopping or free(self) == 0 then return end
  start(self, self.jobs:claim(self.name, free(self), self.config.claim_seconds,
    self.config.max_deliveries) or {})
end

-- What fails here is told by who fetches.
local function keep(self)
  repeat
    beat(self)
    claim(self)
  until not task.sleep(self.config.claim_seconds / 3)
end

--- Works until it is stopped and what it had is done. Waits.
---@return true|nil
---@return vision.error? err where the queue refuses it
function Worker:run()
  local made, err = self.jobs:prepare()
  if made == nil then return nil, err end
  local keeper = task.spawn(keep, self)
  made, err = fetch(self)
  if made and not self.at_once then fetch_last(self) end
  while self.count > 0 and self.ended:take() do end
  if self.count > 0 then self:stop(true) end -- this task was stopped itself
  keeper:cancel()
  keeper:join()
  return made, err
end

--- Takes no further job; `run` returns when those under way have ended.
---@param at_once? boolean they are left to other workers
function Worker:stop(at_once)
  self.stopping, self.at_once = true, at_once or false
  self.jobs:stop_taking()
  self.ended:put(true)
  for _, one in pairs(at_once and self.running or {}) do one.task:cancel() end
end

return worker
