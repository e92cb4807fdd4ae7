-- SPDX-License-Identifier: MIT
-- Description and OCR in one request, and the answer as JSON: the same object that `vision analyze
-- --json` prints. It has all its fields on failure too.
--
--   examples/run request.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local path = arg[1] or here .. "/drawings/flange.png"
local file = assert(io.open(path, "rb"))
local bytes = file:read "*a"
file:close()

local manager = vision.manager()

-- A description, and the text that stands on the sheet.
local answer = manager:analyze {
  image = bytes,
  include_description = true,
  include_ocr = true,
  ocr_provider = "auto", -- text_layer where the file has one, else tesseract
}
print(("success %s, provider %s, %.0f words, %.0f ms"):format(
  tostring(answer.success), answer.provider, #answer.ocr.words, answer.processing_time_ms))

-- Only the text: no model is asked, and there is no description.
local text_only = manager:analyze { image = bytes, include_description = false }
print("description " .. tostring(text_only.description))

-- A failure is an answer too.
local failed = manager:analyze { image = "not a picture" }
print(vision.json.encode {
  success = failed.success, code = failed.code, reason = failed.reason, error = failed.error,
})

-- Another provider from now on; what is under way ends with the one it began with.
assert(manager:switch_provider "stub")
print("now " .. manager:analyze({ image = bytes, include_ocr = false }).provider)
