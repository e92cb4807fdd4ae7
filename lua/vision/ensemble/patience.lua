-- SPDX-License-Identifier: MIT
-- What stands in the way of one picture of a batch, and will be gone: a provider that is given a
-- rest, and money that is reserved for the others under way. All that follow would fail at once.

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local log = require "vision.base.log"
local mailbox = require "vision.base.mailbox"
local task = require "vision.base.task"

local patience = {}

-- Seconds without any reading until a provider that rests is waited for no longer.
local REST = 300

---@class vision.Patience
---@field package under_way integer  pictures that are being read
---@field package ended integer      those that were
---@field package good_at number     when the last one was, as of `clock.mono`
---@field package told_at number?  `good_at` when it was told last that somebody waits
---@field package waiting table<vision.Mailbox, true>  of those that wait for another's end
local Patience = {}
Patience.__index = Patience

-- Whether an error, or what led to it, has a field.
local function says(err, field)
  while type(err) == "table" do
    if err[field] then return true end
    err = err.cause
  end
  return false
end

--- Whether the limit of the run (`--max-cost`) is in the way: then it is so of all that follow.
---@param err vision.error?
---@return boolean
function patience.is_too_dear(err)
  return says(err, "run_limit") or says(err, "unpriced")
end

-- Seconds of rest that all who could be asked are given, because they failed too often; nil: of one
-- there is another failure.
local function rest_of(err)
  if not err or err.reason ~= "circuit_open" then return nil end
  local last = {}
  for _, step in ipairs(err.trail or {}) do last[step.endpoint] = step.reason end
  for _, reason in pairs(last) do
    if reason ~= "circuit_open" then return nil end
  end
  return math.max(1, err.retry_after or 1)
end

-- Whether only what is reserved for calls under way is in the way, and nothing was paid for yet.
local function may_fit_later(err)
  return says(err, "frees_up") and (err.cost_usd or 0) == 0
end

--- Seconds until the same call may go through: providers are given a rest, or what is left of a
--- limit is reserved for calls under way.
---@param err vision.error?
---@return number? # nil: it is no use to wait
function patience.pause(err)
  return rest_of(err) or may_fit_later(err) and 1 or nil
end

local function wait_for_another(self)
  local box = mailbox.new()
  self.waiting[box] = true
  local has_ended = box:take()
  self.waiting[box] = nil
  return has_ended
end

local function tell_of_end(self, is_good)
  self.ended = self.ended + 1
  if is_good then self.good_at = clock.mono() end
  for box in pairs(self.waiting) do box:put(true) end
end

local function ask_once(self, ask)
  self.under_way = self.under_way + 1
  local ok, reading, err = pcall(ask)
  if not ok then reading, err = nil, errors.from(reading) end
  self.under_way = self.under_way - 1
  return reading, err
end

-- The most that a call may cost is reserved for it, many times what it comes to: those under way
-- give back nearly all of it. With none of them, the limit is reached.
local function ask_within(self, ask)
  local reading, err, is_final
  repeat
    local ended = self.ended
    reading, err = ask_once(self, ask)
    is_final = not may_fit_later(err)
      or self.ended == ended and (self.under_way == 0 or not wait_for_another(self))
  until is_final
  tell_of_end(self, reading)
  return reading, err
end

-- Seconds to wait for a provider that rests; nil, where that will not help, or nothing was read for
-- too long.
local function wait_for_rest(self, err)
  local pause = rest_of(err)
  local is_unpaid = pause and type(err.cause) == "table" and err.cause.reason == "billing"
  if pause and not is_unpaid and clock.mono() + pause <= self.good_at + REST then return pause end
end

-- Once, until something is read again.
local function tell_of_rest(self, err)
  if self.told_at == self.good_at then return end
  self.told_at = self.good_at
  log.warn("waiting: %s", tostring(err))
end

--- Reads a picture; waits for what is in its way.
---@param ask fun(): table?, vision.error?  called again after a wait
---@return table|nil reading
---@return vision.error? err
function Patience:read(ask)
  while true do
    local reading, err = ask_within(self, ask)
    local pause = wait_for_rest(self, err)
    if not pause then return reading, err end
    tell_of_rest(self, err)
    if not task.sleep(pause) then return reading, err end
  end
end

--- That of a batch.
---@return vision.Patience
function patience.new()
  return setmetatable({ under_way = 0, ended = 0, good_at = clock.mono(), waiting = {} }, Patience)
end

return patience
