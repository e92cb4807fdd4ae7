-- SPDX-License-Identifier: MIT
-- Takes up what users change in their scripts, between two jobs: the folder is read as one
-- generation, checked, and put in place as a whole, or not at all.
--
-- A change is noticed by inotify, and where that sees nothing by a look every two seconds. Only a
-- folder that has been still for a moment is read: an editor writes a file in several steps.

local check = require "vision.policy.check"
local find = require "vision.policy.find"
local log = require "vision.base.log"
local models = require "vision.policy.models"
local prompts = require "vision.policy.prompts"

local reload = {}

local LOOK, STILL = 2, 0.2 -- seconds

-- `vision policy reload` writes a number into this file of the user's folder: a change that every
-- process that watches the folder sees, also where no script has changed.
local NUMBER_FILE = ".generation"

--- What the user's folder looks like now: another text whenever a script was changed, added or
--- removed, or a reload was asked for.
---@return string
function reload.stamp()
  local parts = { find.user_folder() or "", tostring(reload.asked()) }
  for _, file in ipairs((find.user_files(check.FOLDERS))) do
    parts[#parts + 1] = ("%s %d %.6f %.0f"):format(file.path, file.bytes, file.modified, file.id)
  end
  return table.concat(parts, "\n")
end

--- Reads and checks everything, and puts nothing in place.
---@param number integer of the new generation
---@param configured table<string, table<string, table>>
---@param pause? fun() called before each script: others may do something
---@return table|nil whole  { scripts = generation, templates =, catalogue = }
---@return vision.error[] faults
function reload.read(number, configured, pause)
  local sources, faults = check.user_sources()
  local whole = { scripts = check.generation(number, configured, sources), templates = {} }
  for _, source in ipairs(sources) do
    if pause then pause() end
    local value, err = check.source(whole.scripts, source)
    if not value then
      faults[#faults + 1] = err
    elseif source.kind == "prompts" then
      whole.templates[source.name] = value
    elseif source.kind == "" then
      whole.catalogue = value
    end
  end
  if not whole.catalogue and #faults == 0 then
    local err
    whole.catalogue, err = models.read()
    faults[1] = err
  end
  if #faults > 0 then return nil, faults end
  return whole, faults
end

--- Puts a whole in place of what was there.
---@param whole table what `reload.read` gave
function reload.use(whole)
  prompts.replace(whole.templates)
  models.replace(whole.catalogue)
end

-- ---- asked for by hand ----

local function number_path()
  local folder = find.user_folder()
  return folder and folder .. "/" .. NUMBER_FILE
end

--- How often a reload was asked for by hand, in any process.
---@return integer
function reload.asked()
  local path = number_path()
  local text = path and require("vision.core").read_file(path, 20)
  return tonumber((text or ""):match "^%d+") or 0
end

--- Asks every process that watches the user's folder to read it again.
---@return integer|nil number
---@return string? message why it cannot be written
function reload.ask()
  local path = number_path()
  if not path then return nil, "there is no home, so no folder of scripts" end
  local number = reload.asked() + 1
  local file, message = io.open(path .. ".new", "wb")
  if not file then return nil, message end
  local ok
  ok, message = file:write(("%d\n"):format(number))
  file:close()
  if ok then ok, message = os.rename(path .. ".new", path) end
  if not ok then return nil, message end
  return number
end

-- ---- watching ----

local function folders()
  local user = find.user_folder()
  local list = { user }
  for _, name in ipairs(user and check.FOLDERS or {}) do list[#list + 1] = user .. "/" .. name end
  return list
end

--- Waits until the folder is still.
---@param stamp fun(): string
---@param sleep fun(seconds: number): true?, table?
---@return string|nil stamp  nil: the one who waits was cancelled
function reload.settle(stamp, sleep)
  local now = stamp()
  while sleep(STILL) do
    local later = stamp()
    if later == now then return now end
    now = later
  end
end

local function say(faults)
  for _, err in ipairs(faults) do
    log.error("%s; the scripts that were there stay in force", err.message)
  end
end

--- Watches until the task is cancelled, and takes up each change.
---@param take fun(pause: fun()): any|nil, vision.error[]  reads and puts in place; what is wrong
---  otherwise
function reload.follow(take)
  local core, task = require "vision.core", require "vision.base.task"
  local seen
  while true do
    local watch = assert(core.watch(folders(), LOOK))
    local now = reload.stamp()
    if now ~= seen then
      seen = reload.settle(reload.stamp, task.sleep)
      if seen then
        -- Whatever happens, the watch goes on. A script may take a second to be read: between two
        -- of them the others have their turn.
        local ok, whole, faults = pcall(take, function() task.sleep(0) end)
        if not ok then faults = { { message = tostring(whole) } } end
        if ok and whole then log.info "the scripts were read again and are in force" end
        say(faults)
      end
    elseif not task.wait(watch) then
      seen = nil
    end
    watch:close()
    if not seen then return end
  end
end

return reload
