-- SPDX-License-Identifier: MIT
-- A script's own place.

local load = require "vision.policy.load"

---@class vision.policy.Box
---@field value table                    what the script returned, but for its functions
---@field functions table<string, true>  the names of the functions it returned
local Box = {}
Box.__index = Box

local sandbox = {}

function sandbox.open(path, text)
  local value, err = load.text(path, text)
  if not value then return nil, err end
  local box = setmetatable({ value = {}, functions = {}, entries = value, path = path }, Box)
  for name, item in pairs(value) do
    if type(item) == "function" then box.functions[name] = true else box.value[name] = item end
  end
  return box
end

function Box:call(name, _, ...)
  local ok, value = pcall(self.entries[name], ...)
  if ok then return value end
  return nil, require("vision.base.error").new("script", tostring(value))
end

function Box:place(name)
  return self.path .. ":" .. debug.getinfo(self.entries[name], "S").linedefined
end

return sandbox
