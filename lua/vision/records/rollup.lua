-- SPDX-License-Identifier: MIT
-- What is counted as records come in, so that a report need not read them all. A storage adds the
-- rows of a record when it saves it and takes them away when it deletes it, in one transaction.
--
-- sums    one row for each quarter of an hour, provider, model, status and reason
-- counts  one row for each hour, provider, dimension and value; and one for each day in UTC, since
--         the hours of a month are too many to add up while somebody waits
--
-- Everything is a whole number, so that adding and taking away is exact in any order.

local records = require "vision.records.record"
local task = require "vision.base.task"

local rollup = {}

--- Seconds of the slots of sums and of counts.
rollup.SLOT = 900
rollup.HOUR = 3600
rollup.DAY = 86400

--- The columns of both, in order: what makes a row, and what is added up.
rollup.SUM_KEY = { "slot", "provider", "model", "status", "reason" }
rollup.SUMS = {
  "requests", "cached", "cost_micro_usd", "unpriced", "input_tokens", "output_tokens",
  "cached_tokens", "processing_us", "confidence_ppm", "confidence_count", "disagreements",
  "saved_micro_usd",
}
rollup.COUNT_KEY = { "hour", "provider", "dimension", "value" }
rollup.COUNTS = { "count" }

rollup.DIMENSIONS = { "tag", "confidence", "latency" }

--- Each dimension's name in the rows of days; they are asked for as dimensions of their own.
rollup.BY_DAY = {}
for i, dimension in ipairs { "tag", "confidence", "latency" } do
  rollup.BY_DAY[dimension] = dimension .. "_by_day"
  rollup.DIMENSIONS[3 + i] = rollup.BY_DAY[dimension]
end

---@class vision.RollupSums
---@field slot integer            seconds since 1970, a multiple of SLOT
---@field provider string
---@field model string            "" where none is known
---@field status string           "completed" | "failed"
---@field reason string           "" where completed
---@field requests integer
---@field cached integer          of them, those answered from a cache
---@field cost_micro_usd integer
---@field unpriced integer        those whose cost is unknown
---@field input_tokens integer    those of cached answers are not counted, for nobody paid them
---@field output_tokens integer
---@field cached_tokens integer
---@field processing_us integer
---@field confidence_ppm integer  sum of the confidences, in millionths
---@field confidence_count integer those that have one
---@field disagreements integer
---@field saved_micro_usd integer what cached answers had cost

---@class vision.RollupCount
---@field hour integer     seconds since 1970, a multiple of HOUR, or of DAY
---@field provider string
---@field dimension string "tag" | "confidence" | "latency", or that by day
---@field value string     the tag; the tenth "0".."9" or "none"; the bucket's number
---@field count integer

local BUCKET = math.log(1.02)

--- The bucket of a latency; buckets are 2 % wide.
---@param ms number
---@return integer # >= 0; 0 is all up to a millisecond
function rollup.bucket(ms)
  return ms > 1 and math.ceil(math.log(ms) / BUCKET) or 0
end

--- The latency in the middle of a bucket.
---@param bucket integer
---@return number ms
function rollup.bucket_ms(bucket)
  return bucket > 0 and 1.02 ^ (bucket - 0.5) or 1
end

local function times(value, factor)
  return math.floor((value or 0) * factor + 0.5)
end

local function slot_of(seconds, width)
  return math.floor(seconds / width) * width
end

local function tokens(value)
  return type(value) == "number" and value >= 0 and value < 2 ^ 53 and math.floor(value) or 0
end

local function sums_of(record)
  local usage = not record.cached and record.usage or {}
  local confidence = records.confidence(record)
  return {
    slot = slot_of(record.created_at, rollup.SLOT), provider = record.provider,
    model = record.model or "", status = record.status,
    reason = record.error and record.error.reason or "",
    requests = 1, cached = record.cached and 1 or 0,
    cost_micro_usd = times(record.cost_usd, 1e6), unpriced = record.cost_usd and 0 or 1,
    input_tokens = tokens(usage.input_tokens), output_tokens = tokens(usage.output_tokens),
    cached_tokens = tokens(usage.cached_tokens),
    processing_us = times(record.processing_time_ms, 1000),
    confidence_ppm = times(confidence, 1e6), confidence_count = confidence and 1 or 0,
    disagreements = times(record.disagreements, 1), saved_micro_usd = times(record.saved_usd, 1e6),
  }
end

local function tenth_of(confidence)
  return confidence and ("%d"):format(math.min(9, math.floor(confidence * 10))) or "none"
end

