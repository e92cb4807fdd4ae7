-- SPDX-License-Identifier: MIT
-- Checks a script as it is when it is taken up: it is read, its shape and options are looked at,
-- and it is asked once, with the sample of its kind.

local errors = require "vision.base.error"
local find = require "vision.policy.find"
local generation = require "vision.policy.generation"
local kinds = require "vision.policy.kinds"
local models = require "vision.policy.models"
local options = require "vision.base.options"
local prompts = require "vision.policy.prompts"

local check = {}

--- The folders of all scripts.
check.FOLDERS = { "prompts" }
for _, kind in ipairs(kinds.NAMES) do check.FOLDERS[#check.FOLDERS + 1] = kind end

--- The generation that scripts of the user's make, those of the program behind them.
---@param number integer
---@param configured table<string, table<string, table>>
---@param sources vision.policy.Source[]
---@return vision.policy.Generation
function check.generation(number, configured, sources)
  local known = {}
  for _, source in ipairs(sources) do known[source.kind .. "/" .. source.name] = source end
  return generation.new(number, configured, known)
end

--- Checks one script.
---@param scripts vision.policy.Generation  that it belongs to
---@param source vision.policy.Source       kind "prompts", "" (models.lua) or one that decides
---@return vision.PromptTemplate|table|vision.policy.Script|nil value  what it is
---@return vision.error? err reason "script", or "invalid_option" of a configured value
function check.source(scripts, source)
  if source.kind == "" then return models.read(source.path, source.text) end
  if source.kind == "prompts" then
    return prompts.read(source.name, source.origin, source.path, source.text)
  end
  local script, err = scripts:script(source.kind, source.name)
  if not script then return nil, err end
  local _, fault = script:decide(kinds[source.kind].sample, true)
  if fault then return nil, fault end
  return script
end

--- The user's scripts with their texts.
---@return vision.policy.Source[]
---@return vision.error[] faults  of those that cannot be read
function check.user_sources()
  local files, faults = find.user_files(check.FOLDERS)
  local sources = {}
  for _, file in ipairs(files) do
    local text, err = find.read(file.path)
    if text then
      sources[#sources + 1] = { kind = file.kind, name = file.name, path = file.path,
        origin = "user", text = text }
    else
      faults[#faults + 1] = err
    end
  end
  return sources, faults
end

-- `failovers` beside `failover`: nobody looks into it, and nobody would say so.
local function stray(folder, entry)
  local is_folder = entry.kind == "folder"
  local word = is_folder and entry.name or entry.name:match "^(.*)%.lua$"
  if not word or word == "models" then return nil end
  local near = options.nearest(word, is_folder and check.FOLDERS or { "models" })
  if near == word or is_folder and not near then return nil end
  return errors.new("script", ("%s/%s: nothing of that name is looked for; %s"):format(folder,
    entry.name, near and ("did you mean '%s'?"):format(near)
      or "a script lies in the folder of its kind: " .. table.concat(check.FOLDERS, ", ")))
end

local function misnamed(kind, folder, entry)
  local word = entry.kind == "file" and entry.name:match "^([^.].*)%.lua$"
  local known = kinds.of(kind)
  local taken = word and known and known.taken[word]
  if taken then
    return errors.new("script", ("%s/%s: it is never asked: %s"):format(folder, entry.name, taken))
  elseif not word or word:find "^[%w_-]+$" then
    return nil
  end
  return errors.new("script", ("%s/%s: the name of a script is made of letters, digits, '_' and "
    .. "'-'"):format(folder, entry.name))
end

local function entries_of(folder)
  return require("vision.core").folder(folder) or {}
end

--- What lies in the user's folder under a name that nobody looks for.
---@return vision.error[]
function check.strays()
  local folder, found = find.user_folder(), {}
  for _, entry in ipairs(folder and entries_of(folder) or {}) do
    found[#found + 1] = stray(folder, entry)
  end
  for _, kind in ipairs(folder and check.FOLDERS or {}) do
    for _, entry in ipairs(entries_of(folder .. "/" .. kind)) do
      found[#found + 1] = misnamed(kind, folder .. "/" .. kind, entry)
    end
  end
  return found
end

return check
