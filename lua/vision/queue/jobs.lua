-- SPDX-License-Identifier: MIT
-- Jobs in a Redis stream: one is a picture and what is asked about it. It is given to one worker at
-- a time, and to another when nothing was heard of the first for a while.

local core = require "vision.core"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local redis = require "vision.database.redis"
local scripts = require "vision.queue.scripts"

local jobs = {}

local JOBS, DEAD, GROUP = "vision:jobs", "vision:jobs:dead", "workers"
local JOB, PICTURE = "vision:job:", "vision:picture:"

-- Seconds that the end of a job is kept for who follows it, and an uploaded picture for who reads
-- it. What was read stands in the workers' store.
local END_SECONDS, PICTURE_SECONDS = 3600, 86400

--- The most bytes of a picture that is put in Redis, and of an answer.
jobs.PICTURE_MAX = 32 * 1024 * 1024
local ANSWER_MAX = 4 * 1024 * 1024

-- Seconds that a worker waits in the server for the next job.
local BLOCK_SECONDS = 5

---@class vision.Job
---@field key string          digest of the picture's and of the settings
---@field image_hash string
---@field path string?        where the picture is; nil: in Redis
---@field file string         its name, for people
---@field settings table      what is asked: prompt, variables, pages, dpi, no_text_layer
---@field tags string[]?      of its record
---@field message string?     its place in the stream, of one that was taken
---@field deliveries integer? how often it was given to a worker, this time included

---@class vision.Jobs
---@field name string  of the queue: its address without the password
---@field package redis vision.Redis
---@field package reading vision.Redis?  commands that block have a connection of their own
---@field package url string
local Jobs = {}
Jobs.__index = Jobs

--- Opens a queue; waits.
---@param url string redis://[user:password@]host[:port][/number]
---@return vision.Jobs|nil
---@return vision.error? err invalid_option, missing_library, store_unavailable, permission
function jobs.open(url)
  local handle, err = redis.open(url, { wait = false })
  if not handle then return nil, err end
  local reading
  reading, err = redis.new(url, { timeout_seconds = BLOCK_SECONDS + 5, wait = false })
  if not reading then return nil, err end
  return setmetatable({ name = handle.name, redis = handle, reading = reading }, Jobs)
end

function Jobs:close()
  self.redis:close()
  self.reading:close()
end

--- The digest of what is asked.
---@param settings table
---@return string
function jobs.settings_key(settings)
  return core.sha256(json.encode(settings))
end

--- The name under which a picture and what is asked about it are one job.
---@param image_hash string
---@param settings_key string
---@return string
function jobs.key(image_hash, settings_key)
  return core.sha256(image_hash .. settings_key)
end

-- ---- putting in ----

--- Puts a picture in, for workers that do not see this machine's files.
---@param image vision.core.Image
---@return true|nil
---@return vision.error? err too_large, store_unavailable, store_full
function Jobs:upload(image)
  if image:size() > jobs.PICTURE_MAX then
    return nil, errors.new("too_large", ("the picture has %.1f MB; at most %d MB are put in Redis: "
      .. "give the workers the folder"):format(image:size() / 1048576, jobs.PICTURE_MAX / 1048576))
  end
  local ok, err = self.redis:call("SET", PICTURE .. image:sha256(), image, "EX", PICTURE_SECONDS)
  return ok and true, err
end

