-- SPDX-License-Identifier: MIT
-- The events of an analysis while it runs, and the stream of a provider that answers all at once.

local clock = require "vision.base.clock"

local stream = {}

---@class vision.StreamEvent
---@field event_type string one of StreamEventType
---@field data table        start: provider, model · progress: progress (0..1), stage ·
---  partial: text · complete: result (the reading) · error: error · heartbeat: nothing
---@field timestamp number  seconds since 1970

stream.StreamEventType = {
  START = "start",
  PROGRESS = "progress",
  PARTIAL = "partial",
  COMPLETE = "complete",
  ERROR = "error",
  HEARTBEAT = "heartbeat",
}

--- An event that happens now.
---@param event_type string
---@param data table?
---@return vision.StreamEvent
function stream.event(event_type, data)
  return { event_type = event_type, data = data or {}, timestamp = clock.wall() }
end

--- What `for event in …` goes through, and what gives it up early. In Lua 5.4 leaving the loop does
--- that of itself, by `break` or by an error; LuaJIT knows no such thing, so there call `close`.
---@class vision.EventStream
---@operator call: vision.StreamEvent?  the next event; waits for it
local EventStream = {}
EventStream.__index = EventStream

function EventStream:__call()
  if self.closed then return nil end
  local event = self.next_event(self.held)
  if self.closed then return nil end -- by another task, while this one waited
  return event
end

--- No event comes any more, and the connection is closed at once. Any number of times.
function EventStream:close()
  if not self.closed then
    self.closed = true
    self.release(self.held)
  end
end

EventStream.__close = EventStream.close

--- A stream of what `next_event` returns; as Lua 5.4's `for` wants it, with itself to be closed.
---@param next_event fun(held: any): vision.StreamEvent? waits
---@param release fun(held: any) gives up what it holds
---@param held? any  what both are called with, in place of closures: there may be thousands of
---  streams
---@return vision.EventStream
function stream.new(next_event, release, held)
  local events = setmetatable({ next_event = next_event, release = release, held = held },
    EventStream)
  return events, nil, nil, events
end

local function open_or_next(held)
  if not held.events then
    held.events = held.open(held.asked)
    held.open, held.asked = nil, nil
    if held.is_left then return held.events:close() end
  end
  return held.events()
end

local function leave(held)
  held.is_left = true
  if held.events then held.events:close() end
end

--- A stream that is opened with the first event that somebody waits for: who does not read it holds
--- nothing.
---@param open fun(asked: any): vision.EventStream waits
---@param asked? any what it is called with
---@return vision.EventStream
function stream.opened_by(open, asked)
  return stream.new(open_or_next, leave, { open = open, asked = asked })
end

--- The stream of what could not begin: its one event is the error.
---@param err vision.error
---@return vision.EventStream
function stream.failed(err)
  return stream.new(function()
    local event = err and stream.event(stream.StreamEventType.ERROR, { error = err })
    err = nil
    return event
  end, function() end)
end

--- The events of a provider that has no stream of its own: it starts, it works, it is done.
---@param provider table
---@param image table|string
---@param options table? of `analyze_image`
---@return vision.EventStream
function stream.of_analysis(provider, image, options)
  local types, step = stream.StreamEventType, 0
  return stream.new(function()
    step = step + 1
    if step == 1 then
      return stream.event(types.START, { provider = provider.name, model = provider.model })
    elseif step == 2 then
      return stream.event(types.PROGRESS, { progress = 0.1, stage = "reading" })
    elseif step == 3 then
      local reading, err = provider:analyze_image(image, options)
      if not reading then
        return stream.event(types.ERROR, { error = err })
      end
      return stream.event(types.COMPLETE, { result = reading })
    end
  end, function() end)
end

return stream
