-- SPDX-License-Identifier: MIT
-- What another process writes into a file, while it runs.

local task = require "vision.base.task"

local output = {}

local SECONDS = 10

--- All of a file; "" where there is none.
---@param path string
---@return string
function output.of(path)
  local file = io.open(path)
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text
end

--- What a pattern finds in it; waits for it, and throws where it does not come.
---@param path string
---@param pattern string
---@return string
function output.await(path, pattern)
  for _ = 1, SECONDS * 200 do
    local found = output.of(path):match(pattern)
    if found then return found end
    task.sleep(0.005)
  end
  error(("no '%s' in: %s"):format(pattern, output.of(path)), 2)
end

return output
