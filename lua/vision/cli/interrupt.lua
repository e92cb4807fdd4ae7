-- SPDX-License-Identifier: MIT
-- Ctrl-C: what is being waited for is cancelled, so that requests are closed, readers killed and
-- half-written output finished by their owners, and the process ends with 130.

local interrupt = {}

local function watch_signal()
  local errors = require "vision.base.error"
  local signal, err = require("vision.core").loop():signal "int"
  return signal or error(errors.from(err))
end

--- Gives Ctrl-C back to the system for what blocks outside of the loop: it ends the process at
--- once. (lua itself would only take note of it; a watch that ends leaves the default behind.)
function interrupt.by_default()
  watch_signal():close()
end

--- Runs `body` in a task that Ctrl-C cancels. What it throws is thrown here.
---@param body fun(): ...
---@return boolean interrupted
---@return any ... what `body` returned
function interrupt.run(body)
  local task = require "vision.base.task"
  local thrown
  local work = task.spawn(function()
    return select(2, xpcall(body, function(message)
      thrown = debug.traceback(tostring(message))
    end))
  end)
  local interrupted = false
  local watch = task.spawn(function()
    local signal = watch_signal()
    if task.wait(signal) then
      interrupted = true
      work:cancel()
    end
    signal:close()
  end)
  local function finish(...)
    watch:cancel()
    watch:join() -- the signal is handed back before the next one is watched
    if thrown and not interrupted then error(thrown, 0) end
    return interrupted, ...
  end
  return finish(work:join())
end

return interrupt
