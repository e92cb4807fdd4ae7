-- SPDX-License-Identifier: MIT
-- Delivers to one receiver what waits for it in the outbox, in a task of its own: a receiver that
-- is slow or dead holds up nobody else.

local clock = require "vision.base.clock"
local http = require "vision.base.http"
local log = require "vision.base.log"
local mailbox = require "vision.base.mailbox"
local schedule = require "vision.webhooks.schedule"
local sender = require "vision.webhooks.sender"
local task = require "vision.base.task"

-- Attempts at the same time.
local ROOM = 8

-- Seconds that a claim outlives the longest attempt: who has not settled by then is gone.
local LEASE_MARGIN = 45

-- Seconds after which to look again, whatever was said: into an outbox that others use, too; and
-- into one of our own, for the date may step.
local LOOK_SHARED, LOOK_OWN = 2, 300

-- A receiver that fails is asked by one attempt at a time, after pauses of so many seconds, which
-- double from the first to the last, until it takes something.
local REST_FIRST, REST_LAST = 5, 300

---@class vision.WebhookWorker
---@field receiver vision.WebhookReceiver
---@field package running integer  attempts under way
---@field package deliveries table<vision.Task, true>  their tasks
local Worker = {}
Worker.__index = Worker

--- @param receiver vision.WebhookReceiver
--- @param outbox vision.WebhookOutbox
--- @param owner string  of this process's claims
function Worker.new(receiver, outbox, owner)
  return setmetatable({
    receiver = receiver, outbox = outbox, owner = owner, running = 0, failures = 0, rest_until = 0,
    deliveries = {}, news = mailbox.new(), watchers = {},
  }, Worker)
end

--- Something may be due now.
function Worker:nudge()
  if self.is_nudged then return end
  self.is_nudged = true
  self.news:put(true)
end

-- ---- one attempt ----

-- Its own trouble, and not this event's.
local function is_ill(attempt)
  local status = attempt.status
  return not status or status >= 500 or status == 429
end

local function note(self, attempt, outcome)
  if outcome.state == "delivered" or not is_ill(attempt) then
    self.failures, self.rest_until = 0, 0
    return
  end
  self.failures = self.failures + 1
  local rest = math.min(REST_FIRST * 2 ^ (self.failures - 1), REST_LAST)
  self.rest_until = clock.mono() + rest
end

local function tell(self, delivery, attempt, outcome)
  local label = self.receiver.label
  if outcome.gone then
    log.warn("webhooks: %s answered 410 and gets nothing more, until 'vision webhooks enable'",
      label)
  elseif outcome.state == "failed" then
    log.warn("webhooks: %s was not delivered to %s within 3 days, it is given up: %s",
      delivery.event_type, label, attempt.message)
  elseif outcome.state == "pending" and self.failures == 1 then
    log.warn("webhooks: %s was not delivered to %s, it is tried again: %s", delivery.event_type,
      label, attempt.message)
  end
end

local function try(self, delivery)
  local attempt = sender.attempt(self.receiver, delivery)
  if task.stopped() then attempt.message = "the program ended before there was an answer" end
  local now = clock.wall()
  local outcome = schedule.outcome(attempt, delivery.attempts + 1, delivery.since, now,
    clock.random())
  note(self, attempt, outcome)
  local settled, err = self.outbox:settle(delivery, self.owner, attempt, outcome)
  if settled then
    tell(self, delivery, attempt, outcome)
  elseif settled == nil and not task.stopped() then -- its lease will end, and it is sent again
    log.warn("webhooks: what became of a delivery cannot be kept: %s", err.message)
  end
end

local function deliver(self, delivery)
  local ok, message = pcall(try, self, delivery)
  if not ok then log.error("webhooks: %s", tostring(message)) end
  self.running = self.running - 1
  self.deliveries[task.current()] = nil
  self:nudge()
end

-- ---- all of them ----

local function room(self)
  if self.is_stopping or http.is_local_only() or clock.mono() < self.rest_until then return 0 end
  return (self.failures > 0 and 1 or ROOM) - self.running
end

local function claim(self, now, count)
  local claimed, err = self.outbox:claim(self.receiver.key, self.owner, now,
    now + self.receiver.timeout + LEASE_MARGIN, count)
  for _, delivery in ipairs(claimed or {}) do
    self.running = self.running + 1
    self.deliveries[task.spawn(deliver, self, delivery)] = true
  end
  return claimed, err
end

-- Begins what is due and there is room for. Returns when more is due, seconds since 1970; false:
-- nothing is, or there is no room, of which there will be news.
local function begin_due(self)
  local free = room(self)
  if free <= 0 then return false end
  local now = clock.wall()
  local due, err = self.outbox:next_due(self.receiver.key, now)
  if not due or due > now then return due, err end
  local claimed
  claimed, err = claim(self, now, free)
  if not claimed then return nil, err end
  if #claimed == free then return false end
  if #claimed == 0 then return now + 1 end -- somebody else was quicker
  return self.outbox:next_due(self.receiver.key, now)
end

local function seconds_to(self, due)
  local seconds = self.outbox.is_shared and LOOK_SHARED or LOOK_OWN
  local rest = self.rest_until - clock.mono()
  if due then seconds = math.min(seconds, due - clock.wall()) end
  if rest > 0 then seconds = math.min(seconds, rest) end
  return math.max(seconds, 0.001)
end

-- Nothing is under way, and nothing has happened since `due` was found out.
local function is_idle(self, due)
  return self.running == 0 and not self.is_nudged
    and (not due or due > clock.wall() or self.failures > 0)
end

local function tell_idle(self)
  for _, watcher in ipairs(self.watchers) do watcher:put(true) end
  self.watchers = {}
end

local function log_once(self, err)
  if err and not self.is_told then log.warn("webhooks: the outbox: %s", err.message) end
  self.is_told = err ~= nil
end

local function take_news(self)
  self.news:take()
  self.is_nudged = false
end

local function work(self)
  repeat
    local due, err = begin_due(self)
    log_once(self, err)
    if self.is_stopping and self.running == 0 then break end
    if is_idle(self, due) then tell_idle(self) end
    task.timeout(seconds_to(self, due), take_news, self)
  until task.stopped()
  tell_idle(self)
end

--- Delivers from now on, in a task of its own.
function Worker:start()
  self.task = task.spawn(work, self)
end

--- Ends when what is under way has: a receiver's timeout at most. Waits for it.
function Worker:stop()
  if not self.task then return end
  self.is_stopping = true
  self:nudge()
  self.task:join()
  self.task = nil
end

--- Ends and gives up what is under way; it counts as tried, and is tried again.
function Worker:leave()
  for delivery in pairs(self.deliveries) do delivery:cancel() end
  self:stop()
end

--- Waits until nothing is under way and nothing more can be delivered now.
---@return true|nil
---@return vision.error? err where the one who waits was stopped
function Worker:wait_idle()
  if not self.task or self.task:done() then return true end
  local watcher = mailbox.new()
  table.insert(self.watchers, watcher)
  self:nudge()
  return watcher:take()
end

return Worker
