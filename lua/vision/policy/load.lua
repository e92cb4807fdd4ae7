-- SPDX-License-Identifier: MIT
-- Reads a script that is data: prompts, models. Lua text (never bytecode) that returns a table.

local find = require "vision.policy.find"
local sandbox = require "vision.policy.sandbox"

local load = {}

local MEMORY = 16 * 1024 * 1024 -- bytes; the shipped models take 0.2 MB

--- What a script returns.
---@param path string for messages
---@param text string
---@return table|nil
---@return vision.error? err reason "script": the message begins with file and line
function load.text(path, text)
  return sandbox.data(path, text, MEMORY)
end

--- What the script at `path` returns.
---@param path string
---@return table|nil
---@return vision.error? err reason "script"
function load.file(path)
  local text, err = find.read(path)
  if not text then return nil, err end
  return load.text(path, text)
end

return load
