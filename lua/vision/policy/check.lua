-- SPDX-License-Identifier: MIT
-- Checks a script as it is when it is taken up: it is read, its shape and options are looked at,
-- and it is asked once, with the sample of its kind.

local errors = require "vision.base.error"
local find = require "vision.policy.find"
local kinds = require "vision.policy.kinds"
local models = require "vision.policy.models"
local options = require "vision.base.options"
local prompts = require "vision.policy.prompts"

local check = {}

--- The folders of all scripts.
check.FOLDERS = { "prompts" }
for _, kind in ipairs(kinds.NAMES) do check.FOLDERS[#check.FOLDERS + 1] = kind end

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
  local known = is_folder and check.FOLDERS or { "models" }
  local word = is_folder and entry.name or entry.name:match "^(.*)%.lua$"
  local near = word and options.nearest(word, known)
  if not near or near == word then return nil end
  return errors.new("script", ("%s/%s: nothing of that name is looked for; did you mean '%s'?")
    :format(folder, entry.name, near))
end

--- What lies in the user's folder under a name that is nearly right.
---@return vision.error[]
function check.strays()
  local folder, found = find.user_folder(), {}
  for _, entry in ipairs(folder and require("vision.core").folder(folder) or {}) do
    found[#found + 1] = stray(folder, entry)
  end
  return found
end

return check
