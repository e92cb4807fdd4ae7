-- SPDX-License-Identifier: MIT
-- Ctrl-C: what is being waited for is cancelled, so that requests are closed, readers killed and
-- half-written output finished by their owners, and the process ends with 130.

local interrupt = {}

--- Runs `body` in a task that Ctrl-C cancels.
---@param body fun(): ...
---@return boolean interrupted
---@return any ... what `body` returned
function interrupt.run(body)
  local task = require "vision.base.task"
  local work = task.spawn(body)
  local interrupted = false
  local watch = task.spawn(function()
    local signal = require("vision.core").loop():signal("int")
    if task.wait(signal) then
      interrupted = true
      work:cancel()
    end
    signal:close()
  end)
  local function finish(...)
    watch:cancel()
    watch:join() -- the signal is handed back before the next one is watched
    return interrupted, ...
  end
  return finish(work:join())
end

return interrupt
