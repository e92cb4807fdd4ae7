-- SPDX-License-Identifier: MIT
-- Which scripts there are, and whose they are: for `vision policy list` and the service.

local find = require "vision.policy.find"
local json = require "vision.base.json"

local catalogue = {}

---@class vision.policy.Item
---@field kind string       models, prompts, selection …
---@field name string
---@field file string       below a folder of scripts
---@field path string?
---@field origin string     "user" | "shipped"
---@field shadows boolean   it is the user's, and stands before a shipped one
---@field description string?
---@field declared table<string, vision.OptionSpec>
---@field options table<string, any>

local function load_script(kind, name)
  if kind ~= "prompts" then return require("vision.policy").script(kind, name) end
  return require("vision.policy.prompts").template(name)
end

local function item_of(kind, name, file, value)
  return { kind = kind, name = name, file = file, path = find.script(file), origin = value.origin,
    shadows = value.origin == "user" and find.shipped(file) ~= nil,
    description = value.description, declared = value.declared or {},
    options = value.options or {} }
end

-- The user's is laid over the shipped one.
local function models()
  local all, err = require("vision.policy.models").catalogue()
  if not all then return {}, { err } end
  local _, origin = find.script "models.lua"
  return { item_of("models", "models", "models.lua", { origin = origin,
    description = "What models can do and cost, of " .. (all.date or "an unknown date") }) }, {}
end

--- The kinds, in order.
---@return string[]
function catalogue.kinds()
  local kinds = { "models" }
  for _, kind in ipairs(require("vision.policy.check").FOLDERS) do kinds[#kinds + 1] = kind end
  return kinds
end

--- The scripts of a kind.
---@param kind string one of `catalogue.kinds`
---@return vision.policy.Item[]
---@return vision.error[] faults of those that are wrong
function catalogue.of(kind)
  if kind == "models" then return models() end
  local items, faults = {}, {}
  for _, name in ipairs(find.names(kind)) do
    local value, err = load_script(kind, name)
    if value then
      items[#items + 1] = item_of(kind, name, ("%s/%s.lua"):format(kind, name), value)
    else
      faults[#faults + 1] = err
    end
  end
  return items, faults
end

--- An item as JSON has it.
---@param item vision.policy.Item
---@return table
function catalogue.to_json(item)
  local declared = {}
  for name, spec in pairs(item.declared) do
    declared[name] = { description = spec[1], default = spec.default, value = item.options[name] }
  end
  return { kind = item.kind, name = item.name, path = item.path, origin = item.origin,
    shadows = item.shadows, description = item.description or json.null, options = declared }
end

return catalogue
