-- SPDX-License-Identifier: MIT
-- The configuration file, vision.lua: a table as `vision.stack` takes it, and what concerns the
-- whole program. It is a script like all others: it sees no file, no environment, no network.
--
-- Looked for at $VISION_CONFIG, else vision/vision.lua in $XDG_CONFIG_HOME, else in ~/.config. One
-- in the current folder is not taken: whoever hands on a folder of drawings could send your keys to
-- a server of theirs.

local config_fault = require "vision.policy.config_fault"
local errors = require "vision.base.error"
local find = require "vision.policy.find"
local load = require "vision.policy.load"
local option_lists = require "vision.base.options"

local config = {}

-- What is not the stack's.
local PROGRAM = {
  policy = { "options of scripts: kind -> name -> option -> value", type = "table" },
}

local function env(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- Where the file would be.
---@return string? path  nil where there is no home
---@return boolean named  $VISION_CONFIG names it: then it must be there
function config.path()
  local named = env "VISION_CONFIG"
  if named then
    return named, true
  end
  local folder = env "XDG_CONFIG_HOME" or (env "HOME" and env "HOME" .. "/.config")
  return folder and folder .. "/vision/vision.lua", false
end

local function all_options()
  local list = {}
  for _, part in ipairs { PROGRAM, require("vision.stack").OPTIONS } do
    for name, spec in pairs(part) do list[name] = spec end
  end
  return list
end

-- The layers name themselves ("retry: option …"), the file is added here.
local function in_file(path, err)
  local message = err.message:gsub("^stack: ", "")
  if message:find(path, 1, true) ~= 1 then
    message = path .. ": " .. message
  end
  return errors.new("invalid_option", message)
end

-- Values for options of scripts: each script is asked whether it has them.
local function check_policy(values)
  local kinds = require "vision.policy.kinds"
  local scripts = require("vision.policy.generation").new(0, values)
  for _, kind in ipairs(option_lists.names(values)) do
    local by_name = values[kind]
    if not kinds.of(kind) then
      return nil, errors.new("invalid_option", ("policy: there is no kind of script '%s'; there "
        .. "are: %s"):format(kind, table.concat(kinds.NAMES, ", ")))
    elseif type(by_name) ~= "table" then
      return nil, errors.new("invalid_option", ("policy.%s must be a table: name of a script -> "
        .. "option -> value"):format(kind))
    end
    for _, name in ipairs(option_lists.names(by_name)) do
      local script, err = scripts:script(kind, name)
      if not script then
        return nil, err.message:find("^policy%.") and err
          or errors.new(err.reason, ("policy.%s.%s: %s"):format(kind, name, err.message))
      end
    end
  end
  return true
end

-- For the stack, and for the program.
local function parted(raw)
  local tower, program = {}, {}
  for name, value in pairs(raw) do
    if PROGRAM[name] then program[name] = value else tower[name] = value end
  end
  return tower, program
end

---@class vision.Config
---@field path string?    the file; nil where there is none
---@field stack table     as `vision.stack` takes it
---@field policy table?   options of scripts

--- Reads and checks a file.
---@param path string
---@return vision.Config|nil
---@return vision.error? err  script (file, line and reason), invalid_option (file, key and what was
---  expected)
function config.read(path)
  local text, err = find.read(path)
  if not text then
    return nil, err
  end
  local raw, ok
  raw, err = load.text(path, text)
  if not raw then
    return nil, config_fault.of(path, err)
  end
  ok, err = option_lists.check(all_options(), raw, path)
  if not ok then
    return nil, err
  end
  local tower, program = parted(raw)
  ok, err = check_policy(program.policy or {})
  if ok then
    ok, err = require("vision.stack").check(tower)
  end
  if not ok then
    return nil, in_file(path, err)
  end
  program.stack, program.path = tower, path
  return program
end

--- The user's configuration; an empty one where there is no file.
---@param path? string another file; it must be there
---@return vision.Config|nil
---@return vision.error? err  as of `read`, with the file as `configuration`; not_found
function config.load(path)
  local named = path ~= nil
  if not path then
    path, named = config.path()
  end
  local is_there, message = false, nil
  if path then
    is_there, message = find.exists(path)
  end
  if not is_there then
    if named then
      return nil, errors.new("not_found", "VISION_CONFIG names no file that can be read: "
        .. message)
    end
    return { stack = {} }
  end
  local program, err = config.read(path)
  return program, err and errors.with(err, { configuration = path })
end

return config
