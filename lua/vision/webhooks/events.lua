-- SPDX-License-Identifier: MIT
-- What other systems are told: the kinds of events, and the body of one. A body is made once, when
-- the event happens, so that each attempt to deliver it sends the same bytes.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local json = require "vision.base.json"

local events = {}

events.WebhookEventType = {
  ANALYSIS_STARTED = "analysis.started",
  ANALYSIS_COMPLETED = "analysis.completed",
  ANALYSIS_FAILED = "analysis.failed",
  BATCH_STARTED = "batch.started",
  BATCH_PROGRESS = "batch.progress",
  BATCH_COMPLETED = "batch.completed",
  BUDGET_ALERT = "budget.alert",
  CIRCUIT_OPENED = "circuit.opened",
  CIRCUIT_CLOSED = "circuit.closed",
  HEALTH_CHANGED = "health.changed",
  CONSENSUS_DISAGREEMENT = "consensus.disagreement",
  WEBHOOK_TEST = "webhook.test",
}

--- Bytes of a body; what goes over it is made shorter.
events.BODY_MAX = 20000

local TYPES = {}
for _, word in pairs(events.WebhookEventType) do TYPES[#TYPES + 1] = word end
table.sort(TYPES)

--- The words of all kinds, in order.
---@type string[]
events.TYPES = TYPES

local is_type = {}
for _, word in ipairs(TYPES) do is_type[word] = true end

-- How much of a payload is said, from much to little: bytes of a text, items of a list or fields of
-- an object.
local BOUNDS = { { 4000, 200 }, { 1000, 50 }, { 200, 20 }, { 50, 8 } }
local DEPTH = 6

-- Cut between two characters.
local function shortened(text, most)
  if #text <= most then return text end
  return (text:sub(1, most):gsub("[\192-\255]?[\128-\191]*$", "")) .. " …"
end

local bounded

local function bounded_list(list, bounds, depth)
  local copy = json.array()
  for i = 1, math.min(#list, bounds[2]) do
    copy[#copy + 1] = bounded(list[i], bounds, depth)
  end
  return copy
end

local function bounded_object(object, bounds, depth)
  local names, copy = {}, {}
  for name in pairs(object) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  for i = 1, math.min(#names, bounds[2]) do
    copy[shortened(names[i], 50)] = bounded(object[names[i]], bounds, depth)
  end
  return copy
end

local is_array = getmetatable(json.array())

-- What JSON can say of a value: a picture, being userdata, is nothing.
function bounded(value, bounds, depth)
  local kind = type(value)
  if kind == "string" then
    return shortened(value, bounds[1])
  elseif kind == "number" then
    return value - value == 0 and value or nil
  elseif value == json.null or kind == "boolean" then
    return value
  elseif kind ~= "table" or depth == 0 then
    return nil
  elseif #value > 0 or getmetatable(value) == is_array then
    return bounded_list(value, bounds, depth - 1)
  end
  return bounded_object(value, bounds, depth - 1)
end

-- 2024-01-15T10:30:00Z
local function iso_time(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(seconds))
end

local function body_of(event_id, event_type, payload, now)
  local text
  for _, bounds in ipairs(BOUNDS) do
    text = json.encode {
      event_id = event_id, event_type = event_type, timestamp = iso_time(now),
      payload = bounded(payload, bounds, DEPTH) or {},
    }
    if #text <= events.BODY_MAX then return text end
  end
  return json.encode { event_id = event_id, event_type = event_type, timestamp = iso_time(now),
    payload = { truncated = true } }
end

---@class vision.WebhookEvent
---@field event_id string     the same in each attempt to deliver it
---@field event_type string   a word of WebhookEventType
---@field subject string      events of one subject arrive in their order
---@field body string         JSON: event_id, event_type, payload, timestamp
---@field created_at number   seconds since 1970

--- Makes an event of what happened now.
---@param event_type string  a word of WebhookEventType
---@param payload table      what JSON can say of it is sent, shortened where it is long
---@param subject? string    what it is about: a request, a batch, a provider; its own where absent
---@return vision.WebhookEvent|nil
---@return vision.error? err internal: the kernel gives no random numbers
function events.new(event_type, payload, subject)
  local event_id, err = core.random_id()
  if not event_id then return nil, errors.from(err) end
  local now = clock.wall()
  return {
    event_id = event_id, event_type = event_type, subject = subject or event_id,
    body = body_of(event_id, event_type, payload, now), created_at = now,
  }
end

--- Whether this is a kind of event.
---@param word any
---@return boolean
function events.is_type(word)
  return is_type[word] or false
end

-- ---- what payloads say of readings and errors ----

-- Of an answer; its drawing, its picture and what else it holds stay here.
local RESULT = {
  "summary", "details", "confidence", "model", "cached", "record_id", "parsed", "warnings",
}

--- What is said of a reading.
---@param reading vision.VisionDescription
---@return table
function events.result_of(reading)
  local said = {}
  for _, name in ipairs(RESULT) do said[name] = reading[name] end
  local block = reading.drawing and reading.drawing.title_block
  if block then
    said.title_block = { title = block.title, drawing_number = block.drawing_number,
      revision = block.revision }
  end
  return said
end

--- What is said of a failure.
---@param err vision.error
---@return table
function events.error_of(err)
  return { code = err.code, reason = err.reason, message = err.message,
    retryable = err.retryable, provider = err.provider }
end

return events
