-- SPDX-License-Identifier: MIT
-- Tells other systems what happens: takes events, keeps them in an outbox, delivers from there.

local clock = require "vision.base.clock"
local config = require "vision.webhooks.config"
local core = require "vision.core"
local delivering = require "vision.webhooks.delivering"
local errors = require "vision.base.error"
local events = require "vision.webhooks.events"
local http = require "vision.base.http"
local LazyOutbox = require "vision.webhooks.lazy_outbox"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"
local schedule = require "vision.webhooks.schedule"
local signature = require "vision.webhooks.signature"
local task = require "vision.base.task"
local Worker = require "vision.webhooks.worker"

-- Seconds between two looks at what may be forgotten, or is put off for ever.
local TIDY_EVERY = 3600

-- Seconds between two words about events that cannot be kept.
local SAY_EVERY = 60

-- Seconds that a sender waits for a database.
local KEEP_SECONDS = 2

---@class vision.WebhookManager
---@field config table
---@field receivers vision.WebhookReceiver[]
---@field package store vision.LazyOutbox
---@field package workers vision.WebhookWorker[]  while it delivers
local WebhookManager = {}
WebhookManager.__index = WebhookManager

-- Neither URLs nor secrets.
function WebhookManager.__tostring(self)
  local labels = {}
  for i, receiver in ipairs(self.receivers) do labels[i] = receiver.label end
  return "webhooks to " .. table.concat(labels, ", ")
end

--- Opens nothing yet.
---@param given table  WebhookConfig: webhook_url, webhook_secret …; see docs/webhooks.md
---@return vision.WebhookManager|nil
---@return vision.error? err invalid_option
function WebhookManager.new(given)
  local options, err = option_lists.check(config.OPTIONS, given, "webhooks")
  local receivers
  if options then
    receivers, err = config.receivers(options)
  end
  if not receivers then return nil, err end
  return setmetatable({ config = options, receivers = receivers, workers = {},
    store = LazyOutbox.new(options.outbox, receivers) }, WebhookManager)
end

-- ---- sending ----

local function late()
  return errors.new("timeout", "the outbox of webhooks is away; the event is kept when it is back")
end

