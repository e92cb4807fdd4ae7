-- SPDX-License-Identifier: MIT
-- What records are asked for: a table checked before any storage sees it. And the place in a list
-- where the next page begins (keyset: after a time and an id, so that records that come meanwhile
-- neither repeat one nor leave one out).

local core = require "vision.core"
local date = require "vision.base.date"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local option_lists = require "vision.base.options"
local records = require "vision.records.record"
local ulid = require "vision.records.ulid"
local words = require "vision.records.words"

local filter = {}

local MAX_TEXT, MAX_WORDS = 1000, 20

local function is_hash(value)
  return value:find "^%x+$" ~= nil and #value == 64
end

local function is_time(value)
  return type(value) == "string"
    or type(value) == "number" and math.abs(value) < math.huge
end

local SHARE = { "a share", type = "number", min = 0, max = 1 }
local TIME = { "a time", type = "any", check = is_time,
  must_be = "seconds since 1970 or a date like 2026-11-01" }
-- No record holds other texts, and PostgreSQL takes none.
local function is_text(value)
  return not value:find("\0", 1, true) and json.valid_utf8(value) == value
end

local TEXT = { "a text", type = "string", check = is_text,
  must_be = "a text of valid UTF-8 without zero bytes" }

---@class vision.QueryFilter
---@field provider string?
---@field model string?
---@field status string?          "completed" | "failed"
---@field from number|string?     created at or after: seconds since 1970 or a date (UTC)
---@field to number|string?       created before
---@field min_confidence number?  0..1; a record without a confidence passes neither limit
---@field max_confidence number?
---@field tags string[]?          it has all of them
---@field image_hash string?
---@field settings_key string?
---@field request_id string?
---@field text string?            it has all of these words (records/words.lua says where)
---@field limit integer?          1..1000, 50 by default; of a deletion: no limit by default
---@field cursor string?          `next_cursor` of the page before
---@field order string?           "newest" (default) | "oldest"
local FILTER = {
  provider = TEXT, model = TEXT, settings_key = TEXT, request_id = TEXT, text = TEXT, cursor = TEXT,
  status = { "what became of it", type = "string", one_of = { "completed", "failed" } },
  from = TIME, to = TIME, min_confidence = SHARE, max_confidence = SHARE,
  tags = { "it has all of them", type = "table" },
  image_hash = { "SHA-256 of the picture", type = "string", check = is_hash,
    must_be = "64 hexadecimal digits" },
  limit = { "records at most", type = "integer", min = 1, max = 1000 },
  order = { "which first", type = "string", one_of = { "newest", "oldest" }, default = "newest" },
}

local function refuse(format, ...)
  return nil, errors.new("invalid_option", "query: " .. format:format(...))
end

local function time_of(given, name)
  local value = given[name]
  if value == nil then return nil end
  local seconds, err = value, nil
  if type(value) == "string" then
    seconds, err = date.parse(value)
  end
  if not seconds then return refuse("option '%s': %s", name, err.message) end
  local milliseconds = math.floor(seconds * 1000 + 0.5) -- of a time that a record may have
  return math.max(0, math.min(milliseconds / 1000, records.LATEST + 0.001))
end

-- ---- the place where a page begins ----

--- The cursor of the page after a record.
---@param order string "newest" | "oldest"
---@param record vision.AnalysisRecord the last of the page
---@return string
function filter.cursor(order, record)
  return core.base64_encode(("%s %d %s"):format(order, math.floor(record.created_at * 1000 + 0.5),
    record.record_id))
end

---@class vision.QueryPlace
---@field created_at number
---@field record_id string

local function place_of(cursor, order)
  local text = #cursor <= 200 and core.base64_decode(cursor)
  local was, ms, id = (text or ""):match "^(%l+) (%d+) (%w+)$"
  if not was or not id:find(ulid.PATTERN) then
    return refuse "option 'cursor' must be the next_cursor of a page; this is none"
  elseif was ~= order then
    return refuse("option 'cursor' is of a query with order = '%s', not '%s'", was, order)
  end
  return { created_at = tonumber(ms) / 1000, record_id = id }
