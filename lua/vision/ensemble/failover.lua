-- SPDX-License-Identifier: MIT
-- One provider of several: when one cannot answer, the next is asked. In which order is a script
-- of `failover/` (scripts/README.md).

local clock = require "vision.base.clock"
local endpoints = require "vision.ensemble.endpoints"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local layer = require "vision.layers.layer"
local managers = require "vision.ensemble.failover_manager"
local option_lists = require "vision.base.options"
local policy = require "vision.policy"
local stream = require "vision.providers.stream"
local stub = require "vision.providers.stub"
local task = require "vision.base.task"
local trail = require "vision.layers.trail"

local failover = { ProviderHealth = managers.ProviderHealth }

failover.FailoverStrategy = {
  PRIORITY = "priority",
  ROUND_ROBIN = "round_robin",
  LATENCY = "latency",
  WEIGHTED = "weighted",
  REGION = "region",
}

local OPTIONS = {
  strategy = { "in which order they are asked", type = "string",
    default = failover.FailoverStrategy.PRIORITY },
  max_retries = { "further endpoints asked when the first cannot answer", type = "integer", min = 0,
    max = 100, default = 3 },
  fallback_to_stub = { "the stub's fixed answer, marked, where none could answer",
    type = "boolean", default = false },
  region = { "whose endpoints come first with the strategy 'region'", type = "string" },
  cooldown_seconds = { "until one that is unhealthy is tried again", type = "number", above = 0,
    max = 86400, default = 60 },
}

---@class vision.FailoverProvider
---@field failover_manager vision.FailoverManager
---@field members table[]  the providers
---@field config table
local FailoverProvider = {
  name = "failover", layer = "failover",
  CALL = {
    region = { "whose endpoints come first for this picture", type = "string" },
    first = { "the endpoint that is asked first", type = "string" },
  },
}
FailoverProvider.__index = FailoverProvider

function FailoverProvider.__tostring(self)
  return self.endpoint_name
end

-- ---- whether another one is asked ----

-- What the caller is said to be at fault for, and yet another provider may do.
local ELSEWHERE = { budget_exceeded = true, vision_unsupported = true, local_only = true }

local function goes_on(err)
  return not task.stopped() and err.reason ~= "cancelled"
    and (err.fault ~= "caller" or ELSEWHERE[err.reason] or false)
end

--- All that decides an answer beside the picture and the call: how the members are chosen, and
--- what each of them says of itself.
---@return string
function FailoverProvider:identity()
  return endpoints.identity(self.endpoint_name .. " "
    .. endpoints.script_identity("failover", self.config.strategy), self.members)
end

-- ---- a course: the tries of one answer ----

---@class vision.FailoverCourse
---@field list vision.ProviderEndpoint[]
---@field trail vision.TrailStep[]
---@field failures vision.error[]
---@field ticket vision.FailoverTicket?  of the endpoint that is asked now
---@field at integer      whom of the list it asks
---@field tried integer   how many were asked

local function begin(self, image, given)
  local own, rest = layer.call_options(FailoverProvider, given)
  if not own then return nil, rest end
  local handle, job = endpoints.job(image, rest)
  if not handle then return nil, job end
  job.region = own.region or self.config.region
  return {
    image = handle, options = rest, list = self.failover_manager:order(job, own.first),
    at = 0, tried = 0,
    trail = json.array {}, failures = {},
  }
end

