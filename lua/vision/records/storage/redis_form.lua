-- SPDX-License-Identifier: MIT
-- What a record becomes in Redis, as the scripts beside this file want it.

local core = require "vision.core"
local records = require "vision.records.record"
local rollup = require "vision.records.rollup"
local words = require "vision.records.words"

local redis_form = {}

--- What all keys begin with, and those of records.
redis_form.STORE = "vision:records"
redis_form.RECORD = redis_form.STORE .. ":record:"

local STORE = redis_form.STORE

--- Milliseconds since 1970, as the indexes count.
---@param seconds number
---@return integer
function redis_form.ms(seconds)
  return math.floor(seconds * 1000 + 0.5)
end

-- A long tag goes by its digest.
local function tag_index(tag)
  return STORE .. ":tag:" .. (#tag <= 64 and "=" .. tag or core.sha256(tag))
end

local function image_index(hash) return STORE .. ":image:" .. hash end
local function provider_index(name) return STORE .. ":provider:" .. name end
local ALL = STORE .. ":all"

local ASKED = { "provider", "model", "status", "image_hash", "settings_key", "request_id",
  "min_confidence", "max_confidence", "words" }

--- The index that is gone along for a filter, and whether it alone says what is wanted.
---@param filter vision.CheckedFilter
---@return string key
---@return boolean exact
function redis_form.index_for(filter)
  local tags = filter.tags or {}
  local asked = #tags
  for _, name in ipairs(ASKED) do
    if filter[name] then asked = asked + 1 end
  end
  if filter.image_hash then
    return image_index(filter.image_hash), asked == 1
  elseif tags[1] then
    return tag_index(tags[1]), asked == 1
  elseif filter.provider then
    return provider_index(filter.provider), asked == 1
  end
  return ALL, asked == 0
end

--- Where the slots of a rollup stand.
---@param dimension string? of counts; nil: the sums
function redis_form.slots(dimension)
  return STORE .. ":" .. (dimension and "count:" .. dimension or "sums")
end

local function indexes_of(record)
  local list = { ALL, provider_index(record.provider), image_index(record.image_hash) }
  for _, tag in ipairs(record.tags) do list[#list + 1] = tag_index(tag) end
  return list
end

-- The fields that filter.matches looks at, the confidence before and tags behind them; the texts of
-- records hold no zero byte.
local ENTRY = { "provider", "model", "status", "image_hash", "settings_key", "request_id" }

local function entry_of(record)
  local confidence = records.confidence(record)
  local parts = { confidence and ("%.17g"):format(confidence) or "" }
  for i, name in ipairs(ENTRY) do parts[i + 1] = record[name] or "" end
  for i, tag in ipairs(record.tags) do parts[#ENTRY + 1 + i] = tag end
  return table.concat(parts, "\0")
end

--- What filter.matches looks at.
---@param text string an entry as it stands in Redis
---@param ms number   created at
---@return table
function redis_form.entry(text, ms)
  local tags, at = {}, 0
  local entry = { created_at = ms / 1000, tags = tags }
  for part in (text .. "\0"):gmatch "(%Z*)%z" do
    if at == 0 then
      entry.result = { confidence = tonumber(part) }
    elseif ENTRY[at] then
      entry[ENTRY[at]] = part ~= "" and part or nil
    else
      tags[#tags + 1] = part
    end
    at = at + 1
  end
  return entry
end

local function field_of(row, names)
  local parts = {}
  for i = 2, #names do parts[#parts + 1] = row[names[i]] end
  return table.concat(parts, "\0")
end

-- Whole numbers; LuaJIT writes those of 15 digits and more in another way.
local function figures_of(row, names)
  local parts = {}
  for i, name in ipairs(names) do
    local value = row[name]
    parts[i] = value < 1e14 and value or ("%.0f"):format(value)
  end
  return table.concat(parts, " ")
end

local function add_rows(list, rows, key, figures, width)
  for _, row in ipairs(rows) do
    local at = #list
    list[at + 1], list[at + 2], list[at + 3] = redis_form.slots(row.dimension), row[key[1]], width
    list[at + 4], list[at + 5] = field_of(row, key), figures_of(row, figures)
  end
end

--- Adds the arguments of a record for scripts.SAVE.
---@param list (string|number)[]
---@param record vision.AnalysisRecord
---@param text string its JSON
function redis_form.add(list, record, text)
  local indexes, rows = indexes_of(record), rollup.of(record)
  local at = #list
  list[at + 1], list[at + 2] = record.record_id, redis_form.ms(record.created_at)
  list[at + 3], list[at + 4], list[at + 5] = text, entry_of(record), words.line(record)
  list[at + 6] = #indexes
  for _, index in ipairs(indexes) do list[#list + 1] = index end
  list[#list + 1] = #rows.sums + #rows.counts
  add_rows(list, rows.sums, rollup.SUM_KEY, rollup.SUMS, rollup.SLOT)
  add_rows(list, rows.counts, rollup.COUNT_KEY, rollup.COUNTS, rollup.HOUR)
end

--- A row of a rollup.
---@param slot integer
---@param field string    as it stands in the slot's hash
---@param figures string  likewise
---@param key string[]    rollup.SUM_KEY or rollup.COUNT_KEY
---@param names string[]  rollup.SUMS or rollup.COUNTS
---@return table
function redis_form.row(slot, field, figures, key, names)
  local row, i = { [key[1]] = slot }, 1
  for part in (field .. "\0"):gmatch "(%Z*)%z" do
    i = i + 1
    row[key[i]] = part
  end
  i = 0
  for figure in figures:gmatch "%S+" do
    i = i + 1
    row[names[i]] = tonumber(figure)
  end
  return row
end

return redis_form
