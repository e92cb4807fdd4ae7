-- SPDX-License-Identifier: MIT
-- What an analysis answers, as the command prints it and the service sends it: one object with
-- the same keys whether it went well or not. In Lua what is absent is nil; in JSON it is null.

local json = require "vision.base.json"

local response = {}

--- The keys every answer has in JSON. The first seven are the public contract.
response.FIELDS = {
  "success", "description", "ocr", "provider", "processing_time_ms", "error", "code",
  "reason", "retryable", "retry_after", "model", "parsed", "grounding", "usage", "sent",
  "fallback_from", "warnings", "schema", "confidence_reasons", "trail", "cached", "cost_usd",
  "record_id", "resumed",
}

--- The keys of `description`, where there is one.
response.DESCRIPTION_FIELDS = { "summary", "details", "confidence", "drawing" }

-- What a reading says about itself rather than about the drawing.
local FROM_READING = {
  "provider", "model", "parsed", "grounding", "usage", "sent", "fallback_from", "schema",
  "confidence_reasons", "trail", "cached", "cost_usd",
  "record_id", "resumed",
}

-- Clocks tell no more than microseconds.
local function rounded(milliseconds)
  return math.floor(milliseconds * 1000 + 0.5) / 1000
end

local function description_of(reading)
  local description = {}
  for _, field in ipairs(response.DESCRIPTION_FIELDS) do
    description[field] = reading[field]
  end
  description.details = json.array(description.details)
  return description
end

---@class vision.Response
---@field success boolean
---@field description { summary: string, details: string[], confidence: number?, drawing: table? }?
---@field ocr vision.OcrResult?
---@field provider string?           who read, or who was asked
---@field processing_time_ms number
---@field error string?              what went wrong, for people
---@field code string?               INPUT_ERROR | EXTERNAL_SERVICE_ERROR | …
---@field reason string?             the finer word
---@field trail vision.TrailStep[]?  what was tried, where that was more than one call
---@field cached boolean?            true: read before, and remembered
---@field cost_usd number?          what it cost; nil: unknown
---@field record_id string?         the name of its record, where one is kept
---@field resumed boolean?          true: it was stored before, and not asked again
---@field warnings string[]

-- What the reading and the OCR warn of, each once: both may say that there are more pages.
local function warnings_of(reading, ocr)
  local warnings, known = json.array(), {}
  for _, one in ipairs { reading or {}, ocr or {} } do
    for _, warning in ipairs(one.warnings or {}) do
      if not known[warning] then warnings[#warnings + 1] = warning end
      known[warning] = true
    end
  end
  return warnings
end

--- The answer when all that was asked for is there.
---@param reading table?  a provider's reading; nil where no description was asked for
---@param ocr vision.OcrResult?
---@param milliseconds number
---@return vision.Response
function response.success(reading, ocr, milliseconds)
  local answer = {
    success = true,
    ocr = ocr,
    provider = ocr and ocr.provider,
    processing_time_ms = rounded(milliseconds),
  }
  if reading then
    answer.description = description_of(reading)
    for _, field in ipairs(FROM_READING) do
      answer[field] = reading[field]
    end
  end
  answer.warnings = warnings_of(reading, ocr)
  return answer
end

--- The answer when it failed.
---@param err vision.error
---@param provider string?  who was asked
---@param milliseconds number
---@return vision.Response
function response.failure(err, provider, milliseconds)
  return {
    success = false,
    provider = err.provider or provider,
    processing_time_ms = rounded(milliseconds),
    error = err.message,
    code = err.code,
    reason = err.reason,
    retryable = err.retryable,
    retry_after = err.retry_after,
    trail = err.trail,
    warnings = json.array(),
  }
end

--- A copy that encodes with every key, null where there is nothing.
---@param answer vision.Response
---@return table
function response.to_json(answer)
  local whole = json.with_nulls(answer, response.FIELDS)
  if answer.description then
    whole.description = json.with_nulls(answer.description, response.DESCRIPTION_FIELDS)
  end
  return whole
end

return response
