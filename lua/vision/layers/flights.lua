-- SPDX-License-Identifier: MIT
-- Single flight: of equal calls at the same time one is made, and all who asked get its answer.
--
-- The call runs in tasks of its own, so that none of those who wait is more than another. Who is
-- stopped, or closes his stream, leaves; when the last one has left, the call is given up.
--
-- An answer is handed round as a function that makes a fresh copy of the reading.

local errors = require "vision.base.error"
local layer = require "vision.layers.layer"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"

local flights = {}

local types = stream.StreamEventType

---@class vision.Flights
---@field package under_way table<string, table>
local Flights = {}
Flights.__index = Flights

---@return vision.Flights
function flights.new()
  return setmetatable({ under_way = {} }, Flights)
end

--- The flight under way for a key.
---@param key string
---@return vision.Flight?
function Flights:find(key)
  return self.under_way[key]
end

local function start(list, key, flight)
  flight.waiters = 0
  flight.land = function()
    if list.under_way[key] == flight then
      list.under_way[key] = nil
    end
  end
  list.under_way[key] = flight
  return flight
end

local function leave(flight, why)
  flight.waiters = flight.waiters - 1
  if flight.waiters == 0 then
    flight.land()
    flight:give_up(why)
  end
end

-- ---- a call that answers at once ----

---@class vision.Flight
local Call = {}
Call.__index = Call

function Call:give_up(why)
  self.task:cancel(why) -- nothing, where it has ended
end

--- Waits for the answer.
---@return (fun(): table)|nil take makes a fresh copy of the reading
---@return vision.error? err the call's, or of the task that waits where that was stopped
function Call:wait()
  self.waiters = self.waiters + 1
  local take, err = self.task:join()
  leave(self, err)
  return take, err
end

--- The answer as a stream.
---@param provider table who is named at its start
---@return vision.EventStream
function Call:stream(provider)
  return stream.of_analysis {
    name = provider.name, model = provider.model,
    analyze_image = function()
      local take, err = self:wait()
      return take and take(), err
    end,
  }
end

--- Starts a call.
---@param key string
---@param body fun(): (fun(): table)|nil, vision.error?  in a task of its own
---@return vision.Flight
function Flights:call(key, body)
  local flight = start(self, key, setmetatable({ waiters = 0, land = false, task = false }, Call))
  flight.task = task.spawn(function()
    local take, err = body()
    flight.land()
    return take, err
  end)
  return flight
end

-- ---- a stream that several read ----

-- Whoever is ahead lets the next event be read, so nobody waits for one who reads slowly. All
-- events are kept to the end: an answer is a few KB.
---@class vision.SharedStream : vision.Flight
local Shared = {}
Shared.__index = Shared

function Shared:give_up(why)
  if self.step then
    self.step:cancel(why)
  end
  self.events:close()
end

function Shared:add(event)
  local event_type = event and event.event_type
  if event_type == types.COMPLETE then
    event.take = self.keep(event.data.result)
  end
  self.ended = event == nil or event_type == types.COMPLETE or event_type == types.ERROR
  self.list[#self.list + 1] = event
  if self.ended then
    self.land()
  end
end

local function read_next(self)
  local ok, event = pcall(self.events)
  if not ok then
    event = stream.event(types.ERROR, { error = errors.from(event) })
  end
  self:add(event)
end

-- The event of a number; nil at the end; nil and an error where the task that waits was stopped.
function Shared:event(number)
  while not self.list[number] and not self.ended do
    if not self.step or self.step:done() then
      self.step = task.spawn(read_next, self)
    end
    local step = self.step
    local _, err = step:join()
    if err then
      return nil, err
    end
  end
  return self.list[number]
end

local function copy(event)
  local data = layer.copy(event.data)
  if event.take then
    data.result = event.take()
  end
  return { event_type = event.event_type, data = data, timestamp = event.timestamp }
end

--- All its events from the first one on, for one more reader.
---@return vision.EventStream
function Shared:stream()
  self.waiters = self.waiters + 1
  local number, left = 0, false
  local function go(why)
    if not left then
      left = true
      leave(self, why)
    end
  end
  return stream.new(function()
    if left then return nil end
    number = number + 1
    local event, err = self:event(number)
    if not event or event.take or event.event_type == types.ERROR then
      go(err)
    end
    if err then
      return stream.event(types.ERROR, { error = err })
    end
    return event and copy(event)
  end, go)
end

--- Waits for the answer, as `vision.Flight` does.
function Shared:wait()
  self.waiters = self.waiters + 1
  local number, event, err = 1, self:event(1)
  while event and not event.take and event.event_type ~= types.ERROR do
    number = number + 1
    event, err = self:event(number)
  end
  leave(self, err)
  if event then
    return event.take, event.data.error
  end
  return nil, err or errors.new("cut_stream", "the stream ended without an answer")
end

--- Starts a stream.
---@param key string
---@param events vision.EventStream
---@param keep fun(reading: table): fun(): table  what becomes of a reading: a maker of copies
---@return vision.Flight
function Flights:stream(key, events, keep)
  return start(self, key, setmetatable({ events = events, keep = keep, list = {} }, Shared))
end

return flights
