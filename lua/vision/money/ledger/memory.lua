-- SPDX-License-Identifier: MIT
-- What was spent and is reserved, in this process. On the path of each call: a few microseconds
-- would be too many.

local alerts = require "vision.money.alerts"
local clock = require "vision.base.clock"
local use_rows = require "vision.money.use_rows"

local memory = {}

local NONE = {}

---@class vision.MemoryLedger : vision.Ledger
---@field package accounts table<string, table>  budget, period -> spent, reserved
---@field package ring table  the open reservations, by age, and this one between last and first
---@field package rows vision.UseRows
local Memory = {}
Memory.__index = Memory

function Memory:bind(lines)
  for _, line in ipairs(lines) do
    local key = line.budget .. "\0" .. line.period
    local account = self.accounts[key]
    if not account then
      account = { spent = 0, reserved = 0 }
      self.accounts[key] = account
    end
    line.account = account
  end
end

local function take_out(reservation)
  local before, after = reservation.before, reservation.after
  before.after, after.before = after, before
  reservation.before = nil
  local lines, amount = reservation.lines, reservation.amount
  for i = 1, #lines do
    local account = lines[i].account
    account.reserved = account.reserved - amount
  end
end

-- All last equally long, so the oldest is the first to go.
local function expire(self, now)
  local first = self.ring.after
  while first ~= self.ring and first.expires <= now do
    take_out(first)
    first = self.ring.after
  end
end

function Memory:reserve(lines, amount, seconds)
  local now = clock.mono()
  expire(self, now)
  for i = 1, #lines do
    local line = lines[i]
    local account = line.account
    if line.hard and account.spent + account.reserved + amount > line.limit then
      return nil, alerts.refusal(line, amount, account.spent, account.reserved)
    end
  end
  for i = 1, #lines do
    local account = lines[i].account
    account.reserved = account.reserved + amount
  end
  local ring = self.ring
  local last = ring.before
  local reservation = { lines = lines, amount = amount, expires = now + seconds, before = last,
    after = ring }
  last.after, ring.before = reservation, reservation
  return reservation
end

function Memory:close_out(reservation, lines, amount, use)
  if reservation and reservation.before then take_out(reservation) end
  local raised
  if amount > 0 then
    for i = 1, #lines do
      local line = lines[i]
      local account = line.account
      local spent = account.spent + amount
      account.spent = spent
      if spent >= line.alert_at then raised = alerts.add(raised, line, spent, amount) end
    end
  end
  self.rows:add(use, amount)
  return raised or NONE
end

function Memory:standing(lines)
  expire(self, clock.mono())
  local list = {}
  for i, line in ipairs(lines) do
    list[i] = { spent = line.account.spent, reserved = line.account.reserved }
  end
  return list
end

function Memory:uses(from, to)
  return self.rows:between(from, to)
end

function Memory.close() end

--- An empty one.
---@return vision.MemoryLedger
function memory.open()
  local ring = {}
  ring.before, ring.after = ring, ring
  return setmetatable({ accounts = {}, ring = ring, rows = use_rows.new() }, Memory)
end

return memory
