-- SPDX-License-Identifier: MIT
-- The signals that tell a process that serves what to do, one by one as they come.

local mailbox = require "vision.base.mailbox"
local task = require "vision.base.task"

local signals = {}

---@class vision.cli.Signals
---@field package box vision.Mailbox
---@field package watches vision.Task[]
local Signals = {}
Signals.__index = Signals

--- The name of the next one; waits for it.
---@return string?
---@return vision.error? err when the one who waits was cancelled
function Signals:take() return self.box:take() end

--- Gives them back to the system.
function Signals:close()
  for _, watch in ipairs(self.watches) do watch:cancel() end
  for _, watch in ipairs(self.watches) do watch:join() end
end

--- From now on they come here, in place of what they do by default.
---@param names string[] "int", "term", "hup"
---@param box? vision.Mailbox where they come among other news
---@return vision.cli.Signals
function signals.open(names, box)
  local self = setmetatable({ box = box or mailbox.new(), watches = {} }, Signals)
  for i, name in ipairs(names) do
    local signal = assert(require("vision.core").loop():signal(name))
    self.watches[i] = task.spawn(function()
      while task.wait(signal) do self.box:put(name) end
      signal:close()
    end)
  end
  return self
end

return signals
