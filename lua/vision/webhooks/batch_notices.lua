-- SPDX-License-Identifier: MIT
-- How far a batch is, as events.

local clock = require "vision.base.clock"
local core = require "vision.core"
local events = require "vision.webhooks.events"

-- Seconds between two words of progress.
local PROGRESS_EVERY = 10

---@class vision.BatchNotices
---@field package manager vision.WebhookManager
local BatchNotices = {}
BatchNotices.__index = BatchNotices

local Type = events.WebhookEventType

--- @param manager vision.WebhookManager
function BatchNotices.new(manager)
  local id = core.random_id()
  return setmetatable({ manager = manager, batch_id = "batch-" .. (id or ""):sub(1, 16),
    told_at = clock.mono() }, BatchNotices)
end

local function send(self, event_type, payload)
  payload.batch_id = self.batch_id
  self.manager:send(event_type, payload, self.batch_id)
end

--- @param total integer? where it is known
function BatchNotices:started(total)
  send(self, Type.BATCH_STARTED, { total = total })
end

--- One more picture has ended: told now and then.
---@param progress vision.BatchProgress
function BatchNotices:progress(progress)
  local now = clock.mono()
  if now - self.told_at < PROGRESS_EVERY then return end
  self.told_at = now
  self.manager:post(Type.BATCH_PROGRESS, {
    batch_id = self.batch_id, total = progress.total, completed = progress.completed,
    failed = progress.failed, progress_percent = progress.progress_percent,
    estimated_remaining_seconds = progress.estimated_remaining_seconds,
  }, self.batch_id)
end

--- @param result vision.BatchResult
function BatchNotices:completed(result)
  send(self, Type.BATCH_COMPLETED, { total = result.total, completed = result.completed,
    failed = result.failed, success_rate = result.success_rate,
    total_time_ms = result.total_time_ms, stopped = result.stopped })
end

return BatchNotices
