-- SPDX-License-Identifier: MIT
-- The layer that lets only so many calls be under way at a time; the others wait in line, first
-- come, first served. With a shared state the limit holds for all processes of the machine.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local layer = require "vision.layers.layer"
local shared_state = require "vision.layers.shared_state"
local task = require "vision.base.task"

local concurrency = {}

-- Nobody says when another process's call has ended: the first in line looks.
local POLL_SECONDS = 0.05

-- A permit that never came back from a process that still runs.
local LEASE_SECONDS = 3600

local Limited = layer.class("concurrency_limited", {
  max_concurrent = { "calls under way at a time", type = "integer", min = 1, max = 256,
    default = 8 },
  max_queue = { "calls that may wait", type = "integer", min = 0, max = 1e6, default = 100 },
  queue_timeout_seconds = { "longest wait", type = "number", min = 0, max = 86400, default = 60 },
  shared = shared_state.OPTION,
})

-- ---- the line ----

local function wake_first(self)
  local first = self.line[1]
  if first and first.sleep then
    first.sleep:cancel()
  end
end

local function leave(self, place)
  for i, other in ipairs(self.line) do
    if other == place then
      table.remove(self.line, i)
      break
    end
  end
  wake_first(self)
end

-- True after the time, or when somebody woke it; an error where the task that waits was stopped.
local function sleep(place, seconds)
  local nap = task.spawn(task.sleep, seconds)
  place.sleep = nap
  local _, err = nap:join()
  if nap:done() then
    return true
  end
  nap:cancel()
  return nil, err
end

local function acquire(self)
  return self.limit:acquire(LEASE_SECONDS, clock.mono())
end

local function too_late(self, waited)
  self.timed_out = self.timed_out + 1
  return nil, errors.new("timeout", ("waited %.1f s for one of %d calls at a time to end "
    .. "(queue_timeout_seconds)"):format(waited, self.config.max_concurrent),
    { provider = self.name, fault = "ours" })
end

local function wait_in_line(self, place, started)
  local longest, pause = self.config.queue_timeout_seconds, POLL_SECONDS / 10
  while true do
    local first = self.line[1] == place
    local permit = first and acquire(self)
    if permit then
      return permit
    end
    local waited = clock.mono() - started
    if waited >= longest - 1e-6 then -- a sum of times may fall short of it by the last bit
      return too_late(self, waited)
    end
    local ok, err = sleep(place, first and self.config.shared
      and math.min(pause, longest - waited) or longest - waited)
    if not ok then
      return nil, err
    end
    pause = math.min(2 * pause, POLL_SECONDS)
  end
end

local function wait_turn(self)
  if #self.line >= self.config.max_queue then
    self.turned_away = self.turned_away + 1
    return nil, errors.new("queue_full", ("%d calls are under way and %d wait (max_queue)"):format(
      self.limit:in_flight(), #self.line), { provider = self.name })
  end
  local place, started = {}, clock.mono()
  self.line[#self.line + 1] = place
  local permit, err = wait_in_line(self, place, started)
  leave(self, place)
  if permit then
    self.waited = self.waited + 1
    layer.add_wait(clock.mono() - started)
  end
  return permit, err
end

layer.around(Limited, {
  before = function(self)
    local permit = #self.line == 0 and acquire(self)
    if permit then
      return permit
    end
    return wait_turn(self)
  end,

  after = function(self, permit)
    self.limit:release(permit)
    wake_first(self)
  end,
})

---@class vision.ConcurrencyStats
---@field in_flight integer  calls under way; with a shared state, of all processes
---@field peak integer       the most there were at a time, likewise
---@field waiting integer    calls in line now
---@field waited integer     calls that were made after a wait
---@field queue_full integer calls refused because the line was full
---@field timed_out integer  calls refused after `queue_timeout_seconds`
Limited.properties.concurrency_stats = function(self)
  return {
    in_flight = self.limit:in_flight(), peak = self.limit:peak(), waiting = #self.line,
    waited = self.waited, queue_full = self.turned_away, timed_out = self.timed_out,
  }
end

local function limit_of(self)
  local config = self.config
  if not config.shared then
    return core.concurrency_limit(config.max_concurrent)
  end
  return config.shared:concurrency(shared_state.name("calls", self.provider),
    config.max_concurrent)
end

--- A provider that has only so many calls under way.
---@param provider table
---@param options table? max_concurrent (8), max_queue (100), queue_timeout_seconds (60); shared: a
---  vision.core.SharedState, in which the limit goes by the provider's `endpoint_name`
---@return table|nil provider with `concurrency_stats`
---@return vision.error? err
concurrency.create_concurrency_limited_provider = layer.creator(Limited, function(self)
  local limit, err = limit_of(self)
  if not limit then
    return nil, errors.from(err)
  end
  self.limit, self.line = limit, {}
  self.waited, self.turned_away, self.timed_out = 0, 0, 0
  return true
end)

return concurrency
