-- SPDX-License-Identifier: MIT
-- What several tasks tell one that waits for whichever comes first.

local task = require "vision.base.task"

---@class vision.Mailbox
---@field package first integer
---@field package last integer
---@field package sleeper vision.Task?
local Mailbox = {}
Mailbox.__index = Mailbox

-- An operation that never has news: who waits for it is woken by being cancelled.
local Nothing = {}
Nothing.__index = Nothing

function Nothing:id() return self end

local function sleep()
  task.wait(setmetatable({}, Nothing))
  return true
end

--- Leaves a value; wakes who waits for one.
---@param value any not nil
function Mailbox:put(value)
  self.last = self.last + 1
  self[self.last] = value
  if self.sleeper then self.sleeper:cancel() end
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
    if self.sleeper then error("two wait at one mailbox", 2) end
    self.sleeper = task.spawn(sleep)
    local woken, err = self.sleeper:join()
    self.sleeper:cancel()
    self.sleeper = nil
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
