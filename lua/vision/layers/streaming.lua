-- SPDX-License-Identifier: MIT
-- The layer that gives any provider a stream: its own where it has one, else the events of an
-- analysis that answers all at once.

local stream = require "vision.providers.stream"

local streaming = { StreamEventType = stream.StreamEventType }

local StreamingProvider = {}

-- Everything but the stream is the provider's own.
function StreamingProvider.__index(self, name)
  return StreamingProvider[name] or rawget(self, "provider")[name]
end

---@param image table|string
---@param options table?
---@return table|nil reading
---@return vision.error? err
function StreamingProvider:analyze_image(image, options)
  return self.provider:analyze_image(image, options)
end

--- The events of an analysis; the last one is COMPLETE or ERROR.
---@param image table|string
---@param options table? of `analyze_image`
---@return vision.EventStream events `close` leaves them early
function StreamingProvider:analyze_image_stream(image, options)
  local provider = self.provider
  if provider.analyze_image_stream then
    return provider:analyze_image_stream(image, options)
  end
  return stream.of_analysis(provider, image, options)
end

--- A provider whose analyses can be followed.
---@param provider table
---@return table
function streaming.create_streaming_provider(provider)
  if type(provider) ~= "table" or type(provider.analyze_image) ~= "function" then
    error("create_streaming_provider wants a provider", 2)
  end
  return setmetatable({ provider = provider }, StreamingProvider)
end

return streaming
