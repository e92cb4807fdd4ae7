-- SPDX-License-Identifier: MIT
-- What stands in the way of one drawing of a batch, and will be gone: a provider that is given a rest,
-- and money that is reserved for the others under way.

local errors = require "vision.base.error"
local mailbox = require "vision.base.mailbox"
local task = require "vision.base.task"

local batch_patience = {}

-- Seconds that a drawing waits in all for a provider that is not asked because it failed too often.
-- (All that follow would fail at once.)
local REST = 300

---@class vision.BatchPatience
---@field package under_way integer  drawings that are being read
---@field package ended integer      those that were
---@field package waiting table<vision.Mailbox, true>  of those that wait for another's end
local Patience = {}
Patience.__index = Patience

local function says(err, field)
  while type(err) == "table" do
    if err[field] then return true end
    err = err.cause
  end
  return false
end

--- Whether --max-cost is in the way.
---@param err vision.error?
---@return boolean
function batch_patience.is_too_dear(err)
  return says(err, "run_limit") or says(err, "unpriced")
end

local function wait_for_another(self)
  local box = mailbox.new()
  self.waiting[box] = true
  local has_ended = box:take()
  self.waiting[box] = nil
  return has_ended
end

local function tell_of_end(self)
  self.ended = self.ended + 1
  for box in pairs(self.waiting) do box:put(true) end
end

-- The most that a call may cost is reserved for it, many times what it comes to: those under way give
-- back nearly all of it. With none of them, the limit is reached.
local function read_within(self, ask)
  local answer, err, is_final
  repeat
    local ended = self.ended
    self.under_way = self.under_way + 1
    local ok
    ok, answer, err = pcall(ask)
    if not ok then answer, err = nil, errors.from(answer) end
    self.under_way = self.under_way - 1
    is_final = not says(err, "frees_up") or (err.cost_usd or 0) > 0
      or self.ended == ended and (self.under_way == 0 or not wait_for_another(self))
  until is_final
  tell_of_end(self)
  return answer, err
end

--- Reads a drawing; waits for what is in its way.
---@param ask fun(): any, vision.error?  called again after a wait
---@return any answer
---@return vision.error? err
function Patience:read(ask)
  local waited = 0
  while true do
    local answer, err = read_within(self, ask)
    local wait = err and err.reason == "circuit_open" and math.max(1, err.retry_after or 1)
    if not wait or waited + wait > REST or not task.sleep(wait) then return answer, err end
    waited = waited + wait
  end
end

--- That of a batch.
---@return vision.BatchPatience
function batch_patience.new()
  return setmetatable({ under_way = 0, ended = 0, waiting = {} }, Patience)
end

return batch_patience
