-- SPDX-License-Identifier: MIT
-- A picture in, a reading out: at once, or as events while it is read.

local clock = require "vision.base.clock"
local fields = require "vision.server.fields"
local following = require "vision.server.following"
local picture = require "vision.server.picture"
local reading = require "vision.server.reading"
local replies = require "vision.server.reply"
local response = require "vision.response"
local schemas = require "vision.server.schemas"
local sse = require "vision.server.sse"
local stream = require "vision.providers.stream"

local FIELDS = reading.fields(picture.FIELDS, {
  include_description = { "false: no model is called", type = "boolean", default = true },
  include_ocr = { "whether text is wanted, too", type = "boolean", default = true },
  ocr_provider = { "where text comes from", type = "string" },
  timeout_seconds = { "for all of it", type = "number", above = 0, max = 86400 },
})

-- What the manager is asked; nil and why not.
local function question(app, request)
  local given, err = fields.of(FIELDS, request)
  if not given then return nil, err end
  given.image, err = picture.take(app, given)
  request.body = nil -- the picture in it would live as long as the request
  if not given.image then return nil, err end
  if request.key then given.budget_key = request.key.name end
  given.traceparent = request.trace.header
  if given.include_description then
    given.provider, err = app.engine:provider(given.provider)
    if not given.provider then return nil, err end
  end
  return given
end

-- As VisionAnalyzeResponse says it.
local function failed(err)
  return response.to_json(response.failure(err, nil, 0))
end

local function answer_of(request, answer, err)
  request.provider = answer.provider
  if err then return replies.failure(err, request, response.to_json(answer)) end
  answer.request_id = request.id
  return replies.json(200, answer, nil, response.JSON)
end

local function analyze(app, request)
  local asked, err = question(app, request)
  if not asked then return replies.failure(err, request, failed(err)) end
  return answer_of(request, picture.read(app.engine.manager, asked))
end

-- ---- as events ----

-- The last event has what the whole analysis answers, where the provider's own had its reading.
local function last_event(request, answer, err)
  local whole = response.to_json(answer)
  whole.request_id, request.provider, request.err = request.id, answer.provider, err
  return answer.success and "complete" or "error", whole
end

local types = stream.StreamEventType

-- The provider's own last event says less than the answer of the manager, which follows it.
local function event_of(request, news)
  if news.answer then return last_event(request, news.answer, news.err) end
  local event = news.event
  if not event then return types.HEARTBEAT, { timestamp = clock.wall() } end
  if event.event_type ~= types.COMPLETE and event.event_type ~= types.ERROR then
    return event.event_type, sse.data(event)
  end
end

local function follow(app, asked, request)
  local live = following.new(app.engine.manager, asked)
  return replies.events(function()
    for news in live do
      local name, data = event_of(request, news)
      if name then return name, data end
    end
  end, function() live:close() end)
end

local function analyze_stream(app, request)
  local asked, err = question(app, request)
  if not asked then return replies.failure(err, request) end
  return follow(app, asked, request)
end

return {
  { method = "POST", path = "/api/v1/vision/analyze", name = "analyze", scope = "analyze",
    summary = "Read a drawing", body = "picture", fields = FIELDS, handler = analyze,
    answer = schemas.ref "Analysis", failure = schemas.ref "Analysis",
    failed = failed },
  { method = "POST", path = "/api/v1/vision/analyze/stream", name = "analyze_stream",
    scope = "analyze", summary = "Read a drawing and follow it as Server-Sent Events",
    body = "picture", fields = FIELDS, handler = analyze_stream, events = true },
  -- A page's EventSource can only ask by GET; a target has 8192 bytes, so for small pictures.
  { method = "GET", path = "/api/v1/vision/analyze/stream", name = "analyze_stream_by_get",
    scope = "analyze", summary = "The same for a small picture in the query (image_base64)",
    fields = FIELDS, handler = analyze_stream, events = true },
}
