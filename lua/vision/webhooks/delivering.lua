-- SPDX-License-Identifier: MIT
-- The managers that deliver in this process, for a program that ends.

local clock = require "vision.base.clock"
local log = require "vision.base.log"

local delivering = {}

local managers = {}

--- @param manager vision.WebhookManager
function delivering.add(manager)
  managers[manager] = true
end

--- @param manager vision.WebhookManager
function delivering.remove(manager)
  managers[manager] = nil
end

-- What the process takes with it.
local function say_left(manager)
  if manager.is_lagging then
    log.warn "webhooks: the outbox is away, and the last events are not kept"
  elseif manager.store:is_memory() then
    local left = #manager:list("pending", math.huge)
    if left > 0 then
      log.warn("webhooks: %d were not delivered and are lost with this process: set "
        .. "webhooks.outbox to a file", left)
    end
  end
end

--- Waits until all that can be delivered now is, for so long at most, and closes all of them. What
--- is under way even then is given up: no receiver holds a program up for longer.
---@param seconds number
function delivering.finish(seconds)
  local until_then, list = clock.mono() + seconds, {}
  for manager in pairs(managers) do list[#list + 1] = manager end
  for _, manager in ipairs(list) do
    local is_done = manager:settle(math.max(0, until_then - clock.mono()))
    say_left(manager)
    if is_done then manager:close() else manager:leave() end
  end
end

return delivering
