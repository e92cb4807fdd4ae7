-- SPDX-License-Identifier: MIT
-- Stands between a tracker and a ledger that waits, and loses nothing: a step that was begun is
-- ended, also where the call that wants it is given up meanwhile; what was paid while the store was
-- away is kept and booked later.

local log = require "vision.base.log"
local task = require "vision.base.task"

local writer = {}

-- Calls whose end could not be written down yet.
local MAX_UNWRITTEN = 10000

local NONE = {}

---@class vision.LedgerWriter
---@field ledger vision.Ledger
---@field package raise fun(alert: vision.BudgetAlert)
---@field package unwritten table[]        what is still to be closed out: arguments of `close_out`
---@field package steps table<vision.Task, true>  under way
local Writer = {}
Writer.__index = Writer

---@param books vision.Ledger
---@param raise fun(alert: vision.BudgetAlert)  is called with each alert
---@return vision.LedgerWriter
function writer.new(books, raise)
  return setmetatable({ ledger = books, raise = raise, unwritten = {}, steps = {} }, Writer)
end

local function start_step(self, body, ...)
  local step
  step = task.spawn(function(...)
    local result, err = body(...)
    self.steps[step] = nil
    return result, err
  end, ...)
  self.steps[step] = true
  return step
end

--- As the ledger's.
---@param lines vision.BudgetLine[]
---@param amount integer
---@param seconds number
---@return table|nil held
---@return vision.error? err
function Writer:reserve(lines, amount, seconds)
  local books = self.ledger
  if self.unwritten[1] then self:write_down() end
  local step = start_step(self, books.reserve, books, lines, amount, seconds)
  local held, err = step:join()
  if not step:done() then
    start_step(self, function()
      local late = step:join()
      return late and books:close_out(late, lines, 0)
    end)
  end
  return held, err
end

local function close_out(self, held, lines, amount, use)
  local raised, err = self.ledger:close_out(held, lines, amount, use)
  if not raised then return nil, err end
  for i = 1, #raised do self.raise(raised[i]) end
  return true
end

-- Errors that stay what they are, however often it is tried.
local HOPELESS = { internal = true, input = true, invalid_option = true, too_large = true }

local function keep_for_later(self, err, entry)
  if HOPELESS[err.reason] then
    log.warn("what a call cost cannot be booked: %s", tostring(err))
    return
  elseif #self.unwritten == 0 then
    log.warn("what calls cost cannot be booked now and is kept for later: %s", tostring(err))
  elseif #self.unwritten >= MAX_UNWRITTEN then
    table.remove(self.unwritten, 1)
    log.warn("%d calls could not be booked; the oldest of them is given up", MAX_UNWRITTEN)
  end
  table.insert(self.unwritten, entry)
end

local function close_out_or_keep(self, held, lines, amount, use)
  local ok, err = close_out(self, held, lines, amount, use)
  if not ok then keep_for_later(self, err, { held, lines, amount, use }) end
end

--- As the ledger's; what cannot be written down now is kept, and alerts are raised when it is.
---@param held table|false
---@param lines vision.BudgetLine[]
---@param amount integer
---@param use vision.Use
---@return vision.BudgetAlert[] # none
function Writer:close_out(held, lines, amount, use)
  local books = self.ledger
  -- By its name the store knows what it has booked already, of a call without a reservation, too.
  if not held and books.new_id then held = { id = books:new_id() } end
  local step = start_step(self, close_out_or_keep, self, held, lines, amount, use)
  pcall(step.join, step) -- where nobody may wait (a callback closes a stream) it goes on by itself
  return NONE
end

--- Writes down what could not be before.
---@return true|nil
---@return vision.error? err why it still cannot
function Writer:write_down()
  local waiting = self.unwritten
  self.unwritten = {}
  for i, entry in ipairs(waiting) do
    local ok, err = close_out(self, entry[1], entry[2], entry[3], entry[4])
    if not ok then
      for rest = i, #waiting do table.insert(self.unwritten, waiting[rest]) end
      return nil, err
    end
  end
  return true
end

--- Waits until everything is written down.
---@return true|nil
---@return vision.error? err what is not
function Writer:finish()
  local step = next(self.steps)
  while step do
    step:join()
    self.steps[step] = nil
    step = next(self.steps)
  end
  return self:write_down()
end

return writer
