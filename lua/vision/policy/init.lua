-- SPDX-License-Identifier: MIT
-- What the program asks users' scripts. `require` reads no script and starts nothing.
--
--   local policies = policy.begin()                  at the start of a job: its generation
--   local names, err = policies:decide("failover", "priority", { endpoints = …, job = … })
--   policy.decide(kind, name, input)                 the same with the generation of now
--   policy.watch()                                   something long-lived takes changes up

local generation = require "vision.policy.generation"

local policy = {}

local configured = {} -- kind -> name of the script -> option -> value
local current -- the generation in force
local record -- writes decisions down, when asked to
local following -- the task that watches

local function put_in_force(scripts)
  scripts.record = record
  current = scripts
  return current
end

--- Gives the options that scripts declare their values, from the configuration. Jobs that begin
--- from now on see them.
---@param values table<string, table<string, table<string, any>>>? kind -> name -> option -> value
function policy.configure(values)
  configured, current = values or {}, nil
end

--- What `configure` was given last.
---@return table<string, table<string, table<string, any>>>
function policy.configured()
  return configured
end

--- The generation of scripts that is in force now. A job asks for it once and keeps it, so that it
--- ends with the scripts it began with.
---@return vision.policy.Generation
function policy.begin()
  return current or put_in_force(generation.new(1, configured))
end

--- Asks a script of the generation that is in force now; see `vision.policy.Generation.decide`.
---@param kind string
---@param name string?
---@param input table
---@return any|nil output nil: the caller's own default stands
---@return vision.error? err what was wrong with the script; logged, and the default decision taken
function policy.decide(kind, name, input)
  return policy.begin():decide(kind, name, input)
end

--- A script: whether it is there, what it declares.
---@param kind string
---@param name string?
---@return vision.policy.Script|nil
---@return vision.error? err invalid_option: there is none; script: it is faulty
function policy.script(kind, name)
  return policy.begin():script(kind, name)
end

--- Reads and checks the user's folder, and puts it in force as a whole: scripts, prompts, models.
---@param pause? fun() called before each script: others may do something
---@return vision.policy.Generation|nil
---@return vision.error[] faults  one for each script that is wrong: then nothing has changed
function policy.reload(pause)
  local reload = require "vision.policy.reload"
  local whole, faults = reload.read(current and current.number + 1 or 1, configured,
    pause)
  if not whole then return nil, faults end
  reload.use(whole)
  return put_in_force(whole.scripts), faults
end

--- Takes changes of the user's scripts up from now on; for what is long-lived. What is wrong with
--- them is logged, and the old ones stay. Once a process: a second call changes nothing.
function policy.watch()
  if following and not following:done() then return end
  following = require("vision.base.task").spawn(require("vision.policy.reload").follow,
    policy.reload)
end

--- Ends that.
function policy.unwatch()
  if following then following:cancel() end
  following = nil
end

--- Writes each decision from now on into a file, one JSON object a line, for `vision policy diff`.
---@param path string? it is appended to; nil: no more
---@return true|nil
---@return vision.error? err it cannot be written
function policy.record(path)
  local err
  record, err = require("vision.policy.record").to(path)
  if current then current.record = record end
  if err then return nil, err end
  return true
end

return policy
