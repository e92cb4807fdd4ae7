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

-- Clocks tell no more than microseconds.
local function rounded(milliseconds)
  return math.floor(milliseconds * 1000 + 0.5) / 1000
end

local function description_of(reading)
  return { summary = reading.summary, details = json.array(reading.details),
    confidence = reading.confidence, drawing = reading.drawing }
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

local function add(warnings, known, list)
  for _, warning in ipairs(list or {}) do
    if not known[warning] then warnings[#warnings + 1] = warning end
    known[warning] = true
  end
end

-- What the reading and the OCR warn of, each once: both may say that there are more pages.
local function warnings_of(reading, ocr)
  local warnings, known = json.array(), {}
  if reading then add(warnings, known, reading.warnings) end
  if ocr then add(warnings, known, ocr.warnings) end
  return warnings
end

--- The answer when all that was asked for is there.
---@param reading table?  a provider's reading; nil where no description was asked for
---@param ocr vision.OcrResult?
---@param milliseconds number
---@return vision.Response
function response.success(reading, ocr, milliseconds)
  local from = reading or { provider = ocr and ocr.provider }
  return {
    success = true, description = reading and description_of(reading), ocr = ocr,
    provider = from.provider, model = from.model, processing_time_ms = rounded(milliseconds),
    parsed = from.parsed, grounding = from.grounding, usage = from.usage, sent = from.sent,
    fallback_from = from.fallback_from, schema = from.schema, trail = from.trail,
    confidence_reasons = from.confidence_reasons, cached = from.cached, cost_usd = from.cost_usd,
    record_id = from.record_id, resumed = from.resumed, warnings = warnings_of(reading, ocr),
  }
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
    retryable = err.retryable or err.retry_after ~= nil, -- later, though not at once
    retry_after = err.retry_after,
    trail = err.trail,
    usage = err.usage,
    cost_usd = err.cost_usd, -- what failed may have been paid for
    warnings = json.array(),
  }
end

--- With it an answer encodes with every key, null where there is nothing, and with others that it
--- was given.
response.JSON = { shape = { description = response.DESCRIPTION_FIELDS } }
for i, name in ipairs(response.FIELDS) do response.JSON.shape[i] = name end

--- A copy that encodes so without it.
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