--- Puts a job in, unless it waits there, is being worked on or was done a while ago.
---@param job vision.Job
---@return boolean|nil fresh whether it was put in
---@return vision.error? err
function Jobs:enqueue(job)
  local fields = { "key", job.key, "image_hash", job.image_hash, "file", job.file, "settings",
    json.encode(job.settings), "tags", json.encode(json.array(job.tags or {})) }
  if job.path then
    fields[#fields + 1], fields[#fields + 2] = "path", job.path
  end
  local state, err = self.redis:eval(scripts.ENQUEUE, { JOBS, JOB .. job.key }, fields)
  if not state then return nil, err end
  return state == ""
end

---@class vision.JobState
---@field state "queued"|"working"|"done"|"dead"
---@field answer table?   of one that is done: a vision.Response
---@field err vision.error? of one that was given up

local function error_of(reason, message)
  return errors.new(errors.REASONS[reason] and reason or "internal", message or reason)
end

--- How a job stands.
---@param key string
---@return vision.JobState|false|nil state false: it is not known there (any more)
---@return vision.error? err
function Jobs:state(key)
  local found, err = self.redis:call("HMGET", JOB .. key, "state", "answer", "reason", "why")
  if not found then return nil, err end
  local state = found[1]
  if not state then return false end
  local answer
  if found[2] then
    answer, err = json.decode(found[2])
    if err then return nil, err end
  end
  return { state = state, answer = answer,
    err = state == "dead" and error_of(found[3], found[4]) or nil }
end

--- Workers that were heard of within the last minute.
---@return integer|nil
---@return vision.error? err
function Jobs:workers()
  local list, err = self.redis:call("XINFO", "CONSUMERS", JOBS, GROUP)
  if not list then return err.word and 0 or nil, not err.word and err or nil end
  local count = 0
  for _, consumer in ipairs(list) do
    if consumer[6] < 60000 then count = count + 1 end
  end
  return count
end

-- ---- taking out ----

--- Makes the group of workers where it is not there, as in a Redis that was begun anew.
---@return boolean|nil made
---@return vision.error? err
function Jobs:prepare()
  local made, err = self.redis:eval(scripts.PREPARE, { JOBS }, { GROUP })
  if not made then return nil, err end
  return made == 1
end

local function job_of(message, key, deliveries, fields)
  local job = {}
  for i = 1, #fields, 2 do job[fields[i]] = fields[i + 1] end
  job.message, job.key, job.deliveries = message, key, deliveries
  job.settings, job.tags = json.decode(job.settings or "{}"), json.decode(job.tags or "[]")
  return job
end

-- What is to be done for messages that were taken, as { message, key, deliveries }.
local function details(self, taken, consumer)
  local commands = {}
  for _, one in ipairs(taken) do
    commands[#commands + 1] = { "HGETALL", JOB .. one[2] }
    commands[#commands + 1] = { "HSET", JOB .. one[2], "state", "working", "worker", consumer }
  end
  if #commands == 0 then return {} end
  local replies, err = self.redis:pipeline(commands)
  if not replies then return nil, err end
  local list = {}
  for i, one in ipairs(taken) do
    list[i] = job_of(one[1], one[2], one[3], replies[2 * i - 1])
  end
  return list
end

local function taken_of(self, consumer, reply, err)
  if reply == nil then return nil, err end
  local taken = {}
  for _, message in ipairs(reply and reply[1][2] or {}) do
    -- One that was removed from the stream has nothing left.
    if message[2] then taken[#taken + 1] = { message[1], message[2][2], 1 } end
  end
  return details(self, taken, consumer)
end

--- Takes jobs that nobody has; waits for one, for some seconds.
---@param consumer string name of the worker
---@param most integer
---@return vision.Job[]|nil
---@return vision.error? err
function Jobs:take(consumer, most)
  return taken_of(self, consumer, self.reading:call("XREADGROUP", "GROUP", GROUP, consumer,
    "COUNT", most, "BLOCK", BLOCK_SECONDS * 1000, "STREAMS", JOBS, ">"))
end

--- Ends a `take` that waits, and all that would come; it fails.
function Jobs:stop_taking()
  self.reading:close()
end

--- The jobs that a worker has, also what was given out when its `take` was ended.
---@param consumer string
---@return vision.Job[]|nil
---@return vision.error? err
function Jobs:taken(consumer)
  return taken_of(self, consumer, self.redis:call("XREADGROUP", "GROUP", GROUP, consumer,
    "STREAMS", JOBS, "0"))
end

--- Takes jobs of workers that were not heard of for a while. What was given out too often is given
--- up instead.
---@param consumer string
---@param most integer
---@param idle_seconds number
---@param max_deliveries integer
---@return vision.Job[]|nil
---@return vision.error? err
function Jobs:claim(consumer, most, idle_seconds, max_deliveries)
  local taken, err = self.redis:eval(scripts.CLAIM, { JOBS, DEAD }, { GROUP, consumer,
    idle_seconds * 1000, most, max_deliveries, JOB, END_SECONDS,
    ("%d workers in a row were lost with it"):format(max_deliveries) })
  if not taken then return nil, err end
  return details(self, taken, consumer)
end

--- Says that jobs are being worked on.
---@param consumer string
---@param list vision.Job[]
---@return table<string, true>|nil lost messages of those that are another's by now, or done
---@return vision.error? err
function Jobs:beat(consumer, list)
  local arguments = { GROUP, consumer }
  for _, job in ipairs(list) do
    arguments[#arguments + 1] = job.message
    arguments[#arguments + 1] = JOB .. job.key
  end
  local found, err = self.redis:eval(scripts.BEAT, { JOBS }, arguments)
  if not found then return nil, err end
  local lost = {}
  for _, message in ipairs(found) do lost[message] = true end
  return lost
end

--- The picture of a job that was put in.
---@param job vision.Job
---@return string|nil bytes
---@return vision.error? err not_found
function Jobs:picture(job)
  local bytes, err = self.redis:call("GET", PICTURE .. job.image_hash)
  if bytes == false then
    return nil, errors.new("not_found", "the picture is not in Redis any more: run the batch again")
  end
  return bytes, err
end

--- Ends a job that went well.
---@param job vision.Job
---@param answer table a vision.Response
---@return any ok
---@return vision.error? err
function Jobs:done(job, answer)
  local text = json.encode(require("vision.response").to_json(answer))
  if #text > ANSWER_MAX then
    answer.description = { summary = answer.description.summary, details = {} }
    answer.warnings = json.array { "the reading is too large for the queue; the store has it" }
    text = json.encode(require("vision.response").to_json(answer))
  end
  return self.redis:eval(scripts.DONE, { JOBS, JOB .. job.key },
    { GROUP, job.message, END_SECONDS, text })
end

--- Gives a job up: it goes among the dead letters, with the reason.
---@param job vision.Job
---@param failure vision.error
---@return any ok
---@return vision.error? err
function Jobs:bury(job, failure)
  return self.redis:eval(scripts.BURY, { JOBS, DEAD, JOB .. job.key }, { GROUP, job.message,
    END_SECONDS, failure.reason, failure.message, job.deliveries })
end

--- Notes why a job failed this time; it is given out again when it was not heard of for a while.
---@param job vision.Job
---@param failure vision.error
---@return any ok
---@return vision.error? err
function Jobs:retry(job, failure)
  return self.redis:call("HSET", JOB .. job.key, "state", "queued", "reason", failure.reason,
    "why", failure.message)
end

return jobs
