-- SPDX-License-Identifier: MIT
-- Many pictures through one provider, a few at a time. One that fails keeps no other from being
-- read, and no more pictures are held than are being read.

local errors = require "vision.base.error"
local folder = require "vision.drawing.folder"
local layer = require "vision.layers.layer"
local log = require "vision.base.log"
local clock = require "vision.base.clock"
local mailbox = require "vision.base.mailbox"
local option_lists = require "vision.base.options"
local patience = require "vision.ensemble.patience"
local Progress = require "vision.ensemble.progress"
local task = require "vision.base.task"

local batch = {
  load_images = folder.load_images,
  load_images_from_directory = folder.load_images_from_directory,
}

local OPTIONS = {
  max_concurrency = { "pictures read at the same time", type = "integer", min = 1, max = 1000,
    default = 5 },
  progress_callback = { "called with a BatchProgress after each picture", type = "function" },
  on_result = { "called with index, reading or false, error and path as each ends; then neither "
    .. "readings nor errors are kept", type = "function" },
  options = { "for analyze_image", type = "table" },
}

---@class vision.BatchResult
---@field total integer       pictures that were begun
---@field completed integer
---@field failed integer
---@field results (vision.VisionDescription|false)[] by index, false where it failed
---@field errors table<integer, vision.error>
---@field paths table<integer, string>  of those that came from files
---@field total_time_ms number
---@field success_rate number completed / total; 0 of none
---@field stopped boolean     it was ended before its end

---@class vision.BatchProcessor
---@field package provider table
---@field package config table
---@field package run table?  the batch under way
local BatchProcessor = {}
BatchProcessor.__index = BatchProcessor

--- @param provider table
--- @param given? { max_concurrency: integer?, progress_callback: function?, on_result: function?,
---   options: table? }
---@return vision.BatchProcessor|nil
---@return vision.error? err invalid_option
function BatchProcessor.new(provider, given)
  if not layer.is_provider(provider) then error("BatchProcessor wants a provider", 2) end
  local options, err = option_lists.check(OPTIONS, given, "batch")
  if not options then return nil, err end
  return setmetatable({ provider = provider, config = options }, BatchProcessor)
end

-- ---- where the pictures come from ----

-- A function that gives image, path; false, path, error; nil at the end. And how many there are.
local function source_of(images)
  local meta = type(images) == "table" and getmetatable(images)
  if type(images) == "function" or meta and meta.__call then return images end
  if type(images) ~= "table" then
    error("a batch wants a list of images or an iterator, not a " .. type(images), 3)
  end
  local i = 0
  return function()
    i = i + 1
    return images[i]
  end, #images
end

-- A folder's files are counted meanwhile.
local function start_counting(run, images)
  if type(images) == "table" and images.count then
    run.counter = task.spawn(function() run.total = images:count() end)
  end
end

-- ---- one picture ----

-- A record tells where its picture came from.
local function options_of(self, path)
  if not path then return self.config.options end
  local options = layer.copy(self.config.options or {})
  options.file = options.file or path
  return options
end

local function analyze(self, run, index, image)
  local provider = self.provider
  local reading, err = run.patience:read(function()
    return provider:analyze_image(image, options_of(self, run.paths[index]))
  end)
  run.ends:put { index = index, reading = reading or false, err = not reading and err or nil }
end

local function begin(self, run, image, path, err)
  run.begun = run.begun + 1
  local index = run.begun
  run.paths[index] = path
  if image then
    run.tasks[index] = task.spawn(analyze, self, run, index, image)
  else
    run.ends:put { index = index, reading = false, err = err }
  end
end

-- What a program's own function does wrong must not end the batch.
local function call(run, name, callback, ...)
  if not callback or run.faulty[name] then return end
  local ok, message = pcall(callback, ...)
  if not ok then
    run.faulty[name] = true
    log.warn("batch: %s failed and is not called again: %s", name, tostring(message))
  end
end

