-- SPDX-License-Identifier: MIT
-- Does something with a queue until it is done, or will never be: Redis may be away for a while,
-- and what a job came to must not be lost for that.

local task = require "vision.base.task"

-- Seconds until it is tried again: doubled each time.
local PAUSE_FIRST, PAUSE_MAX = 0.05, 1

---@param body fun(): any, vision.error?  nil and a retryable error: it is tried again
---@param told fun(err: vision.error?)    hears of each try: why the queue is away, or nil
---@return any? value
---@return vision.error? err also of a task that was stopped
return function(body, told)
  local pause = PAUSE_FIRST
  while true do
    local value, err = body()
    local away = value == nil and err.retryable and err or nil
    told(away)
    if not away then return value, err end
    if not task.sleep(pause) then return nil, task.stopped() end
    pause = math.min(2 * pause, PAUSE_MAX)
  end
end
