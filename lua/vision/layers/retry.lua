-- SPDX-License-Identifier: MIT
-- The layer that asks again where that may help: after a failure that passes, with growing pauses,
-- as the provider wishes, within a budget and a deadline. A stream is begun anew only while nothing
-- of its text has been handed on.

local attempts = require "vision.layers.attempts"
local errors = require "vision.base.error"
local layer = require "vision.layers.layer"
local policy = require "vision.policy"
local retry_budget = require "vision.layers.retry_budget"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"
local trail = require "vision.layers.trail"

local retry = {}

local Retry = layer.class("retry", {
  max_retries = { "attempts after the first", type = "integer", min = 0, max = 100, default = 3 },
  base_delay = { "seconds before the first retry", type = "number", min = 0, max = 3600,
    default = 1 },
  max_delay = { "longest pause in seconds", type = "number", min = 0, max = 3600, default = 30 },
  exponential_base = { "how many times longer each pause is", type = "number", min = 1, max = 100,
    default = 2 },
  jitter = { "how chance changes the pauses", type = "string", one_of = attempts.JITTER,
    default = "full" },
  max_retry_after = { "longest pause a provider may ask for; a longer one ends the call at once",
    type = "number", min = 0, max = 86400, default = 60 },
  deadline_seconds = { "for the whole call, pauses included", type = "number", above = 0,
    max = 86400 },
  budget = retry_budget.OPTION,
  script = { "the script of retry/ that decides", type = "string", default = "default" },
})

local function begin(self)
  return attempts.new(self.config, self.endpoint_name or self.name)
end

local function ask(self, tries, image, options)
  while true do
    local reading, err = self.provider:analyze_image(image, layer.copy(options))
    if reading then return tries:succeeded(reading) end
    local stopped = task.stopped()
    if stopped then return nil, tries:stopped(stopped) end
    local delay, last = tries:failed(layer.error(err))
    if not delay then return nil, last end
    local ok
    ok, stopped = task.sleep(delay)
    if not ok then return nil, tries:stopped(stopped) end
  end
end

---@param image table|string
---@param options table?
---@return table|nil reading its `trail` says what was tried
---@return vision.error? err the last one's, with the trail
function Retry:analyze_image(image, options)
  local tries, deadline = begin(self), self.config.deadline_seconds
  if not deadline then return ask(self, tries, image, options) end
  local reading, err = layer.limited(deadline, ask, self, tries, image, options)
  if err and not err.trail then err = trail.on(err, tries.trail) end
  return reading, err
end

--- The budget that calls of this provider pay into.
Retry.properties.retry_budget = function(self)
  return self.config.budget or self.provider.retry_budget
end

-- ---- streams ----

local types = stream.StreamEventType

-- What is there already when the deadline passes is still taken.
local LEAST_WAIT = 0.001 -- seconds

-- The next event of an attempt, or the error of a deadline that passes before it comes.
local function next_event(tries, events)
  local left = tries:time_left()
  if not left then return events() end
  local event, err = layer.limited(math.max(left, LEAST_WAIT), function() return events() end)
  return event or err and stream.event(types.ERROR, { error = err })
end

-- Follows the stream of one attempt after the other; `held.events` is the one of now.
local function follow(self, tries, held, image, options)
  local started, has_text, over = false, false, false

  local function failed(err)
    local delay, last = tries:failed(layer.error(err), has_text)
    held.events:close()
    if not delay then return last end
    local ok, stopped = task.sleep(delay)
    if not ok then return tries:stopped(stopped) end
    held.events = layer.stream(self.provider, image, layer.copy(options))
    if held.is_left then held.events:close() end
  end

  -- The event to hand on; nil: there is none in this one.
  local function taken(event)
    if event.event_type == types.ERROR then
      local err = failed(event.data.error)
      over = err ~= nil
      return err and stream.event(types.ERROR, { error = err })
    elseif event.event_type == types.START and started then
      return nil
    end
    started = true
    has_text = has_text or event.event_type == types.PARTIAL
    over = event.event_type == types.COMPLETE
    if over then event.data.result = tries:succeeded(event.data.result) end
    return event
  end

  return function()
    while not over do
      local event = next_event(tries, held.events)
      if held.is_left then return nil end
      event = taken(event or stream.event(types.ERROR, {
        error = errors.new("cut_stream", "the stream ended without an answer",
          { provider = self.name }),
      }))
      if event then return event end
    end
  end
end

--- The events of the first attempt that has text, or of the last one.
---@param image table|string
---@param options table?
---@return vision.EventStream
function Retry:analyze_image_stream(image, options)
  local tries = begin(self)
  local held = { events = layer.stream(self.provider, image, layer.copy(options)) }
  return stream.new(follow(self, tries, held, image, options), function()
    held.is_left = true
    held.events:close()
  end)
end

--- A provider that is asked again where that may help.
---@param provider table
---@param options table? RetryConfig: max_retries (3), base_delay (1 s), max_delay (30 s),
---  exponential_base (2), jitter ("full", "decorrelated", "none"), max_retry_after (60 s),
---  deadline_seconds, budget, script ("default")
---@return table|nil
---@return vision.error? err
retry.create_retry_provider = layer.creator(Retry, function(self)
  local script, err = policy.script("retry", self.config.script)
  return script and true, err
end)

return retry
