-- SPDX-License-Identifier: MIT
-- Server-Sent Events: one `event:` and one `data:` of JSON each.
--
--   for text in vision.generate_sse_stream(provider, image) do send(text) end

local json = require "vision.base.json"
local stream = require "vision.providers.stream"
local streaming = require "vision.layers.streaming"

local sse = {}

--- An event as it is sent.
---@param name string
---@param data table
---@return string
function sse.text(name, data)
  return ("event: %s\ndata: %s\n\n"):format(name, json.encode(data))
end

--- What an event of a provider says, as JSON has it.
---@param event vision.StreamEvent
---@return table
function sse.data(event)
  local data, err = {}, event.data.error
  for name, value in pairs(event.data) do data[name] = value end
  if err then
    data = { error = err.message, code = err.code, reason = err.reason,
      provider = err.provider or json.null }
  end
  data.timestamp = event.timestamp
  return data
end

--- An analysis as Server-Sent Events: what `analyze_image_stream` tells, as texts to be sent. The
--- last one is `complete`, with `result`, or `error`.
---@param provider table
---@param image vision.Image|string
---@param options table? of `analyze_image`
---@return vision.EventStream texts each call waits for the next; `close` gives the analysis up
function sse.generate_sse_stream(provider, image, options)
  local events = streaming.create_streaming_provider(provider):analyze_image_stream(image, options)
  return stream.new(function()
    local event = events()
    return event and sse.text(event.event_type, sse.data(event))
  end, function() events:close() end)
end

return sse
