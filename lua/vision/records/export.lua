-- SPDX-License-Identifier: MIT
-- Records as text for other programs: JSON Lines, which hold everything, and CSV for tables.

local csv = require "vision.base.csv"
local date = require "vision.base.date"
local json = require "vision.base.json"
local option_lists = require "vision.base.options"
local errors = require "vision.base.error"
local records = require "vision.records.record"

local export = {}

--- What it can be.
export.FORMATS = { "jsonl", "csv" }

-- The fields of the description first, named as there; what is a part of `result` for tables too.
local COLUMNS = {
  "record_id", "image_hash", "provider", "result", "created_at", "processing_time_ms", "cost_usd",
  "tags", "status", "summary", "confidence", "cached", "model", "prompt_version", "file", "page",
  "input_tokens", "output_tokens", "error_code", "error_reason", "error_message", "request_id",
  "disagreements", "saved_usd",
}

local function cell(value)
  if value == nil then return "" end
  return type(value) == "string" and value or json.encode(value)
end

local function values_of(record)
  local result, err, usage = record.result or {}, record.error or {}, record.usage or {}
  return setmetatable({
    result = record.result and json.encode(record.result), created_at = date.iso(record.created_at),
    tags = json.encode(record.tags), cached = record.cached and "true" or "false",
    summary = result.summary, confidence = result.confidence,
    input_tokens = usage.input_tokens, output_tokens = usage.output_tokens,
    error_code = err.code, error_reason = err.reason, error_message = err.message,
  }, { __index = record })
end

local function csv_row(record)
  local values, cells = values_of(record), {}
  for i, name in ipairs(COLUMNS) do
    cells[i] = cell(values[name])
  end
  return csv.row(cells)
end

local WRITERS = {
  jsonl = { line = function(record) return assert(records.to_json(record)) .. "\n" end },
  csv = { head = function() return csv.row(COLUMNS) end, line = csv_row },
}

--- What writes records in a format: `head` comes first, `line` makes each.
---@param format string one of export.FORMATS
---@return { head: (fun(): string)?, line: fun(record: vision.AnalysisRecord): string }|nil
---@return vision.error? err invalid_option
function export.writer(format)
  local writer = WRITERS[format]
  if not writer then
    return nil, errors.new("invalid_option", option_lists.unknown_word("format of an export",
      tostring(format), export.FORMATS))
  end
  return writer
end

return export
