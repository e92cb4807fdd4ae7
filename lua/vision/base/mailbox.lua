-- SPDX-License-Identifier: MIT
-- What several tasks tell one that waits for whichever comes first.

local task = require "vision.base.task"

---@class vision.Mailbox
---@field package first integer
---@field package last integer
local Mailbox = {}
Mailbox.__index = Mailbox

--- As an operation that can be waited for.
---@package
function Mailbox:id() return self end

--- Leaves a value; wakes who waits for one.
---@param value any not nil
function Mailbox:put(value)
  self.last = self.last + 1
  self[self.last] = value
  task.wake(self)
end

local function take(self)
  local value = self[self.first]
  self[self.first] = nil
  self.first = self.first + 1
  return value
end

--- The oldest value; waits for one. Only one at a time may wait.
---@return any? value
---@return vision.error? err when the one who waits was cancelled
function Mailbox:take()
  while self.first > self.last do
    local woken, err = task.wait(self)
    if not woken then return nil, err end
  end
  return take(self)
end

local mailbox = {}

---@return vision.Mailbox
function mailbox.new()
  return setmetatable({ first = 1, last = 0 }, Mailbox)
end

return mailbox
