-- SPDX-License-Identifier: MIT
-- Providers that a spec writes the course of: each call takes its time and ends as the plan says.

local description = require "vision.drawing.description"
local errors = require "vision.base.error"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"

local readers = {}

---@class spec.Step
---@field seconds number?   how long it takes
---@field fails string?     a reason
---@field cause vision.error?  of that
---@field reading table?    fields of the answer

local Reader = {}
Reader.__index = Reader

local function answer_of(self, step, number)
  if step.throws then error(step.throws, 0) end
  if step.fails then
    return nil, errors.new(step.fails, step.message or step.fails,
      { provider = self.name, retry_after = step.retry_after, cause = step.cause })
  end
  local reading = {}
  for name, value in pairs(step.reading or {}) do reading[name] = value end
  reading.summary = reading.summary or ("%s %d"):format(self.endpoint_name, number)
  reading.provider, reading.model = self.name, self.model
  return description.new(reading)
end

function Reader:analyze_image(image, options)
  self.calls = self.calls + 1
  local number = self.calls
  self.images[number], self.options[number] = image, options or false
  local step = self.plan(number, image, options)
  self.running = self.running + 1
  self.most = math.max(self.most, self.running)
  local ok, err = task.sleep(step.seconds or 1)
  self.running = self.running - 1
  if not ok then
    self.cancelled = self.cancelled + 1
    return nil, err
  end
  return answer_of(self, step, number)
end

-- Says START at once, PARTIAL after the time, then the answer, half of the time later.
local function stream_of(self, image, options)
  local types, at = stream.StreamEventType, 0
  self.calls = self.calls + 1
  local number = self.calls
  local step = self.plan(number, image, options)
  return stream.new(function()
    at = at + 1
    if at == 1 then return stream.event(types.START, { provider = self.name }) end
    local ok, err = task.sleep((step.seconds or 1) / (at - 1))
    if ok and at == 2 and not (step.fails and not step.late) then
      return stream.event(types.PARTIAL, { text = "text of " .. self.endpoint_name })
    elseif at > 3 then
      return nil
    end
    local reading
    if ok then reading, err = answer_of(self, step, number) end
    at = 4
    if not reading then return stream.event(types.ERROR, { error = err }) end
    return stream.event(types.COMPLETE, { result = reading })
  end, function() self.closed = self.closed + 1 end)
end

--- A provider "name/model" or "name". `plan`: the steps of its calls, the last one for all further
--- ones, or a function of the call's number.
---@param endpoint string
---@param plan? spec.Step|spec.Step[]|fun(number: integer, image: any, options: table?): spec.Step
function readers.new(endpoint, plan)
  local steps = plan
  if type(plan) ~= "function" then
    steps = function(number)
      return plan and (plan[1] and plan[math.min(number, #plan)] or plan) or {}
    end
  end
  local name, model = endpoint:match "^([^/]+)/(.+)$"
  return setmetatable({
    name = name or endpoint, model = model, endpoint_name = endpoint, plan = steps,
    capabilities = { vision = true, pdf = true, stream = true, network = true },
    calls = 0, running = 0, most = 0, cancelled = 0, closed = 0, images = {}, options = {},
  }, Reader)
end

--- The same, with a stream of its own.
function readers.streaming(endpoint, plan)
  local reader = readers.new(endpoint, plan)
  reader.analyze_image_stream = stream_of
  return reader
end

-- The smallest GIF there is.
readers.PICTURE = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

--- Different small pictures.
---@return string[]
function readers.pictures(count)
  local list = {}
  for i = 1, count do
    list[i] = readers.PICTURE .. ("%06d"):format(i) -- bytes behind its end belong to no frame
  end
  return list
end

return readers
