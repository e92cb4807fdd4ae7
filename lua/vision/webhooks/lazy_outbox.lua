-- SPDX-License-Identifier: MIT
-- An outbox that is opened by the first who needs it; others wait for that.

local clock = require "vision.base.clock"
local outboxes = require "vision.webhooks.outbox"
local task = require "vision.base.task"

-- Seconds for which one that could not be opened is left: no analysis waits for it again.
local AGAIN_AFTER = 5

---@class vision.LazyOutbox
---@field package name string
---@field package receivers vision.WebhookReceiver[]
---@field package outbox vision.WebhookOutbox?
local LazyOutbox = {}
LazyOutbox.__index = LazyOutbox

--- @param name string
--- @param receivers vision.WebhookReceiver[]
function LazyOutbox.new(name, receivers)
  return setmetatable({ name = name, receivers = receivers }, LazyOutbox)
end

local function open(self)
  local outbox, err = outboxes.open(self.name)
  local ok
  if outbox then
    ok, err = outbox:register(self.receivers)
    if not ok then outbox:close() end
  end
  if not ok then return nil, err end
  self.outbox = outbox
  return outbox
end

--- The outbox; waits where it must be opened. A task of its own opens it, since one who asks may be
--- cancelled.
---@return vision.WebhookOutbox|nil
---@return vision.error? err why it cannot be opened
function LazyOutbox:get()
  if self.outbox then return self.outbox end
  local failed = self.failed
  if failed and clock.mono() < failed.again_at then return nil, failed.err end
  local opening = self.opening or task.spawn(open, self)
  self.opening = opening
  local outbox, err = opening:join()
  if not opening:done() then return nil, err end
  self.opening = nil
  self.failed = not outbox and { err = err, again_at = clock.mono() + AGAIN_AFTER }
  return outbox, err
end

--- Whether it is lost with this process.
---@return boolean
function LazyOutbox:is_memory()
  return self.name == "memory:"
end

function LazyOutbox:close()
  if self.outbox then self.outbox:close() end
  self.outbox = nil
end

return LazyOutbox
