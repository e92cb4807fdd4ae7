-- SPDX-License-Identifier: MIT
-- What is kept of one analysis: a plain table, its JSON, and what must hold of it.

local clock = require "vision.base.clock"
local core = require "vision.core"
local date = require "vision.base.date"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local reading_lists = require "vision.drawing.reading_lists"
local ulid = require "vision.records.ulid"

local record = {}

--- The most of a record, in bytes of its JSON.
record.MAX_BYTES = 4 * 1024 * 1024

--- The latest time of a record, in seconds since 1970 (in 2248): storages make 63 bits of its
--- milliseconds and 20 more.
record.LATEST = (2 ^ 43 - 2) / 1000

--- Tags of a record, and bytes of each.
record.MAX_TAGS = 100
record.MAX_TAG_BYTES = 16 * 1024

--- What may have become of an analysis.
record.STATUS = { COMPLETED = "completed", FAILED = "failed" }

---@class vision.AnalysisRecord
---@field record_id string          26 letters and digits (ULID); sorts by time
---@field image_hash string         SHA-256 of the picture's bytes, 64 hexadecimal digits
---@field provider string
---@field result vision.VisionDescription?  nil where it failed
---@field created_at number         seconds since 1970, to the millisecond; ISO 8601 in JSON
---@field processing_time_ms number >= 0
---@field cost_usd number?          >= 0; nil: unknown
---@field tags string[]             each once
---@field status string             "completed" | "failed"
---@field cached boolean            answered from a cache: it cost nothing
---@field model string?
---@field prompt_version string?
---@field usage table?              input_tokens, output_tokens, cached_tokens, reasoning_tokens …
---@field error { code: string, reason: string, message: string }?  why it failed
---@field trail vision.TrailStep[]? what was tried
---@field request_id string?
---@field page integer?             >= 1; nil: several were read at once, or nobody knows
---@field file string?              the name it was given under
---@field settings_key string?      digest of what was asked, the picture aside
---@field disagreements number?     between the witnesses or providers that were compared
---@field saved_usd number?         what a cached answer had cost, where that is known

local function text(max, pattern)
  return { kind = "string", max = max, pattern = pattern }
end

-- Hexadecimal ones; a pattern of that many classes would take its time.
local function digits(length)
  return { kind = "string", max = length, min = length, pattern = "^[0-9a-f]+$" }
end

local function number(least, most)
  return { kind = "number", least = least, most = most }
end

local HUGE = 2 ^ 53 / 1e6 -- sums are counted in millionths, exactly

local FIELDS = {
  record_id = text(26, ulid.PATTERN), image_hash = digits(64),
  provider = text(200), model = text(200), prompt_version = text(200), request_id = text(200),
  settings_key = text(200), file = text(8192), status = text(20),
  created_at = number(0, record.LATEST), processing_time_ms = number(0, HUGE / 1000),
  cost_usd = number(0, HUGE), saved_usd = number(0, HUGE), page = number(1, 1e6),
  disagreements = number(0, 1e6),
  cached = { kind = "boolean" }, tags = { kind = "table" }, result = { kind = "table" },
  usage = { kind = "table" }, error = { kind = "table" }, trail = { kind = "table" },
}

local REQUIRED = {
  "record_id", "image_hash", "provider", "created_at", "processing_time_ms", "tags", "status",
  "cached",
}

-- The seed's fields, which stand in JSON also where they are absent.
local ALWAYS = { "result", "cost_usd" }

-- ---- checks ----

local function refuse(format, ...)
  return nil, errors.new("input", ("a record's " .. format):format(...))
end

