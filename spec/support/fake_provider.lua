-- SPDX-License-Identifier: MIT
-- A provider that does what a spec says, call by call.

local errors = require "vision.base.error"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"

local fake = {}

local types = stream.StreamEventType

local function do_step(step, self)
  if type(step) == "function" then return step(self) end
  if step.seconds then
    local ok, err = task.sleep(step.seconds)
    if not ok then return nil, err end
  end
  if step.reason then
    return nil, errors.new(step.reason, step.message or "as the spec says", {
      provider = self.name, retry_after = step.retry_after, usage = step.usage,
    })
  end
  return { summary = step.summary or "s", usage = step.usage }
end

local function analyze(self, _, options)
  self.calls = self.calls + 1
  self.options[self.calls] = options or {}
  return do_step(self.steps[math.min(self.calls, #self.steps)], self)
end

local function analyze_in_pieces(self, image, options)
  local queue, done = { stream.event(types.START, { provider = self.name }) }, false
  return stream.new(function()
    if #queue > 0 then return table.remove(queue, 1) end
    if done then return nil end
    local reading, err = analyze(self, image, options)
    local step = self.steps[math.min(self.calls, #self.steps)]
    if type(step) == "function" then step = {} end
    done = true
    if reading then
      queue[1] = stream.event(types.COMPLETE, { result = reading })
    elseif not step.cut then
      queue[1] = stream.event(types.ERROR, { error = err })
    end
    if reading or step.partial then
      return stream.event(types.PARTIAL, { text = "text" })
    end
    return table.remove(queue, 1)
  end, function() self.closed = (self.closed or 0) + 1 end)
end

--- A provider. Each step is a function of the provider, or a table: `seconds` it takes, `reason`
--- and `retry_after` of its failure, `usage`, and of streams: `partial` (text comes before it
--- fails), `cut` (it ends without a word). The last step repeats.
---@param steps table[]?
---@param fields table? of the provider, beside `name` ("fake") and `model`
---@return table provider with `calls`, `options[i]` and `closed` (streams given up)
function fake.provider(steps, fields)
  local provider = {
    name = "fake", model = "m", steps = steps or { {} }, calls = 0, options = {},
    analyze_image = analyze, analyze_image_stream = analyze_in_pieces,
  }
  for name, value in pairs(fields or {}) do
    provider[name] = value
  end
  return provider
end

--- The types of the events of a stream, and its last event.
---@return string[], table
function fake.follow(events)
  local seen, last = {}, nil
  for event in events do
    seen[#seen + 1], last = event.event_type, event
  end
  return seen, last
end

return fake
