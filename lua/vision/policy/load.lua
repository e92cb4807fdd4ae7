-- SPDX-License-Identifier: MIT
-- Reads a script that is data: prompts, models. Lua text (never bytecode) that returns a table.

local find = require "vision.policy.find"
local sandbox = require "vision.policy.sandbox"

local MEMORY = 16 * 1024 * 1024 -- bytes; the shipped models take 0.2 MB

--- What the script at `path` returns.
---@param path string
---@return table|nil
---@return vision.error? err reason "script": the message begins with file and line
local function load_script(path)
  local text, err = find.read(path)
  if not text then return nil, err end
  return sandbox.data(path, text, MEMORY)
end

return { file = load_script }