local function takers(self, event_type)
  local keys = {}
  for _, receiver in ipairs(self.receivers) do
    if not receiver.events or receiver.events[event_type] then keys[#keys + 1] = receiver.key end
  end
  return keys
end

--- Whether anybody wants events of a kind. Nobody does where nothing may leave this machine.
---@param event_type string
---@return boolean
function WebhookManager:wants(event_type)
  return #takers(self, event_type) > 0 and not http.is_local_only()
end

local function nudge(self)
  for _, worker in ipairs(self.workers) do worker:nudge() end
end

local function keep(self, event, keys)
  local outbox, err = self.store:get()
  if not outbox then return nil, err end
  local ok
  ok, err = outbox:add(event, keys)
  if not ok then return nil, err end
  nudge(self)
  return event.event_id
end

local function say_lost(self, event_type, err)
  local now = clock.mono()
  if self.say_again_at and now < self.say_again_at then return end
  self.say_again_at = now + SAY_EVERY
  log.error("webhooks: %s is told nobody, the outbox cannot keep it: %s", event_type, err.message)
end

local function enqueue(self, event_type, payload, subject)
  local event, err = events.new(event_type, payload, subject)
  local event_id
  if event then
    event_id, err = keep(self, event, takers(self, event_type))
  end
  if event_id then self.is_lagging = nil else say_lost(self, event_type, err) end
  return event_id, err
end

-- A database that is away holds an analysis up once, and no longer than this.
local function await_kept(self, keeping)
  if self.store:is_memory() then return keeping:join() end
  if self.is_lagging then return nil, late() end
  local event_id, err = task.limit(KEEP_SECONDS, late(), keeping.join, keeping)
  if not keeping:done() and not task.stopped() then self.is_lagging = true end
  return event_id, err
end

--- Puts an event into the outbox and waits until it is kept there (2 seconds at most), not until it
--- is delivered. It is kept even where the one who waits is cancelled.
---@param event_type string  a word of WebhookEventType; another throws
---@param payload table      bounded to 20 kB; no picture and no key may be in it
---@param subject? string    events of one subject are delivered in their order
---@return string|false|nil event_id  false: nobody wants such events
---@return vision.error? err  it could not be kept, which was logged, too; timeout: not yet
function WebhookManager:send(event_type, payload, subject)
  if not events.is_type(event_type) then
    error(option_lists.unknown_word("event", tostring(event_type), events.TYPES), 2)
  end
  if not self:wants(event_type) then return false end
  return await_kept(self, task.spawn(enqueue, self, event_type, payload, subject))
end

--- The same without waiting, from where nobody may wait.
---@param event_type string
---@param payload table
---@param subject? string
function WebhookManager:post(event_type, payload, subject)
  if self:wants(event_type) then task.spawn(enqueue, self, event_type, payload, subject) end
end

-- ---- delivering ----

-- A clock that was set back leaves deliveries of a time that is far away now.
local function tidy(self, outbox)
  local now = clock.wall()
  local days = self.config.retention_days
  local ok, err = outbox:bring_back(now, now + schedule.NEVER_AFTER)
  local lost
  if ok then lost, err = outbox:prune(now - days * 86400) end
  if err and err.reason ~= "cancelled" then
    log.warn("webhooks: old deliveries cannot be forgotten: %s", err.message)
  elseif lost and lost > 0 then
    log.warn("webhooks: %d were not delivered within %g days, they are given up", lost, days)
  end
end

local function keep_tidy(self, outbox)
  repeat tidy(self, outbox) until not task.sleep(TIDY_EVERY)
end

--- Begins to deliver, in tasks of its own; waits until the outbox is open.
---@return true|nil
---@return vision.error? err the outbox cannot be opened
function WebhookManager:start()
  if #self.workers > 0 then return true end
  local outbox, err = self.store:get()
  if not outbox then return nil, err end
  if #self.workers > 0 then return true end -- another task was quicker
  local owner = self.owner or core.process_name() .. ":" .. core.random_id()
  self.owner = owner
  for i, receiver in ipairs(self.receivers) do
    self.workers[i] = Worker.new(receiver, outbox, owner)
    self.workers[i]:start()
  end
  self.pruner = task.spawn(keep_tidy, self, outbox)
  delivering.add(self)
  return true
end

--- Waits until all that can be delivered now is, but not longer than some seconds.
---@param seconds number
---@return boolean done
function WebhookManager:settle(seconds)
  local done = task.timeout(seconds, function()
    for _, worker in ipairs(self.workers) do
      if not worker:wait_idle() then return nil end
    end
    return true
  end)
  return done or false
end

--- Ends the delivery when the attempts under way have ended; waits for it. What was not delivered
--- stays in the outbox.
function WebhookManager:stop()
  local workers = self.workers
  self.workers = {}
  delivering.remove(self)
  local ends = {}
  for i, worker in ipairs(workers) do ends[i] = function() worker:stop() end end
  task.gather(ends)
  local pruner = self.pruner
  self.pruner = nil
  if pruner then
    pruner:cancel()
    pruner:join()
  end
end

--- Stops, and closes the outbox.
function WebhookManager:close()
  self:stop()
  self.store:close()
end

--- Gives up what is under way, and closes. For the end of a program.
function WebhookManager:leave()
  for _, worker in ipairs(self.workers) do worker:leave() end
  self:close()
end

-- ---- for people ----

local function asked(self, method, ...)
  local outbox, err = self.store:get()
  if not outbox then return nil, err end
  return outbox[method](outbox, ...)
end

--- The deliveries, the newest first.
---@param state? "pending"|"delivered"|"failed"
---@param limit? integer (50)
---@return table[]|nil
---@return vision.error? err
function WebhookManager:list(state, limit)
  return asked(self, "list", state, limit or 50)
end

--- The deliveries of an event, each with `history`: { at, status, ms, message } of each attempt.
---@param event_id string
---@return table[]|nil
---@return vision.error? err
function WebhookManager:history(event_id)
  return asked(self, "history", event_id)
end

--- Who receives: label, pending, disabled_at and disabled_why, paused_until.
---@return table[]|nil
---@return vision.error? err
function WebhookManager:list_endpoints()
  return asked(self, "list_endpoints")
end

--- Delivers an event again to all who got it, or did not.
---@param event_id string
---@return integer|nil count of deliveries; 0: there is no such event, or it is on its way
---@return vision.error? err
function WebhookManager:redeliver(event_id)
  local count, err = asked(self, "redeliver", event_id, clock.wall())
  nudge(self)
  return count, err
end

--- Sends again to a receiver that said it was gone.
---@param label string  as `list_endpoints` shows it, or its key
---@return true|nil
---@return vision.error? err not_found
function WebhookManager:enable(label)
  local list, err = self:list_endpoints()
  if not list then return nil, err end
  local found
  for _, endpoint in ipairs(list) do
    if endpoint.label == label or endpoint.endpoint == label then
      found, err = asked(self, "enable", endpoint.endpoint)
      if err then return nil, err end
    end
  end
  if not found then
    return nil, errors.new("not_found", ("there is no receiver '%s' in this outbox"):format(label))
  end
  nudge(self)
  return true
end

--- As a receiver checks what it gets: see vision.webhooks.signature.
WebhookManager.verify_signature = signature.verify_signature
WebhookManager.verify_standard_signature = signature.verify_standard_signature

return { WebhookManager = WebhookManager, WebhookEventType = events.WebhookEventType }
