-- SPDX-License-Identifier: MIT
-- Records for specs.

local description = require "vision.drawing.description"
local records = require "vision.records.record"

local samples = {}

--- A time that falls on a slot's start: 2026-11-01T00:00:00Z.
samples.START = 1793491200

local made = 0

--- The digest of a number, as if it were a picture's.
function samples.hash(number)
  return ("%064x"):format(number)
end

--- A reading.
---@param fields table? summary, confidence, details, drawing …
function samples.reading(fields)
  local reading = { summary = "a flange", details = { "four holes" }, confidence = 0.9 }
  for name, value in pairs(fields or {}) do reading[name] = value end
  if reading.confidence == "none" then reading.confidence = nil end
  return description.new(reading)
end

--- A record; each is a second later than the one before unless `created_at` says when.
---@param fields table? its own; `result` and `error` are filled in
---@return vision.AnalysisRecord
function samples.record(fields)
  made = made + 1
  local one = {
    image_hash = samples.hash(made), provider = "openai", model = "gpt-5.4-mini",
    created_at = samples.START + made, processing_time_ms = 1234.5, cost_usd = 0.0025,
    usage = { input_tokens = 1000, output_tokens = 200, cached_tokens = 10 }, tags = { "t" },
    request_id = "req-1", page = 1, file = "flange.pdf", settings_key = "k", prompt_version = "v1",
    trail = { { endpoint = "openai", attempt = 1, seconds = 1.2 } },
  }
  for name, value in pairs(fields or {}) do one[name] = value end
  for name, value in pairs(one) do
    if value == "none" then one[name] = nil end
  end
  if not one.error then one.result = one.result or samples.reading() end
  return assert(records.make(one))
end

--- The error of a failed one.
function samples.failure(reason)
  return { code = "EXTERNAL_SERVICE_ERROR", reason = reason or "timeout", message = "too late" }
end

--- Several.
---@param count integer
---@param fields? table|fun(i: integer): table
function samples.records(count, fields)
  local list = {}
  for i = 1, count do
    list[i] = samples.record(type(fields) == "function" and fields(i) or fields)
  end
  return list
end

return samples