end

-- ---- checking ----

local function words_of(text)
  if text == nil then return nil end
  local list = words.of(text)
  if #text > MAX_TEXT or #list > MAX_WORDS then
    return refuse("option 'text' may have %d bytes and %d words", MAX_TEXT, MAX_WORDS)
  elseif #list == 0 then
    return refuse "option 'text' has no word to look for"
  end
  return list
end

local function check_ranges(checked)
  if checked.from and checked.to and checked.from >= checked.to then
    return refuse("'from' (%s) must be before 'to' (%s)", date.iso(checked.from),
      date.iso(checked.to))
  elseif (checked.min_confidence or 0) > (checked.max_confidence or 1) then
    return refuse("min_confidence (%g) must not be above max_confidence (%g)",
      checked.min_confidence, checked.max_confidence)
  end
  return true
end

-- The fields that are not plain values, made into what a storage works with.
local function translate(checked)
  local err
  for _, name in ipairs { "from", "to" } do
    checked[name], err = time_of(checked, name)
    if err then return nil, err end
  end
  checked.words, err = words_of(checked.text)
  if err then return nil, err end
  if checked.cursor then
    checked.after, err = place_of(checked.cursor, checked.order)
    if err then return nil, err end
  end
  checked.image_hash = checked.image_hash and checked.image_hash:lower()
  return checked
end

---@class vision.CheckedFilter : vision.QueryFilter
---@field from number?              seconds, to the millisecond
---@field to number?
---@field words string[]?           of `text`, in small letters
---@field after vision.QueryPlace?  of `cursor`
---@field order string
local Checked = {}

--- Checks a filter, fills in what it leaves out and reads its dates. A checked one is given back.
---@param given vision.QueryFilter?
---@return vision.CheckedFilter|nil
---@return vision.error? err invalid_option: which field, and what it must be
function filter.check(given)
  if getmetatable(given) == Checked then return given end
  local checked, err = option_lists.check(FILTER, given, "query")
  if not checked then return nil, err end
  local ok
  if checked.tags then
    ok, err = records.check_tags(checked.tags)
    if not ok then return refuse("option 'tags': %s", err.message) end
  end
  checked, err = translate(checked)
  if not checked then return nil, err end
  ok, err = check_ranges(checked)
  return ok and setmetatable(checked, Checked) or nil, err
end

--- The same for a query, which always has a limit.
---@param given vision.QueryFilter?
---@return vision.CheckedFilter|nil
---@return vision.error? err
function filter.check_query(given)
  local checked, err = filter.check(given)
  if not checked or checked.limit then return checked, err end
  local copy = {}
  for name, value in pairs(checked) do copy[name] = value end
  copy.limit = 50
  return setmetatable(copy, Checked)
end

-- ---- matching ----

local EQUAL = { "provider", "model", "status", "image_hash", "settings_key", "request_id" }

local function has_tags(record, wanted)
  local has = {}
  for _, tag in ipairs(record.tags) do has[tag] = true end
  for _, tag in ipairs(wanted) do
    if not has[tag] then return false end
  end
  return true
end

local function has_confidence(record, least, most)
  if not least and not most then return true end
  local confidence = records.confidence(record)
  return confidence ~= nil and confidence >= (least or 0) and confidence <= (most or 1)
end

--- Whether a record is asked for; words, cursor and limit aside.
---@param checked vision.CheckedFilter
---@param record vision.AnalysisRecord
---@return boolean
function filter.matches(checked, record)
  for _, name in ipairs(EQUAL) do
    if checked[name] ~= nil and checked[name] ~= record[name] then return false end
  end
  return (not checked.from or record.created_at >= checked.from)
    and (not checked.to or record.created_at < checked.to)
    and has_confidence(record, checked.min_confidence, checked.max_confidence)
    and (not checked.tags or has_tags(record, checked.tags))
end

return filter
