-- SPDX-License-Identifier: MIT
-- The outbox of a process that keeps no file: what was not delivered is lost with it. Says and does
-- what `sql_outbox` does.

local errors = require "vision.base.error"

local memory_outbox = {}

-- Deliveries that wait, and ones that have ended, that are kept.
local PENDING_MAX, ENDED_MAX = 10000, 1000

---@class vision.MemoryOutbox : vision.WebhookOutbox
local MemoryOutbox = {}
MemoryOutbox.__index = MemoryOutbox

--- Nobody else adds to it or takes from it.
MemoryOutbox.is_shared = false

function memory_outbox.new()
  return setmetatable({
    endpoints = {}, pending = {}, pending_count = 0, ended = {}, last_id = 0,
  }, MemoryOutbox)
end

function MemoryOutbox:register(receivers)
  for _, receiver in ipairs(receivers) do
    self.endpoints[receiver.key] = self.endpoints[receiver.key]
      or { label = receiver.label, paused_until = 0 }
    self.pending[receiver.key] = self.pending[receiver.key] or {}
  end
  return true
end

local function new_delivery(self, event, key)
  self.last_id = self.last_id + 1
  return {
    delivery_id = self.last_id, event = event, endpoint = key, state = "pending", attempts = 0,
    since = event.created_at, next_at = event.created_at, lease_until = 0, history = {},
  }
end

function MemoryOutbox:add(event, keys)
  if self.pending_count + #keys > PENDING_MAX then
    return nil, errors.new("queue_full", ("%d events wait to be delivered already: give webhooks "
      .. "an outbox file, or see why the receiver takes none"):format(PENDING_MAX))
  end
  for _, key in ipairs(keys) do
    if not self.endpoints[key].disabled_at then
      table.insert(self.pending[key], new_delivery(self, event, key))
      self.pending_count = self.pending_count + 1
    end
  end
  return true
end

-- ---- what is due ----

-- The first of each subject; those behind it wait for it.
local function heads(self, key)
  local list, seen, i = self.pending[key], {}, 0
  return function()
    repeat
      i = i + 1
      local delivery = list[i]
      if not delivery then return nil end
      local subject = delivery.event.subject
      local is_first = not seen[subject]
      seen[subject] = true
      if is_first then return delivery end
    until false
  end
end

local function ready_at(delivery)
  return math.max(delivery.next_at, delivery.lease_until)
end

function MemoryOutbox:next_due(key, now)
  local endpoint, soonest = self.endpoints[key], nil
  if endpoint.disabled_at then return false end
  for delivery in heads(self, key) do
    soonest = math.min(soonest or math.huge, ready_at(delivery))
    if soonest <= now then break end
  end
  return soonest and math.max(soonest, endpoint.paused_until) or false
end

local function handed_out(delivery)
  local event = delivery.event
  return { delivery_id = delivery.delivery_id, endpoint = delivery.endpoint,
    event_id = event.event_id, event_type = event.event_type, subject = event.subject,
    body = event.body, attempts = delivery.attempts, since = delivery.since }
end

