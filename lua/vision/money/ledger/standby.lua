-- SPDX-License-Identifier: MIT
-- Goes on while the shared store is away: with what was known of its sums at the last contact and
-- what this process has spent since. Says so once, and comes back by itself. What is closed out
-- meanwhile is an error, so that the tracker books it later.

local log = require "vision.base.log"
local memory = require "vision.money.ledger.memory"

local standby = {}

---@class vision.StandbyLedger : vision.Ledger
---@field package remote vision.Ledger
---@field package here vision.MemoryLedger?  while the store is away
---@field package known table<string, integer>  budget, period -> spent, as last heard
local Standby = { waits = true }
Standby.__index = Standby

function Standby.bind() end

-- ---- away and back ----

local function key_of(line) return line.budget .. "\0" .. line.period end

local function is_away(self, err)
  if err.reason ~= "store_unavailable" then return false end
  if not self.here then
    self.here = memory.open()
    log.warn("the budget is kept by this process alone until its store is back: %s", tostring(err))
  end
  return true
end

local function is_back(self)
  if self.here then
    self.here = nil
    log.warn "the store of the budget is back"
  end
end

-- Lines of this process, each with what was known of it.
local function lines_here(self, lines)
  local list = {}
  for i, line in ipairs(lines) do
    list[i] = setmetatable({}, { __index = line })
  end
  self.here:bind(list)
  for _, line in ipairs(list) do
    local account = line.account
    if not account.seeded then
      account.seeded, account.spent = true, account.spent + (self.known[key_of(line)] or 0)
    end
  end
  return list
end

local function remember(self, lines, spent)
  for i, line in ipairs(spent and lines or {}) do self.known[key_of(line)] = spent[i] end
end

-- ---- the contract ----

function Standby:reserve(lines, amount, seconds)
  local held, err = self.remote:reserve(lines, amount, seconds)
  if held then
    is_back(self)
    remember(self, lines, held.spent)
    return held
  elseif not is_away(self, err) then
    return nil, err
  end
  local own, books = lines_here(self, lines), self.here
  held, err = books:reserve(own, amount, seconds)
  if not held then return nil, err end
  return { id = self.remote:new_id(), books = books, reservation = held, lines = own }
end

local NOTHING = { date = "", provider = "", model = "", failed = 0, unpriced = 0, estimated = 0,
  input_tokens = 0, output_tokens = 0 }

-- What this process alone knows of a call; once, however often it is tried to book it.
local function close_here(self, held, lines, amount)
  if held and held.is_closed_here then return end
  if held then held.is_closed_here = true end
  if held and held.books then
    held.books:close_out(held.reservation, held.lines, amount, NOTHING)
  elseif self.here then
    self.here:close_out(nil, lines_here(self, lines), amount, NOTHING)
  end
end

function Standby:close_out(held, lines, amount, use)
  local raised, err = self.remote:close_out(held, lines, amount, use)
  if raised then
    is_back(self)
    return raised
  elseif is_away(self, err) then
    close_here(self, held, lines, amount)
  end
  return nil, err
end

function Standby:standing(lines)
  local list, err = self.remote:standing(lines)
  if list then
    is_back(self)
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
---@param remote vision.Ledger with `new_id` for reservations that it did not make itself
---@return vision.Ledger
function standby.around(remote)
  return setmetatable({ remote = remote, known = {} }, Standby)
end

return standby
