-- SPDX-License-Identifier: MIT
-- An expected failure returns nil and an error: a class, one of five codes, a finer reason and a
-- message for people.
--
--   examples/run errors.lua

local vision = require "vision"

-- What a program does about an error depends on its class, from the narrow to the wide.
local function handle(err)
  if vision.is_error(err, "RateLimitError") then
    return ("rate limited, try again after %s s"):format(tostring(err.retry_after))
  elseif vision.is_error(err, "CircuitOpenError") then
    return "the provider fails too often and is left alone for a while"
  elseif vision.is_error(err, "VisionProviderError") then
    return ("%s failed: %s"):format(tostring(err.provider), err.message)
  elseif vision.is_error(err, "VisionInputError") then
    return "the input is at fault: " .. err.message
  end
  return "something else: " .. tostring(err)
end

local function report(what, err)
  print(("%s\n  code %s, reason %s, retryable %s\n  %s"):format(
    what, err.code, err.reason, tostring(err.retryable), handle(err)))
end

-- The caller's: a picture that is none.
local _, not_an_image = vision.image_bytes "just some text"
report("text instead of a picture", not_an_image)

local _, no_file = vision.image_file "no-such-drawing.pdf"
report("a file that is not there", no_file)

-- The provider's: nobody listens at this address.
local here = arg[0]:match "^(.*)/" or "."
local unreachable = assert(vision.create_vision_provider("openai", {
  api_key = "sk-for-show", base_url = "http://127.0.0.1:9/v1", timeout_seconds = 5,
}))
local image = assert(vision.image_file(here .. "/drawings/flange.png"))
local _, no_answer = unreachable:analyze_image(image)
report("a provider that does not answer", no_answer)