-- A failure has no confidence, and how fast one fails or finds what was read before says nothing
-- of how fast a provider reads.
local function counts_of(record)
  local list, provider = {}, record.provider
  local hour = slot_of(record.created_at, rollup.HOUR)
  local day = slot_of(record.created_at, rollup.DAY)
  local function add(dimension, value)
    list[#list + 1] = { hour = hour, provider = provider, dimension = dimension, value = value,
      count = 1 }
    list[#list + 1] = { hour = day, provider = provider, dimension = rollup.BY_DAY[dimension],
      value = value, count = 1 }
  end
  for _, tag in ipairs(record.tags) do add("tag", tag) end
  if record.status == "completed" then
    add("confidence", tenth_of(records.confidence(record)))
    if not record.cached then
      add("latency", ("%d"):format(rollup.bucket(record.processing_time_ms)))
    end
  end
  return list
end

---@class vision.Rollup
---@field sums vision.RollupSums[]
---@field counts vision.RollupCount[]

--- What one record adds.
---@param record vision.AnalysisRecord a checked one: its tags are each there once
---@return vision.Rollup
function rollup.of(record)
  return { sums = { sums_of(record) }, counts = counts_of(record) }
end

-- ---- adding up ----

-- In a record no text but a reason or what is counted holds a NUL, and these are the last.
local parts = {}
local function key_of(row, names)
  for i = 1, #names do parts[i] = row[names[i]] end
  return table.concat(parts, "\0", 1, #names)
end

local function add_row(rows, row, key_names, figures, sign)
  local key = key_of(row, key_names)
  local sum, rest = rows[key], false
  if not sum then
    sum = {}
    for _, name in ipairs(key_names) do sum[name] = row[name] end
    for _, name in ipairs(figures) do sum[name] = 0 end
    rows[key] = sum
  end
  for i = 1, #figures do
    local value = sum[figures[i]] + sign * row[figures[i]]
    sum[figures[i]] = value
    rest = rest or value ~= 0
  end
  if not rest then rows[key] = nil end
end

---@class vision.RollupTotals
---@field sums table<string, vision.RollupSums>     by their keys as one text
---@field counts table<string, vision.RollupCount>
local Totals = {}
Totals.__index = Totals

--- Where rows are added up: those of the same key become one.
---@return vision.RollupTotals
function rollup.totals()
  return setmetatable({ sums = {}, counts = {} }, Totals)
end

--- Adds rows, or takes them away; a row that has come to nothing is gone.
---@param rows vision.Rollup
---@param sign integer? 1 (default) or -1
function Totals:add(rows, sign)
  for _, row in ipairs(rows.sums) do
    add_row(self.sums, row, rollup.SUM_KEY, rollup.SUMS, sign or 1)
  end
  for _, row in ipairs(rows.counts) do
    add_row(self.counts, row, rollup.COUNT_KEY, rollup.COUNTS, sign or 1)
  end
end

local function list_of(rows)
  local list = {}
  for _, row in pairs(rows) do list[#list + 1] = row end
  return list
end

local function sorted(rows, names)
  local list = list_of(rows)
  table.sort(list, function(a, b)
    for _, name in ipairs(names) do
      if a[name] ~= b[name] then return a[name] < b[name] end
    end
    return false
  end)
  return list
end

--- All rows, sorted by their keys.
---@return vision.Rollup
function Totals:rows()
  return {
    sums = sorted(self.sums, rollup.SUM_KEY), counts = sorted(self.counts, rollup.COUNT_KEY),
  }
end

--- The same in no order, which is quicker.
---@return vision.Rollup
function Totals:unsorted()
  return { sums = list_of(self.sums), counts = list_of(self.counts) }
end

--- The rows of many records, each key once. Others go on meanwhile.
---@param list vision.AnalysisRecord[]
---@return vision.RollupTotals
function rollup.of_all(list)
  local totals = rollup.totals()
  for _, record in ipairs(list) do
    task.breathe()
    totals:add(rollup.of(record))
  end
  return totals
end

--- Rows of wider slots: those of `every` seconds, counted from `from`, become one.
---@generic T: table
---@param rows T[]
---@param period vision.RollupPeriod a checked one
---@param key string[]      rollup.SUM_KEY or rollup.COUNT_KEY
---@param figures string[]  rollup.SUMS or rollup.COUNTS
---@return T[] # new rows, sorted
function rollup.widen(rows, period, key, figures)
  local wide, time = {}, key[1]
  for _, row in ipairs(rows) do
    local copy = {}
    for name, value in pairs(row) do copy[name] = value end
    copy[time] = math.floor(row[time] - (row[time] - period.from) % period.every)
    add_row(wide, copy, key, figures, 1)
  end
  return sorted(wide, key)
end

return rollup
