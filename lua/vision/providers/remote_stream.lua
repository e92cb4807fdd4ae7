-- SPDX-License-Identifier: MIT
-- A remote provider's answer as it comes. Success is said at the very end only: when the terminator
-- came, the finish reason is a good one and there is something to read. Once a piece of text was
-- handed on nothing is tried again.

local core = require "vision.core"
local errors = require "vision.base.error"
local http = require "vision.base.http"
local remote_call = require "vision.providers.remote_call"
local stream = require "vision.providers.stream"

local remote_stream = {}

local types = stream.StreamEventType

-- Bytes of one event; a whole answer in one event is far below.
local MAX_EVENT = 4 * 1024 * 1024

-- Progress is a guess: a reading has about this many characters.
local USUAL_LENGTH = 4000

local Events = {}
Events.__index = Events

function Events:push(event_type, data)
  self.queue[#self.queue + 1] = stream.event(event_type, data)
end

function Events:progress(share, stage)
  if share > self.share then
    self.share = share
    self:push(types.PROGRESS, { progress = share, stage = stage })
  end
end

function Events:fail(err)
  self:push(types.ERROR, { error = remote_call.failure(self.provider, err) })
  self:close()
end

--- Gives the stream up, wherever it is.
function Events:close()
  self.step = nil
  if self.reader then
    self.reader:close()
    self.reader = nil
  end
  if self.parser then
    self.parser:close()
    self.parser = nil
  end
end

-- ---- the steps: each does one thing that may wait and says which comes next ----

function Events:start()
  self:push(types.START, { provider = self.provider.name, model = self.provider.model })
  self.step = self.prepare
end

function Events:prepare()
  if remote_call.asks_nothing(self.given) then
    self:push(types.COMPLETE, { result = self.provider:analyze_image(self.image, self.given) })
    return self:close()
  end
  local prepared, err = remote_call.prepare(self.provider, self.image, self.given, true)
  if not prepared then
    return self:fail(errors.with(errors.from(err), { unsent = true }))
  end
  self.prepared, self.image = prepared, nil
  self:progress(0.1, "sending")
  self.step = self.send
end

function Events:send()
  local request, err = remote_call.request(self.prepared)
  if request then
    self.reader, err = http.stream(request)
  end
  if not self.reader then
    return self:fail(err)
  elseif self.reader.status >= 300 then
    return self:refused()
  elseif (self.reader.headers["content-type"] or ""):find("application/json", 1, true) then
    self.step = self.receive_whole
    return
  end
  self.parser = core.sse { maximum = MAX_EVENT }
  self.decoder = self.provider.spec.protocol.stream()
  self:progress(0.3, "reading")
  self.step = self.receive
end

-- All that is left of the response; nil where that has failed.
function Events:rest()
  local reader = self.reader
  local body, err = reader:rest()
  reader:close()
  self.reader = nil
  if not body then
    self:fail(err)
  end
  return body
end

function Events:refused()
  local response = { status = self.reader.status, headers = self.reader.headers }
  response.body = self:rest()
  if not response.body then
    return
  end
  local err = remote_call.refusal(self.provider, response)
  if not remote_call.correct(self.prepared, err) then
    return self:fail(err)
  end
end

function Events:add_text(text)
  self.length = self.length + #text
  self:push(types.PARTIAL, { text = text })
  self:progress(0.3 + 0.6 * self.length / (self.length + USUAL_LENGTH), "reading")
end

-- Pings and comments keep the connection warm, but they are no sign that the answer goes on.
local function is_payload(event)
  return event.comment == nil and event.event ~= "ping" and event.data ~= ""
end

function Events:take(events)
  local payload = false
  for _, event in ipairs(events) do
    if is_payload(event) then
      payload = true
      local text, err = self.decoder:event(event)
      if err then
        return nil, err
      elseif text then
        self:add_text(text)
      end
    else
      self:push(types.HEARTBEAT)
    end
  end
  if payload then
    self.reader:payload()
  end
  return true
end

function Events:receive()
  local chunk, err = self.reader:read()
  if err then
    return self:fail(err)
  elseif not chunk then
    return self:finish(self.decoder:finish())
  end
  local events, ok
  events, err = self.parser:feed(chunk)
  if events then
    ok, err = self:take(events)
  end
  if not ok then
    return self:fail(err)
  end
end

-- Some servers know of no streams, and answer at once.
function Events:receive_whole()
  local body = self:rest()
  if not body then
    return
  end
  local answer, err = self.provider.spec.protocol.parse(body)
  if answer then
    self:add_text(answer.text)
  end
  self:finish(answer, err)
end

function Events:finish(answer, err)
  if not answer then
    return self:fail(err)
  end
  self:progress(1, "done")
  self:push(types.COMPLETE, { result = remote_call.reading(self.prepared, answer) })
  self:close()
end

function Events:next()
  while #self.queue == 0 and self.step and not self.given_up do
    self:step()
  end
  if self.given_up then -- by another task, while this one waited
    return self:close()
  end
  return table.remove(self.queue, 1)
end

function Events:give_up()
  self.given_up = true
  self:close()
end

--- The events of one analysis.
---@param provider table
---@param image table|string
---@param given table?
---@return vision.EventStream
function remote_stream.events(provider, image, given)
  local events = setmetatable({
    provider = provider, image = image, given = given, queue = {}, share = 0, length = 0,
  }, Events)
  events.step = events.start
  return stream.new(function()
    return events:next()
  end, function()
    events:give_up()
  end)
end

return remote_stream
