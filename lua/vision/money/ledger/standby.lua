-- SPDX-License-Identifier: MIT
-- Goes on while the shared store is away: with what was known of its sums at the last contact, and
-- what this process has reserved and spent since. Says so once, and comes back by itself. What is
-- closed out meanwhile is an error, so that it is booked in the store later.

local log = require "vision.base.log"
local memory = require "vision.money.ledger.memory"

local standby = {}

---@class vision.StandbyLedger : vision.Ledger
---@field package remote vision.Ledger
---@field package here vision.MemoryLedger?  while the store is away
---@field package known table<string, integer>  budget, period -> spent, as last heard
---@field package open table<table, table>   own reservations -> lines, amount, seconds
---@field package debts table<table, table>  those of which the store was not told all -> lines;
---  beyond: what it has not reserved for them; spent: what it was not told is spent
local Standby = { waits = true }
Standby.__index = Standby

function Standby.bind() end

-- ---- lines of this process ----

local function key_of(line) return line.budget .. "\0" .. line.period end

-- The sum of all debts of a line: `beyond` or `spent`.
local function owed(self, what, key)
  local sum = 0
  for _, debt in pairs(self.debts) do
    for _, line in ipairs(debt.lines) do
      if key_of(line) == key then sum = sum + debt[what] end
    end
  end
  return sum
end

-- Each with what was known of it.
local function lines_here(self, lines, is_soft)
  local list = {}
  for i, line in ipairs(lines) do
    list[i] = setmetatable({ hard = line.hard and not is_soft }, { __index = line })
  end
  self.here:bind(list)
  for _, line in ipairs(list) do
    local account = line.account
    if not account.is_seeded then
      local key = key_of(line)
      account.is_seeded, account.spent = true, (self.known[key] or 0) + owed(self, "spent", key)
    end
  end
  return list
end

local function reserve_here(self, lines, amount, seconds, is_soft)
  local own, books = lines_here(self, lines, is_soft), self.here
  local held, err = books:reserve(own, amount, seconds)
  if not held then return nil, err end
  return { books = books, reservation = held, lines = own, is_checked = not is_soft }
end

-- The same lines for the store, with as much less room as it does not know of.
local function with_debts(self, lines)
  if not next(self.debts) then return lines end
  local list = {}
  for i, line in ipairs(lines) do
    local room = line.limit - owed(self, "beyond", key_of(line))
    list[i] = setmetatable({ room = room }, { __index = line })
  end
  return list
end

local function remember(self, lines, spent)
  for i, sum in ipairs(spent or {}) do -- of answers that overtook each other the later one
    local key = key_of(lines[i])
    self.known[key] = math.max(self.known[key] or 0, sum)
  end
end

-- ---- away and back ----

local function go_away(self, err)
  self.here = memory.open()
  for held, entry in pairs(self.open) do
    held.here = reserve_here(self, entry.lines, entry.amount, entry.seconds, true)
  end
  log.warn("the budget is kept by this process alone until its store is back: %s", tostring(err))
end

local function is_away(self, err)
  if err.reason ~= "store_unavailable" then return false end
  if not self.here then go_away(self, err) end
  return true
end

local function come_back(self)
  if not self.here then return end
  self.here = nil
  log.warn "the store of the budget is back"
end

-- ---- the contract ----

local NOTHING = { date = "", provider = "", model = "" }

-- Books an amount here and gives the reservation here back.
local function close_here(self, held, lines, amount)
  local own = held and held.here
  if held then
    if held.is_closed then return end
    held.is_closed = true
  end
  if own and own.books == self.here then
    own.books:close_out(own.reservation, own.lines, amount, NOTHING)
  elseif self.here and amount > 0 then
    self.here:close_out(nil, lines_here(self, lines), amount, NOTHING)
  end
end

-- What the store has reserved, it may have reserved while another call found it away.
local function taken_over(self, held, remote_held, entry)
  remote_held.here = held.here
  self.open[held], self.open[remote_held] = nil, entry
  come_back(self)
  remember(self, entry.lines, remote_held.spent)
  return remote_held
end

-- The store is away. Where another call found that out while this one was asking, room was kept for
-- it without a look at the limit; that look is now.
local function reserved_here(self, held, entry)
  local own = held.here
  if own and not own.is_checked then
    own.books:close_out(own.reservation, own.lines, 0, NOTHING)
    own = nil
  end
  local err
  if not own then own, err = reserve_here(self, entry.lines, entry.amount, entry.seconds) end
  if not own then
    self.open[held] = nil
    return nil, err
  end
  held.here = own
  self.debts[held] = { lines = entry.lines, beyond = entry.amount, spent = 0 }
  return held
end

function Standby:new_id()
  return self.remote:new_id()
end

function Standby:reserve(lines, amount, seconds)
  local held, err, remote_held = { id = self:new_id() }
  local entry = { lines = lines, amount = amount, seconds = seconds }
  if self.here then
    held.here, err = reserve_here(self, lines, amount, seconds)
    if not held.here then return nil, err end
  end
  self.open[held] = entry
  remote_held, err = self.remote:reserve(with_debts(self, lines), amount, seconds)
  if remote_held then return taken_over(self, held, remote_held, entry) end
  if is_away(self, err) then return reserved_here(self, held, entry) end
  self.open[held] = nil
  close_here(self, held, lines, 0)
  return nil, err
end

-- Until the store is told of the end of a call, what it has reserved for it stands there.
local function owe(self, held, lines, amount, reserved)
  local is_known = not self.debts[held]
  self.debts[held] = { lines = lines, spent = amount,
    beyond = is_known and math.max(0, amount - reserved) or amount }
end

function Standby:close_out(held, lines, amount, use)
  local raised, err, spent = self.remote:close_out(held, lines, amount, use)
  if raised then
    if held then self.open[held], self.debts[held] = nil, nil end
    come_back(self)
    remember(self, lines, spent)
    return raised
  end
  local entry = held and self.open[held]
  if held then self.open[held] = nil end
  if is_away(self, err) then close_here(self, held, lines, amount) end
  if entry then owe(self, held, lines, amount, entry.amount) end
  return nil, err
end

function Standby:standing(lines)
  local list, err = self.remote:standing(lines)
  if list then
    come_back(self)
    return list
  elseif not is_away(self, err) then
    return nil, err
  end
  return self.here:standing(lines_here(self, lines))
end

function Standby:uses(from, to)
  return self.remote:uses(from, to)
end

function Standby:close()
  self.remote:close()
end

--- A ledger that goes on when the one within is away.
---@param remote vision.Ledger  also with `new_id`, for reservations that it did not make itself;
---  its `close_out` tells as a third value what is spent of each line, a reservation in `spent`
---@return vision.Ledger
function standby.around(remote)
  local function by_reservation() return setmetatable({}, { __mode = "k" }) end
  return setmetatable({ remote = remote, known = {}, open = by_reservation(),
    debts = by_reservation() }, Standby)
end

return standby
