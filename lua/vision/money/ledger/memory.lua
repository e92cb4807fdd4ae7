-- SPDX-License-Identifier: MIT
-- What was spent and is reserved, in this process. On the path of each call: a few microseconds
-- would be too many.

local alerts = require "vision.money.alerts"
local clock = require "vision.base.clock"
local use_rows = require "vision.money.use_rows"

local memory = {}

local NONE = {}

-- Of a reservation: a list is made and read in half the time of a table with names.
local LINES, AMOUNT, EXPIRES, BEFORE, AFTER = 1, 2, 3, 4, 5

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

-- What is reserved on the first lines.
local function give_back(lines, count, amount)
  for i = 1, count do
    local account = lines[i].account
    account.reserved = account.reserved - amount
  end
end

-- Out of the ring; what it holds is to be given back.
local function take_out(reservation)
  local before, after = reservation[BEFORE], reservation[AFTER]
  before[AFTER], after[BEFORE] = after, before
  reservation[BEFORE] = false
end

-- All last equally long, so the oldest is the first to go.
local function expire(self, now)
  local first = self.ring[AFTER]
  while first[EXPIRES] <= now do
    take_out(first)
    give_back(first[LINES], #first[LINES], first[AMOUNT])
    first = self.ring[AFTER]
  end
end

function Memory:reserve(lines, amount, seconds)
  local now, ring = clock.mono(), self.ring
  if ring[AFTER][EXPIRES] <= now then expire(self, now) end
  for i = 1, #lines do
    local line = lines[i]
    local account = line.account
    local reserved = account.reserved + amount
    if line.hard and account.spent + reserved > line.limit then
      give_back(lines, i - 1, amount)
      return nil, alerts.refusal(line, amount, account.spent, account.reserved)
    end
    account.reserved = reserved
  end
  local last = ring[BEFORE]
  local reservation = { lines, amount, now + seconds, last, ring }
  last[AFTER], ring[BEFORE] = reservation, reservation
  return reservation
end

function Memory:close_out(reservation, lines, amount, use)
  local held, raised = 0, nil
  if reservation and reservation[BEFORE] then
    take_out(reservation)
    held = reservation[AMOUNT]
  end
  for i = 1, #lines do
    local line = lines[i]
    local account = line.account
    local spent = account.spent + amount
    account.reserved, account.spent = account.reserved - held, spent
    if amount > 0 and spent >= line.alert_at then
      raised = alerts.add(raised, line, spent, amount)
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
  local ring = { NONE, 0, math.huge }
  ring[BEFORE], ring[AFTER] = ring, ring
  return setmetatable({ accounts = {}, ring = ring, rows = use_rows.new() }, Memory)
end

return memory
