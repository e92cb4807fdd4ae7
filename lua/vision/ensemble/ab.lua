-- SPDX-License-Identifier: MIT
-- A share of the pictures goes to a variant (another provider, model or prompt), and a report says
-- with what certainty it does better or worse. One picture always goes the same way.

local clock = require "vision.base.clock"
local core = require "vision.core"
local endpoints = require "vision.ensemble.endpoints"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"
local intervals = require "vision.ensemble.intervals"
local json = require "vision.base.json"
local layer = require "vision.layers.layer"
local stream = require "vision.providers.stream"

local ab = {}

local CONTROL, VARIANT = "control", "variant"

-- So many values of an arm are kept, each as likely as any other.
local KEPT = 500

local Experiment = layer.class("ab", {
  experiment = { "its name; another name parts the pictures otherwise", type = "string" },
  share = { "of the pictures that go to the variant", type = "number", min = 0, max = 1,
    default = 0.5 },
  variant = { "the other provider", type = "table" },
  prompt = { "the other prompt; with no variant the same provider is asked with it",
    type = "string" },
})

-- ---- which way a picture goes ----

-- 13 hexadecimal digits are 52 bits: exact in a double.
local function place_of(image, experiment)
  local digits = core.sha256(experiment .. "\n" .. image:sha256()):sub(1, 13)
  return tonumber(digits, 16) / 16 ^ 13
end

local function arm_of(self, image)
  return place_of(image, self.config.experiment) < self.config.share and VARIANT or CONTROL
end

local function options_of(self, arm, given)
  if arm == CONTROL or not self.config.prompt then return given end
  local options = layer.copy(given or {})
  if type(options) == "table" then options.prompt = self.config.prompt end
  return options
end

local function provider_of(self, arm)
  return arm == VARIANT and self.config.variant or self.provider
end

-- ---- what is counted ----

local function new_arm()
  return { requests = 0, successes = 0, reasons = {}, seconds = {}, confidences = {},
    answered = 0, sure = 0 }
end