local function record(self, run, ended)
  local config, result, index = self.config, run.result, ended.index
  run.tasks[index] = nil
  if config.on_result then
    call(run, "on_result", config.on_result, index, ended.reading, ended.err, run.paths[index])
    run.paths[index] = nil
  else
    result.results[index], result.errors[index] = ended.reading, ended.err
  end
  run.progress:ended(ended.reading and true or false, run.exhausted and run.begun or run.total)
  call(run, "progress_callback", config.progress_callback, run.progress)
  if run.notices then run.notices:progress(run.progress) end
end

-- ---- all of them ----

-- Takes pictures in as long as there is room.
local function fill(self, run, next_image)
  while not run.exhausted and not run.stopped
    and run.begun - run.progress.count < self.config.max_concurrency do
    local image, path, err = next_image()
    if image == nil then
      run.exhausted = true
    elseif err and errors.is(err) and err.reason == "cancelled" then
      return nil, err
    elseif not run.stopped then -- while it was opened
      begin(self, run, image, path, err)
    end
  end
  return true
end

-- Everything under way is given up; what it would have said is that.
local function give_up(self, run, err)
  run.stopped = true
  for index = 1, run.begun do
    local running = run.tasks[index]
    if running then
      running:cancel(err)
      record(self, run, { index = index, reading = false, err = err })
    end
  end
end

local function go_through(self, run, next_image)
  while true do
    local ok, err = fill(self, run, next_image)
    if ok and run.begun == run.progress.count then return end
    local ended
    if ok then
      ended, err = run.ends:take()
    end
    if not ended then return give_up(self, run, err) end
    record(self, run, ended)
  end
end

local function result_of(run, seconds)
  local result, progress = run.result, run.progress
  result.total, result.completed, result.failed = run.begun, progress.completed, progress.failed
  result.success_rate = run.begun > 0 and progress.completed / run.begun or 0
  result.total_time_ms = seconds * 1000
  result.stopped = run.stopped or false
  return result
end

-- Who is to be told of the batch, where the provider tells of what it does.
local function notices_of(provider)
  local manager = provider.webhook_manager
  return manager and require("vision.webhooks.batch_notices").new(manager)
end

--- Reads pictures. Waits for all of them. Where the one who waits is cancelled, what is under way
--- is given up, and what was done is returned as `stopped`.
---@param images (vision.core.Image|string)[]|fun(): any  handles, or bytes; or an iterator such as
---  `load_images_from_directory` gives
---@return vision.BatchResult
function BatchProcessor:process(images)
  if self.run then error("this batch processor is at work: make another one", 2) end
  local next_image, total = source_of(images)
  local paths = {}
  local run = {
    total = total, begun = 0, tasks = {}, paths = paths, faulty = {}, ends = mailbox.new(),
    progress = Progress.new(total), result = { results = {}, errors = {}, paths = paths },
    notices = notices_of(self.provider), patience = patience.new(),
  }
  local started = clock.mono()
  self.run = run
  start_counting(run, images)
  if run.notices then run.notices:started(total) end
  local ok, message = pcall(go_through, self, run, next_image)
  if not ok then give_up(self, run, errors.new("cancelled", "the batch broke off")) end
  if run.counter then run.counter:cancel() end
  self.run = nil
  local result = result_of(run, clock.mono() - started)
  if run.notices then run.notices:completed(result) end
  if not ok then error(message, 0) end
  return result
end

--- Begins no further picture; `process` returns when those under way have ended.
---@param at_once? boolean those are cancelled, too
function BatchProcessor:stop(at_once)
  local run = self.run
  if not run then return end
  run.stopped = true
  for index = 1, at_once and run.begun or 0 do
    if run.tasks[index] then run.tasks[index]:cancel() end
  end
end

--- Reads pictures, a few at a time.
---@param provider table
---@param images table|function as for `BatchProcessor:process`
---@param given? table as for `BatchProcessor.new`
---@return vision.BatchResult|nil
---@return vision.error? err invalid_option
function batch.process_images_batch(provider, images, given)
  local processor, err = BatchProcessor.new(provider, given)
  if not processor then return nil, err end
  return processor:process(images)
end

batch.BatchProcessor = BatchProcessor

return batch