-- It goes on from the last step.
local function mark(course)
  local last = course.trail[#course.trail]
  if last then last.action = last.action or "failover" end
end

-- The next endpoint that may be asked. Those that may not are noted.
local function next_endpoint(self, course)
  while course.tried <= self.config.max_retries do
    course.at = course.at + 1
    local endpoint = course.list[course.at]
    if not endpoint then return nil end
    local ticket, err = self.failover_manager:admit(endpoint)
    if ticket then
      mark(course)
      course.tried, course.ticket = course.tried + 1, ticket
      return endpoint
    end
    trail.add(course.trail, endpoint.name, nil, err, 0).action = "skip"
    table.insert(course.failures, err)
  end
end

-- Notes what came; true where the next one is to be asked.
local function note(self, course, endpoint, reading, err)
  local ticket = course.ticket
  self.failover_manager:settle(endpoint, ticket, reading, err and layer.verdict(err))
  trail.add(course.trail, endpoint.name, reading, err, clock.mono() - ticket.began)
  if reading then return false end
  table.insert(course.failures, err)
  return goes_on(err)
end

local function answer(course, endpoint, reading)
  local marked = trail.on(reading, course.trail)
  if endpoint ~= course.list[1] and not reading.fallback_from then
    marked.fallback_from = course.list[1].name
  end
  return marked
end

-- Nobody could. A picture that is none is no reason for the stub.
local function give_up(self, course, err)
  if #course.failures == 0 then
    err = errors.new("circuit_open", ("the strategy '%s' leaves no endpoint to ask"):format(
      self.config.strategy))
  elseif err and not goes_on(err) then
    return nil, trail.on(err, course.trail)
  else
    err = trail.failure(course.failures, course.trail)
  end
  if not self.config.fallback_to_stub then return nil, err end
  local instead = stub.new(nil, { from = self.endpoint_name, because = tostring(err) })
  local reading, refused = instead:analyze_image(course.image)
  if not reading then return nil, refused end
  trail.add(course.trail, instead.endpoint_name, reading, nil, 0).action = "stub"
  return trail.on(reading, course.trail)
end

--- Reads a picture with the first endpoint that can.
---@param image table|string
---@param given table?  of `analyze_image`; `region`
---@return vision.VisionDescription|nil reading `trail` says who was asked; `fallback_from` who
---  should have answered
---@return vision.error? err the first one's; `trail` has all
function FailoverProvider:analyze_image(image, given)
  local course, err = begin(self, image, given)
  if not course then return nil, err end
  while true do
    local endpoint = next_endpoint(self, course)
    if not endpoint then return give_up(self, course) end
    local provider = endpoint.provider
    local ok, reading, failure = pcall(provider.analyze_image, provider, course.image,
      layer.copy(course.options))
    if not ok then
      note(self, course, endpoint, nil, errors.from(tostring(reading)))
      error(reading, 0)
    end
    failure = not reading and layer.error(failure) or nil
    local on = note(self, course, endpoint, reading, failure)
    if reading then return answer(course, endpoint, reading) end
    if not on then return give_up(self, course, failure) end
  end
end

-- ---- as a stream ----

local types = stream.StreamEventType

local function last_event(reading, err)
  if reading then return stream.event(types.COMPLETE, { result = reading }) end
  return stream.event(types.ERROR, { error = err })
end

---@class vision.FailoverStream
---@field provider vision.FailoverProvider
---@field course vision.FailoverCourse
---@field endpoint vision.ProviderEndpoint?
---@field events vision.EventStream?   of the endpoint
---@field said boolean                 some text has come: nobody else may go on now
local FailoverStream = {}
FailoverStream.__index = FailoverStream

local function close(self)
  local events = self.events
  self.events = nil
  if events then events:close() end
end

-- Left early: nobody is charged for it.
local function release(self)
  self.over, self.is_left = true, true
  if self.events then
    close(self)
    note(self.provider, self.course, self.endpoint, nil,
      errors.new("cancelled", "the stream was left"))
  end
end

-- Who follows all hears of each change.
local function went_on(course, endpoint)
  local step = course.trail[#course.trail]
  return step and stream.event(types.PROGRESS, { stage = "failover", endpoint = endpoint.name,
    failed = step.endpoint, reason = step.reason })
end

-- Opens the next one's stream, or ends.
local function open(self)
  local endpoint = next_endpoint(self.provider, self.course)
  if not endpoint then
    self.over = true
    return last_event(give_up(self.provider, self.course))
  end
  self.endpoint = endpoint
  self.events = layer.stream(endpoint.provider, self.course.image,
    layer.copy(self.course.options))
  if self.is_left then return release(self) end
  return went_on(self.course, endpoint)
end

-- The end of one stream: the end of all, or the next one is opened.
local function ended(self, reading, err)
  close(self)
  local on = note(self.provider, self.course, self.endpoint, reading, err)
  if on and not self.said then return open(self) end
  self.over = true
  if reading then return last_event(answer(self.course, self.endpoint, reading)) end
  if not self.said then return last_event(give_up(self.provider, self.course, err)) end
  return last_event(nil, trail.on(err, self.course.trail))
end

-- What an event of an endpoint is to who follows all: itself, nothing, or the end.
local function passed(self, event)
  if event == nil then
    return ended(self, nil, errors.new("cut_stream", "the stream ended without an answer",
      { provider = self.endpoint.provider.name }))
  elseif event.event_type == types.COMPLETE then
    return ended(self, event.data.result)
  elseif event.event_type == types.ERROR then
    return ended(self, nil, layer.error(event.data.error))
  elseif event.event_type == types.START then
    if self.begun then return nil end -- it begins once, whoever goes on
    self.begun = true
  elseif event.event_type == types.PARTIAL then
    self.said = true
  end
  return event
end

local function next_event(self)
  if self.over then return nil end
  local event = not self.events and open(self) or nil
  while not event and not self.over do
    local ok, inner = pcall(self.events)
    if self.over then return nil end -- it was left meanwhile, and has told so
    if not ok then
      close(self)
      self.over = true
      note(self.provider, self.course, self.endpoint, nil, errors.from(tostring(inner)))
      error(inner, 0)
    end
    event = passed(self, inner)
  end
  return event
end

--- The same as a stream. Another endpoint goes on only as long as no text has come.
---@param image table|string
---@param given table?
---@return vision.EventStream
function FailoverProvider:analyze_image_stream(image, given)
  local course, err = begin(self, image, given)
  if not course then return stream.failed(err) end
  local state = setmetatable({ provider = self, course = course }, FailoverStream)
  return stream.new(function() return next_event(state) end, function() release(state) end)
end

-- ---- making one ----

--- A provider that asks the next one when one cannot answer.
---@param given table[]  providers, or tables `{ provider =, priority =, weight =, region = }`; a
---  lower priority is earlier, by default the order of the list
---@param config? { strategy: string?, max_retries: integer?, fallback_to_stub: boolean?,
---  region: string?, cooldown_seconds: number? }
---@return vision.FailoverProvider|nil
---@return vision.error? err invalid_option, script
function failover.create_failover_provider(given, config)
  if type(given) ~= "table" then error("create_failover_provider wants a list of providers", 2) end
  local options, err = option_lists.check(OPTIONS, config, "failover")
  local script, manager
  if options then
    script, err = policy.script("failover", options.strategy)
  end
  if script then
    manager, err = managers.FailoverManager.new(given, options)
  end
  if not manager then return nil, err end
  local providers, names = {}, {}
  for i, endpoint in ipairs(manager.endpoints) do
    providers[i], names[i] = endpoint.provider, endpoint.name
  end
  return setmetatable({
    failover_manager = manager, members = providers, config = options,
    capabilities = endpoints.capabilities(providers),
    endpoint_name = ("failover(%s)"):format(table.concat(names, ",")),
  }, FailoverProvider)
end

return failover
