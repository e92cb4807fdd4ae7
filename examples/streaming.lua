-- SPDX-License-Identifier: MIT
-- Watches a reading being made. The iterator waits for the next event; to stop early keep it in a
-- variable and call its `close`, which closes the connection at once.
--
--   examples/run streaming.lua [FILE]

local vision = require "vision"

local Event = vision.StreamEventType
local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.png"))

local provider = assert(vision.create_vision_provider())
local streaming = vision.create_streaming_provider(provider)

for event in assert(streaming:analyze_image_stream(image)) do
  if event.event_type == Event.START then
    print("Started")
  elseif event.event_type == Event.PROGRESS then
    print(("Progress: %.0f%%"):format(event.data.progress * 100))
  elseif event.event_type == Event.PARTIAL then
    io.write(event.data.text)
  elseif event.event_type == Event.COMPLETE then
    print("\nResult: " .. event.data.result.summary)
  elseif event.event_type == Event.ERROR then
    print("\nFailed: " .. tostring(event.data.error))
    os.exit(1)
  end
end
