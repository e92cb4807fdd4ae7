-- SPDX-License-Identifier: MIT
-- The scripts of one moment. Whoever begins a job keeps the generation it began with, so that a
-- change in the middle of it is not seen; a new generation takes its place as a whole.

local errors = require "vision.base.error"
local find = require "vision.policy.find"
local kinds = require "vision.policy.kinds"
local log = require "vision.base.log"
local options = require "vision.base.options"
local script = require "vision.policy.script"

---@class vision.policy.Generation
---@field number integer    counts the generations of this process from 1
---@field package sources table<string, vision.policy.Source>?  the user's; nil: read when asked for
---@field package scripts table<string, vision.policy.Script>   "kind/name" -> script
---@field package shipped table<string, vision.policy.Script>   those that stand in for others
---@field package configured table<string, table<string, table>>   kind -> name -> option -> value
---@field package told table<string, true>      faults that were logged
---@field package record fun(decision: table)?  writes decisions down
local Generation = {}
Generation.__index = Generation

local generation = {}

--- A generation of scripts.
---@param number integer
---@param configured table<string, table<string, table>>?
---@param sources table<string, vision.policy.Source>? "kind/name" -> the user's script: no other is
---  looked for. nil: each is read when it is first asked for.
---@return vision.policy.Generation
function generation.new(number, configured, sources)
  return setmetatable({
    number = number, configured = configured or {}, sources = sources, scripts = {}, shipped = {},
    told = {},
  }, Generation)
end

local function no_such(kind, name)
  local names = find.names(kind)
  local near = options.nearest(name, names)
  return nil, errors.new("invalid_option", ("there is no script %s/%s.lua; %s"):format(kind,
    options.shown_word(name), near and ("did you mean '%s'?"):format(near)
      or "there are: " .. table.concat(names, ", ")))
end

local function read(kind, name, path, origin)
  local text, err = find.read(path)
  if not text then return nil, err end
  return { kind = kind, name = name, path = path, origin = origin, text = text }
end

local function source_of(self, kind, name)
  local key = kind .. "/" .. name
  if self.sources and self.sources[key] then return self.sources[key] end
  local path, origin = find.script(key .. ".lua")
  if self.sources then
    path, origin = find.shipped(key .. ".lua"), "shipped"
  end
  if not path then return no_such(kind, name) end
  return read(kind, name, path, origin)
end

local function make(self, source)
  return script.new(source, (self.configured[source.kind] or {})[source.name])
end

--- The script of a kind and a name, the user's before the shipped one.
---@param kind string
---@param name string?  the kind's default
---@return vision.policy.Script|nil
---@return vision.error? err reasons: invalid_option (no such script), script (a faulty one)
function Generation:script(kind, name)
  if not kinds.of(kind) then
    error(("there is no kind of script '%s'"):format(tostring(kind)), 2)
  end
  name = name or kinds[kind].default
  local key = kind .. "/" .. tostring(name)
  local known = self.scripts[key]
  if known then return known end
  if type(name) ~= "string" or not name:find "^[%w_-]+$" then
    return nil, errors.new("invalid_option",
      ("the name of a script of %s is made of letters, digits, '_' and '-'"):format(kind))
  end
  local source, err = source_of(self, kind, name)
  if not source then return nil, err end
  known, err = make(self, source)
  self.scripts[key] = known
  return known, err
end

local function shipped_script(self, kind, name)
  local key = kind .. "/" .. name
  local path = find.shipped(key .. ".lua")
  if path and not self.shipped[key] then
    local source = read(kind, name, path, "shipped")
    self.shipped[key] = source and make(self, source)
  end
  return self.shipped[key]
end

-- The shipped scripts that answer in place of one that did not: that of its name, then its kind's
-- default.
local function ask_shipped(self, kind, name, input)
  local known = type(name) == "string" and name:find "^[%w_-]+$"
  for _, candidate in ipairs { known and name or kinds[kind].default, kinds[kind].default } do
    local other = shipped_script(self, kind, candidate)
    local output = other and other:decide(input)
    if output ~= nil then return output end
  end
end

-- Once a fault: a script that always fails must not fill the log.
local function tell(self, err)
  if self.told[err.message] then return end
  self.told[err.message] = true
  log.warn("%s; the default decision is taken", err.message)
end

--- Asks a script. One that fails, loops or answers nonsense is logged, and the shipped script
--- answers in its place; so it does where one that has to decide returned nothing.
---@param kind string   "selection", "failover", "routing", "retry", "alerts" or "reports"
---@param name string?  the kind's default
---@param input table   fields as the kind says, and `options` of this call
---@return any|nil output nil: nothing was decided, the caller's own default stands
---@return vision.error? err what was wrong with the script; logged
function Generation:decide(kind, name, input)
  local asked, err = self:script(kind, name)
  local output
  if asked then
    output, err = asked:decide(input)
  end
  if err then tell(self, err) end
  if err or (output == nil and kinds[kind].decides) then
    output = ask_shipped(self, kind, name, input)
  end
  if self.record then self.record(kind, name, input, output, err) end
  return output, err
end

return generation
