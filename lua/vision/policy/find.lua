-- SPDX-License-Identifier: MIT
-- Where scripts lie. A file in the user's folder stands before the shipped one of the same name.
--
--   the user's   $VISION_SCRIPTS, else vision/scripts in $XDG_CONFIG_HOME, else in ~/.config
--   shipped      scripts/ beside the modules (installed), or scripts/ of the checkout

local errors = require "vision.base.error"

local find = {}

-- Largest script in bytes; a catalogue of models is 20 KB.
local MAX_BYTES = 1024 * 1024

-- By C: no pipe or device is opened, which might have no end or never begin.
local function read_file(path, max_bytes)
  return require("vision.core").read_file(path, max_bytes)
end

--- Whether there is a file that can be read.
---@param path string
---@return boolean
---@return string? message why not
function find.exists(path)
  local text, err = read_file(path, 1) -- a byte of it tells
  local is_there = text ~= nil or err.reason == "too_large" or err.reason == "is_directory"
  return is_there, err and err.message
end

local here = debug.getinfo(1, "S").source:match "^@(.*)/policy/find%.lua$" or "lua/vision"

local shipped

--- The folder of the scripts that came with the program.
---@return string
function find.shipped_folder()
  if not shipped then
    local installed = here .. "/scripts"
    shipped = find.exists(installed .. "/models.lua") and installed or here .. "/../../scripts"
  end
  return shipped
end

--- The folder of the user's own scripts; it need not exist.
---@return string? folder nil where there is no home
function find.user_folder()
  local folder = os.getenv "VISION_SCRIPTS"
  if folder and folder ~= "" then
    return folder
  end
  local config, home = os.getenv "XDG_CONFIG_HOME", os.getenv "HOME"
  if config and config ~= "" then
    return config .. "/vision/scripts"
  end
  return home and home ~= "" and home .. "/.config/vision/scripts" or nil
end

--- The shipped script of a name.
---@param name string relative, for instance "prompts/general.lua"
---@return string? path
function find.shipped(name)
  local path = find.shipped_folder() .. "/" .. name
  return find.exists(path) and path or nil
end

--- The script of a name, the user's before the shipped one.
---@param name string relative, for instance "prompts/general.lua"
---@return string? path
---@return "user"|"shipped"|nil origin
function find.script(name)
  local user = find.user_folder()
  if user and find.exists(user .. "/" .. name) then
    return user .. "/" .. name, "user"
  end
  local path = find.shipped(name)
  return path, path and "shipped"
end

--- The text of a script.
---@param path string
---@return string|nil text
---@return vision.error? err reason "script"
function find.read(path)
  local text, err = read_file(path, MAX_BYTES)
  if not text then
    return nil, errors.new("script", err.message)
  elseif #text == 0 then
    return nil, errors.new("script", path .. ": it is empty")
  end
  return text
end

-- The scripts that lie directly in a folder, none where there is no such folder; the fault where it
-- cannot be read.
local function scripts_in(folder)
  local entries, err = require("vision.core").folder(folder)
  local found = {}
  for _, entry in ipairs(entries or {}) do
    local name = entry.kind == "file" and entry.name:match "^([%w_-]+)%.lua$"
    if name then
      entry.name, entry.path = name, folder .. "/" .. entry.name
      found[#found + 1] = entry
    end
  end
  table.sort(found, function(a, b) return a.name < b.name end)
  return found, err and err.reason ~= "not_found" and errors.from(err) or nil
end

--- Names of all scripts of a kind, without ".lua", in order.
---@param kind string a folder, for instance "prompts"
---@return string[]
function find.names(kind)
  local set, names = {}, {}
  for _, folder in ipairs { find.shipped_folder(), find.user_folder() } do
    for _, entry in ipairs(scripts_in(folder .. "/" .. kind)) do
      set[entry.name] = true
    end
  end
  for name in pairs(set) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

---@class vision.policy.File
---@field kind string     the folder it lies in; "" for models.lua
---@field name string     without ".lua"
---@field path string
---@field bytes integer
---@field modified number seconds since 1970
---@field id number       another file of the same name has another one

--- The user's own scripts, in order.
---@param kinds string[] the folders to look into
---@return vision.policy.File[]
---@return vision.error[] faults  of folders that cannot be read
function find.user_files(kinds)
  local folder, files, faults = find.user_folder(), {}, {}
  local function add(kind, path, only)
    local found, err = scripts_in(path)
    for _, file in ipairs(found) do
      file.kind = kind
      if not only or file.name == only then files[#files + 1] = file end
    end
    faults[#faults + 1] = err
  end
  for _, kind in ipairs(folder and kinds or {}) do add(kind, folder .. "/" .. kind) end
  if folder then add("", folder, "models") end
  return files, faults
end

return find
