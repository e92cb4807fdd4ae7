-- SPDX-License-Identifier: MIT
-- A gate: shut until somebody opens it; then all who wait before it go on. For waiting for another
-- task's work where there is no operation of the core to wait for.

local task = require "vision.base.task"

local gate = {}

---@class vision.Gate
---@field package keeper vision.Task it ends when the gate is opened
local Gate = {}
Gate.__index = Gate

--- A gate that is shut.
---@return vision.Gate
function gate.new()
  local self = setmetatable({}, Gate)
  self.keeper = task.spawn(function()
    while not self.is_open do coroutine.yield() end
    return true
  end)
  return self
end

--- Opens it, for good.
function Gate:open()
  self.is_open = true
  self.keeper:cancel() -- which only wakes one that does not look at why
end

--- Waits until it is open.
---@return true|nil
---@return vision.error? err when the task that waits was stopped
function Gate:wait()
  return self.keeper:join()
end

return gate