-- A random one of those that are kept makes room (Vitter's algorithm R).
local function keep(list, count, value)
  if #list < KEPT then
    list[#list + 1] = value
    return
  end
  local place = 1 + math.floor(clock.random() * count)
  if place <= KEPT then list[place] = value end
end

-- What is the caller's fault or ours says nothing of the arm; nor does who was stopped.
local function is_theirs(err)
  local fault = layer.verdict(err).fault
  return fault == "provider" or fault == "refusal"
end

local function count(self, arm, reading, err, seconds)
  local counts = self.arms[arm]
  if not reading and not is_theirs(err) then return end
  counts.requests = counts.requests + 1
  if not reading then
    counts.reasons[err.reason] = (counts.reasons[err.reason] or 0) + 1
    return
  end
  counts.successes, counts.answered = counts.successes + 1, counts.answered + 1
  keep(counts.seconds, counts.answered, seconds)
  if reading.confidence then
    counts.sure = counts.sure + 1
    keep(counts.confidences, counts.sure, reading.confidence)
  end
end

local function marked(self, arm, reading)
  local copy = layer.copy(reading)
  copy.experiment = { name = self.config.experiment, arm = arm }
  return setmetatable(copy, getmetatable(reading))
end

-- ---- asking ----

--- Reads a picture, with the arm it belongs to.
---@param image table|string
---@param given table?
---@return table|nil reading `experiment` says which arm
---@return vision.error? err
function Experiment:analyze_image(image, given)
  local handle, err = images.of(image)
  if not handle then return nil, errors.from(err) end
  local arm, started = arm_of(self, handle), clock.mono()
  local provider = provider_of(self, arm)
  local reading
  reading, err = provider:analyze_image(handle, options_of(self, arm, given))
  err = not reading and layer.error(err) or nil
  count(self, arm, reading, err, clock.mono() - started)
  if not reading then return nil, err end
  return marked(self, arm, reading)
end

--- The same as a stream.
---@param image table|string
---@param given table?
---@return vision.EventStream
function Experiment:analyze_image_stream(image, given)
  local handle, err = images.of(image)
  if not handle then return stream.failed(errors.from(err)) end
  local arm, started = arm_of(self, handle), clock.mono()
  local events = layer.stream(provider_of(self, arm), handle, options_of(self, arm, given))
  local watched = layer.watch(events, function(reading, failure)
    count(self, arm, reading, failure, clock.mono() - started)
  end)
  return stream.new(function()
    local event = watched()
    if event and event.event_type == stream.StreamEventType.COMPLETE then
      event.data.result = marked(self, arm, event.data.result)
    end
    return event
  end, function() watched:close() end)
end

--- All that decides an answer beside the picture and the call.
---@return string
function Experiment:identity()
  local config = self.config
  return endpoints.identity(json.encode { "ab", config.experiment, config.share,
    config.prompt or "" }, { self.provider, config.variant })
end

-- ---- the report ----

---@class vision.ABArm
---@field endpoint string
---@field requests integer          answers, refusals and the provider's failures
---@field successes integer
---@field success_rate number?
---@field success_interval number[]? 95 %, Wilson
---@field mean_latency_ms number?   of answers
---@field mean_confidence number?   of answers that state one
---@field errors table<string, integer> by reason

---@class vision.ABDifference  variant less control
---@field difference number
---@field low number     of the 95 % interval
---@field high number
---@field method string  how the interval was made
---@field certain boolean the interval does not hold 0

---@class vision.ABReport
---@field experiment string
---@field share number
---@field control vision.ABArm
---@field variant vision.ABArm
---@field success_rate vision.ABDifference?  nil where there is too little to say anything
---@field latency_ms vision.ABDifference?
---@field confidence vision.ABDifference?

local function ms(seconds)
  return seconds and seconds * 1000
end

local function arm_report(self, arm)
  local counts, reasons = self.arms[arm], {}
  for reason, number in pairs(counts.reasons) do reasons[reason] = number end
  local low, high = intervals.wilson(counts.successes, counts.requests)
  return {
    endpoint = endpoints.name(provider_of(self, arm)), requests = counts.requests,
    successes = counts.successes, errors = reasons,
    success_rate = low and counts.successes / counts.requests,
    success_interval = low and { low, high },
    mean_latency_ms = ms(intervals.mean(counts.seconds)),
    mean_confidence = intervals.mean(counts.confidences),
  }
end

local function difference(value, low, high, method)
  return low and { difference = value, low = low, high = high, method = method,
    certain = low > 0 or high < 0 } or nil
end

local function of_rates(a, b)
  local low, high = intervals.newcombe(a.successes, a.requests, b.successes, b.requests)
  return low and difference(b.successes / b.requests - a.successes / a.requests, low, high,
    "Newcombe, from Wilson intervals")
end

local function of_means(first, second, scale)
  local low, high = intervals.bootstrap(first, second)
  return low and difference(scale * (intervals.mean(second) - intervals.mean(first)), scale * low,
    scale * high, "bootstrap percentiles of the means, 1000 resamples")
end

--- How the arms compare, so far.
---@return vision.ABReport
function Experiment:report()
  local a, b = self.arms[CONTROL], self.arms[VARIANT]
  return {
    experiment = self.config.experiment, share = self.config.share,
    control = arm_report(self, CONTROL), variant = arm_report(self, VARIANT),
    success_rate = of_rates(a, b) or nil,
    latency_ms = of_means(a.seconds, b.seconds, 1000) or nil,
    confidence = of_means(a.confidences, b.confidences, 1) or nil,
  }
end

--- A provider that gives a share of the pictures to a variant.
---@param control table  the provider as it is
---@param options { experiment: string, share: number?, variant: table?, prompt: string? }
---@return table|nil provider `report()` compares
---@return vision.error? err invalid_option
ab.create_ab_provider = layer.creator(Experiment, function(self)
  local config = self.config
  if not config.experiment or config.experiment == "" then
    return nil, errors.new("invalid_option", "ab: the experiment needs a name ('experiment')")
  elseif not config.variant and not config.prompt then
    return nil, errors.new("invalid_option",
      "ab: there is nothing to compare: give a 'variant' or a 'prompt'")
  elseif config.variant and not layer.is_provider(config.variant) then
    error("create_ab_provider: the variant is no provider", 3)
  end
  self.arms = { [CONTROL] = new_arm(), [VARIANT] = new_arm() }
  return true
end)

return ab