function MemoryOutbox:claim(key, owner, now, lease_until, count)
  local endpoint, claimed = self.endpoints[key], {}
  if endpoint.disabled_at or endpoint.paused_until > now then return claimed end
  for delivery in heads(self, key) do
    if ready_at(delivery) <= now then
      delivery.owner, delivery.lease_until = owner, lease_until
      claimed[#claimed + 1] = handed_out(delivery)
      if #claimed == count then break end
    end
  end
  return claimed
end

-- ---- what became of it ----

local function take_out(self, key, delivery_id)
  local list = self.pending[key]
  for i, delivery in ipairs(list) do
    if delivery.delivery_id == delivery_id then
      self.pending_count = self.pending_count - 1
      return table.remove(list, i)
    end
  end
end

local function end_with(self, delivery, state)
  delivery.state = state
  take_out(self, delivery.endpoint, delivery.delivery_id)
  table.insert(self.ended, delivery)
  if #self.ended > ENDED_MAX then table.remove(self.ended, 1) end
end

local function find_pending(self, key, delivery_id)
  for _, delivery in ipairs(self.pending[key]) do
    if delivery.delivery_id == delivery_id then return delivery end
  end
end

function MemoryOutbox:settle(claimed, owner, attempt, outcome)
  local delivery = find_pending(self, claimed.endpoint, claimed.delivery_id)
  if not delivery or delivery.owner ~= owner then return false end
  local endpoint = self.endpoints[claimed.endpoint]
  delivery.attempts, delivery.owner, delivery.lease_until = delivery.attempts + 1, nil, 0
  delivery.next_at = outcome.next_at or delivery.next_at
  table.insert(delivery.history, { at = attempt.at, status = attempt.status, ms = attempt.ms,
    message = attempt.message })
  endpoint.paused_until = math.max(endpoint.paused_until, outcome.paused_until or 0)
  if outcome.gone then
    endpoint.disabled_at, endpoint.disabled_why = attempt.at, attempt.message
  end
  if outcome.state ~= "pending" then end_with(self, delivery, outcome.state) end
  return true
end

-- ---- for people ----

local function all(self)
  local list = {}
  for _, delivery in ipairs(self.ended) do list[#list + 1] = delivery end
  for _, pending in pairs(self.pending) do
    for _, delivery in ipairs(pending) do list[#list + 1] = delivery end
  end
  table.sort(list, function(a, b) return a.delivery_id > b.delivery_id end)
  return list
end

local function shown(self, delivery)
  local event = delivery.event
  local last = delivery.history[#delivery.history] or {}
  return { delivery_id = delivery.delivery_id, event_id = event.event_id,
    event_type = event.event_type, subject = event.subject, created_at = event.created_at,
    endpoint = delivery.endpoint, label = self.endpoints[delivery.endpoint].label,
    state = delivery.state, attempts = delivery.attempts,
    next_at = delivery.state == "pending" and delivery.next_at or nil,
    status = last.status, message = last.message }
end

function MemoryOutbox:list(state, limit)
  local found = {}
  for _, delivery in ipairs(all(self)) do
    if not state or delivery.state == state then found[#found + 1] = shown(self, delivery) end
    if #found == limit then break end
  end
  return found
end

function MemoryOutbox:history(event_id)
  local found = {}
  for _, delivery in ipairs(all(self)) do
    if delivery.event.event_id == event_id then
      local one = shown(self, delivery)
      one.history = delivery.history
      found[#found + 1] = one
    end
  end
  return found
end

function MemoryOutbox:list_endpoints()
  local found = {}
  for key, endpoint in pairs(self.endpoints) do
    found[#found + 1] = { endpoint = key, label = endpoint.label,
      disabled_at = endpoint.disabled_at, disabled_why = endpoint.disabled_why,
      paused_until = endpoint.paused_until, pending = #(self.pending[key] or {}) }
  end
  table.sort(found, function(a, b) return a.endpoint < b.endpoint end)
  return found
end

-- Where it was in the order.
local function put_back(self, delivery)
  for i, ended in ipairs(self.ended) do
    if ended == delivery then table.remove(self.ended, i) end
  end
  local list, place = self.pending[delivery.endpoint], 1
  while list[place] and list[place].delivery_id < delivery.delivery_id do place = place + 1 end
  table.insert(list, place, delivery)
  self.pending_count = self.pending_count + 1
end

function MemoryOutbox:redeliver(event_id, now)
  local count = 0
  for _, delivery in ipairs(all(self)) do
    if delivery.event.event_id == event_id and delivery.lease_until <= now then
      if delivery.state ~= "pending" then put_back(self, delivery) end
      delivery.state, delivery.attempts = "pending", 0
      delivery.since, delivery.next_at = now, now
      count = count + 1
    end
  end
  return count
end

function MemoryOutbox:enable(key)
  local endpoint = self.endpoints[key]
  if not endpoint then return false end
  endpoint.disabled_at, endpoint.disabled_why, endpoint.paused_until = nil, nil, 0
  return true
end

function MemoryOutbox:bring_back(now, latest)
  for key, list in pairs(self.pending) do
    for _, delivery in ipairs(list) do
      if ready_at(delivery) > latest then
        delivery.owner, delivery.lease_until, delivery.next_at = nil, 0, now
        delivery.since = math.min(delivery.since, now)
      end
    end
    local endpoint = self.endpoints[key]
    if endpoint.paused_until > latest then endpoint.paused_until = 0 end
  end
  return true
end

function MemoryOutbox:prune(before)
  for i = #self.ended, 1, -1 do
    if self.ended[i].since < before then table.remove(self.ended, i) end
  end
  local undelivered = 0
  for _, list in pairs(self.pending) do
    for i = #list, 1, -1 do
      if list[i].since < before then
        table.remove(list, i)
        self.pending_count = self.pending_count - 1
        undelivered = undelivered + 1
      end
    end
  end
  return undelivered
end

function MemoryOutbox.close() end

return memory_outbox
