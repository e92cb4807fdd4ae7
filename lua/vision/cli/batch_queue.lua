-- SPDX-License-Identifier: MIT
-- The part of `vision batch` that has drawings read by workers, through a queue.

local options = require "vision.cli.options"

local batch_queue = {}

-- Drawings that are in the queue at a time, unless --concurrency says otherwise.
local AHEAD = 100

-- What the workers decide: options of the parsed line, and what they are called.
local OF_WORKERS = {
  provider = "--provider", model = "--model", tile = "--tile", local_only = "--local-only",
  fallback = "--fallback", retries = "--retries", no_cache = "--no-cache", timeout = "--timeout",
  record = "--record-decisions", config = "--config", store = "--store", max_cost = "--max-cost",
}

--- Declares its options.
---@param command table
function batch_queue.options(command)
  command:option "--queue" :argname "URL"
    :description("Have workers read them ('vision worker'), through a queue in Redis: "
      .. "redis://[user:password@]host[:port][/number].")
  command:flag "--upload"
    :description("With --queue: put the drawings into Redis, too, up to 32 MB each, for a day; "
      .. "else the workers open them under the same path.")
end

--- What makes no sense together.
---@param given table the parsed options
---@return string? message
function batch_queue.refusal(given)
  if given.upload and not given.queue then return "--upload needs --queue" end
  if not given.queue then return nil end
  for name, option in pairs(OF_WORKERS) do
    if given[name] then
      return option .. " is for the workers to decide: give it to 'vision worker'"
    end
  end
end

local function folder_of(context)
  local folder = context.environment "PWD"
  return folder and folder:gsub("/*$", "/")
end

-- Workers need the whole path.
local function whole_path(path, folder)
  if path:sub(1, 1) == "/" or not folder then return path end
  return folder .. path:gsub("^%./", "")
end

local function settings_of(given)
  return {
    prompt = given.prompt, variables = options.variables(given.variables), pages = given.pages,
    dpi = given.dpi, no_text_layer = given.no_text_layer,
  }
end

---@class vision.cli.QueueReader
---@field concurrency integer
---@field provider table  its analyze_image puts a picture into the queue and waits for its answer
---@field failures table
---@field close fun()

--- What reads for a batch in the place of a manager.
---@param given table the parsed options
---@param context vision.cli.Context
---@return vision.cli.QueueReader|nil
---@return vision.error? err
function batch_queue.reader(given, context)
  local system, err = require("vision.policy.prompts").get_prompts(given.prompt,
    options.variables(given.variables))
  if not system then return nil, err end
  local queue
  queue, err = require("vision.queue.jobs").open(given.queue)
  if not queue then return nil, err end
  local one = require("vision.queue.follower").new(queue, { settings = settings_of(given),
    tags = given.tags, upload = given.upload or false })
  local folder = folder_of(context)
  return {
    concurrency = given.concurrency or AHEAD, failures = {},
    provider = {
      name = "queue",
      analyze_image = function(_, image, own)
        return one:analyze(image, whole_path(own.file, folder))
      end,
    },
    close = function() one:close() end,
  }
end

return batch_queue