local function check_text(name, value, max)
  if #value > max then
    return refuse("%s has %d bytes; the most is %d", name, #value, max)
  elseif value:find("\0", 1, true) or core.utf8_error(value) then
    return refuse("%s is not valid UTF-8 text", name)
  end
  return true
end

--- Checks a list of tags.
---@param tags any
---@return true|nil
---@return vision.error? err reason "input"
function record.check_tags(tags)
  if type(tags) ~= "table" then
    return refuse("tags must be a list of texts, not a %s", type(tags))
  elseif #tags > record.MAX_TAGS then
    return refuse("tags are %d; the most is %d", #tags, record.MAX_TAGS)
  end
  for key, tag in pairs(tags) do
    if type(key) ~= "number" or type(tag) ~= "string" or tag == "" then
      return refuse("tags[%s] must be a text that is not empty", tostring(key))
    end
    if not check_text("tags", tag, record.MAX_TAG_BYTES) then
      return check_text(("tags[%s]"):format(key), tag, record.MAX_TAG_BYTES)
    end
  end
  return true
end

local function check_number(name, value, field)
  if not (value >= field.least and value <= field.most) then
    return refuse("%s must be a number from %g to %.15g, not %g", name, field.least, field.most,
      value)
  end
  return true
end

local function check_field(name, value)
  local field = FIELDS[name]
  if not field then
    return refuse("field '%s' is none that records have", tostring(name))
  elseif type(value) ~= field.kind then
    return refuse("%s must be a %s, not a %s", name, field.kind, type(value))
  elseif field.kind == "number" then
    return check_number(name, value, field)
  elseif field.kind ~= "string" then
    return true
  elseif field.pattern and (#value < (field.min or 0) or not value:find(field.pattern)) then
    return refuse("%s is none: '%s'", name, value:sub(1, 80))
  end
  return check_text(name, value, field.max)
end

-- A reading may be odd: what somebody's provider said is kept as it is.
local function check_error(err)
  for _, name in ipairs { "reason", "message" } do
    if err and type(err[name]) ~= "string" then return refuse("error has no %s, a text", name) end
  end
  return true
end

local function check_status(one)
  if one.status == "completed" and one.result or one.status == "failed" and one.error then
    return true
  end
  return refuse "status must be 'completed', with a result, or 'failed', with an error"
end

--- Checks a record, field by field.
---@param one any
---@return true|nil
---@return vision.error? err reason "input": the field and what it must be
function record.check(one)
  if type(one) ~= "table" then
    return nil, errors.new("input", "a record must be a table, not a " .. type(one))
  end
  for _, name in ipairs(REQUIRED) do
    if one[name] == nil then return refuse("%s is missing", name) end
  end
  for name, value in pairs(one) do
    local ok, err = check_field(name, value)
    if not ok then return nil, err end
  end
  local ok, err = record.check_tags(one.tags)
  if ok then ok, err = check_error(one.error) end
  if not ok then return nil, err end
  return check_status(one)
end

--- Checks a list of records, for a storage that is to save them.
---@param list any
---@return true|nil
---@return vision.error? err reason "input"
function record.check_all(list)
  if type(list) ~= "table" or list[1] == nil and next(list) ~= nil then
    error("save wants a list of records", 3)
  end
  for _, one in ipairs(list) do
    local ok, err = record.check(one)
    if not ok then return nil, err end
  end
  return true
end

-- ---- making ----

local function each_once(tags)
  local list, known = json.array {}, {}
  for _, tag in ipairs(tags or {}) do
    if not known[tag] then list[#list + 1] = tag end
    known[tag] = true
  end
  return list
end

local function repaired(value)
  return value and json.valid_utf8(value):gsub("%z", "\239\191\189") or nil
end

local function error_of(err)
  return err and {
    code = err.code, reason = err.reason, message = repaired(err.message or err.reason),
  } or nil
end

--- Makes a record of what is known of an analysis; what is not said of it is filled in.
---@param fields table fields of a vision.AnalysisRecord; `error` may be a vision.error
---@return vision.AnalysisRecord|nil
---@return vision.error? err reason "input"
function record.make(fields)
  local one = {}
  for name, value in pairs(fields) do one[name] = value end
  local ok, err = record.check_tags(one.tags or {})
  if ok and one.created_at ~= nil then ok, err = check_field("created_at", one.created_at) end
  if not ok then return nil, err end
  one.created_at = math.floor((one.created_at or clock.wall()) * 1000 + 0.5) / 1000
  one.record_id = one.record_id or ulid.new(one.created_at)
  one.tags = each_once(one.tags)
  one.error = error_of(one.error)
  one.file = repaired(one.file)
  one.status = one.status or (one.error and "failed" or "completed")
  one.cached = one.cached or false
  ok, err = record.check(one)
  return ok and one or nil, err
end

-- ---- JSON ----

--- The JSON of a record, on one line.
---@param one vision.AnalysisRecord
---@return string|nil
---@return vision.error? err input: it holds what cannot be written down; too_large
function record.to_json(one)
  local object = json.with_nulls(one, ALWAYS)
  object.created_at = date.iso(one.created_at)
  local ok, written = pcall(json.encode, object)
  if not ok then
    return nil, errors.new("input", "a record cannot be written down: " .. tostring(written))
  elseif #written > record.MAX_BYTES then
    return nil, errors.new("too_large", ("a record has %d bytes; the most is %d"):format(#written,
      record.MAX_BYTES))
  end
  return written
end

--- The record of a JSON text.
---@param written string of `to_json`, or another's
---@return vision.AnalysisRecord|nil
---@return vision.error? err invalid_json; input: it is no record
function record.from_json(written)
  local one, err = json.decode(written)
  if err then
    return nil, err
  elseif type(one) ~= "table" then
    return nil, errors.new("input", "this JSON is no record")
  end
  if type(one.created_at) == "string" then
    one.created_at, err = date.parse(one.created_at)
    if not one.created_at then return nil, err end
  end
  reading_lists.mark(one.result)
  if type(one.tags) == "table" then json.array(one.tags) end
  if type(one.trail) == "table" then json.array(one.trail) end
  local ok
  ok, err = record.check(one)
  return ok and one or nil, err
end

--- The confidence of a record's reading; what a provider gave that is none is taken for none.
---@param one vision.AnalysisRecord
---@return number? # 0..1
function record.confidence(one)
  local confidence = one.result and one.result.confidence
  return type(confidence) == "number" and confidence >= 0 and confidence <= 1 and confidence or nil
end

return record
