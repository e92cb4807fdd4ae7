-- SPDX-License-Identifier: MIT
-- Records in this process, until it ends: for trying out and for tests. It has a size; when it is
-- full the oldest make room.

local filter_of = require "vision.records.filter"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"
local period_of = require "vision.records.period"
local records = require "vision.records.record"
local rollup = require "vision.records.rollup"
local task = require "vision.base.task"
local words = require "vision.records.words"

local memory = {}

local OPTIONS = {
  max_records = { "records kept", type = "integer", min = 1, max = 1000000, default = 10000 },
  max_bytes = { "bytes of their JSON kept", type = "integer", min = records.MAX_BYTES,
    max = 2 ^ 40, default = 64 * 1024 * 1024 },
}

---@class vision.InMemoryStorage : vision.RecordStorage
---@field package list table[]                 entries by time and id
---@field package by_id table<string, table>
---@field package totals vision.RollupTotals
---@field package bytes integer
local InMemoryStorage = {}
InMemoryStorage.__index = InMemoryStorage

--- A storage in memory.
---@param given? { max_records: integer?, max_bytes: integer? } 10000, 64 MiB
---@return vision.InMemoryStorage|nil
---@return vision.error? err
function InMemoryStorage.new(given)
  local config, err = option_lists.check(OPTIONS, given, "InMemoryStorage")
  if not config then return nil, err end
  return setmetatable({
    config = config, list = {}, by_id = {}, totals = rollup.totals(), bytes = 0,
  }, InMemoryStorage)
end

-- ---- the list ----

local function before(a, b)
  if a.created_at ~= b.created_at then return a.created_at < b.created_at end
  return a.record_id < b.record_id
end

-- How many of the list stand before a place.
local function count_before(list, place)
  local low, high = 0, #list
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if before(list[middle], place) then low = middle else high = middle - 1 end
  end
  return low
end

-- What is looked at without reading the JSON.
local function entry_of(record, text)
  return {
    text = text, words = words.line(record), rows = rollup.of(record),
    tags = { (table.unpack or unpack)(record.tags) },
    record_id = record.record_id, created_at = record.created_at, provider = record.provider,
    model = record.model, status = record.status, image_hash = record.image_hash,
    settings_key = record.settings_key, request_id = record.request_id,
    result = { confidence = records.confidence(record) },
  }
end

local function read(entry)
  return assert(records.from_json(entry.text))
end

local function keep(self, entry)
  self.by_id[entry.record_id] = entry
  table.insert(self.list, count_before(self.list, entry) + 1, entry)
  self.bytes = self.bytes + #entry.text
  self.totals:add(entry.rows)
end

local function forget(self, gone)
  local rest = {}
  for _, entry in ipairs(self.list) do
    if gone[entry] then
      self.by_id[entry.record_id] = nil
      self.bytes = self.bytes - #entry.text
      self.totals:add(entry.rows, -1)
    else
      rest[#rest + 1] = entry
    end
  end
  self.list = rest
end

-- Some at once, for the list is written anew each time.
local function make_room(self)
  local count, bytes = #self.list - self.config.max_records, self.bytes - self.config.max_bytes
  if count <= 0 and bytes <= 0 then return end
  if not self.told then
    self.told = true
    log.warn("the store in memory is full (%d records); the oldest make room", #self.list)
  end
  count = count > 0 and count + math.floor(self.config.max_records / 64) or 0
  local gone = {}
  for i, entry in ipairs(self.list) do
    if i > count and bytes <= 0 then break end
    gone[entry], bytes = true, bytes - #entry.text
  end
  forget(self, gone)
end

--- See vision.RecordStorage.
function InMemoryStorage:save(list)
  local ok, err = records.check_all(list)
  if not ok then return nil, err end
  local texts = {}
  for i, record in ipairs(list) do
    texts[i], err = records.to_json(record)
    if not texts[i] then return nil, err end
  end
  for i, record in ipairs(list) do
    if not self.by_id[record.record_id] then keep(self, entry_of(record, texts[i])) end
  end
  make_room(self)
  return true
end

--- See vision.RecordStorage.
function InMemoryStorage:get(record_id)
  local entry = self.by_id[record_id]
  return entry and read(entry) or false
end

-- ---- queries ----

local function is_wanted(entry, filter)
  return filter_of.matches(filter, entry)
    and (not filter.words or words.all_in(entry.words, filter.words))
end

-- Up to `limit` entries from a place on.
local function find(self, filter, limit)
  local list, found = self.list, {}
  local newest = filter.order == "newest"
  local first = newest and #list or 1
  if filter.after then
    first = count_before(list, filter.after)
    if not newest then
      local at = list[first + 1]
      local same = at and at.record_id == filter.after.record_id
      first = first + (same and 2 or 1)
    end
  end
  for i = first, newest and 1 or #list, newest and -1 or 1 do
    if #found == limit then break end
    if is_wanted(list[i], filter) then found[#found + 1] = list[i] end
  end
  return found
end

--- See vision.RecordStorage.
function InMemoryStorage:query(given)
  local filter, err = filter_of.check_query(given)
  if not filter then return nil, err end
  local found, page = find(self, filter, filter.limit + 1), {}
  for i = 1, math.min(#found, filter.limit) do
    task.breathe()
    page[i] = read(found[i])
  end
  return {
    records = page,
    next_cursor = #found > filter.limit and filter_of.cursor(filter.order, page[#page]) or nil,
  }
end

--- See vision.RecordStorage.
function InMemoryStorage:count(given)
  local filter, err = filter_of.check(given)
  if not filter then return nil, err end
  local count = 0
  for _, entry in ipairs(self.list) do
    if is_wanted(entry, filter) then count = count + 1 end
  end
  return count
end

--- See vision.RecordStorage.
function InMemoryStorage:delete(given)
  local filter, err = filter_of.check(given)
  if not filter then return nil, err end
  local gone, count = {}, 0
  for _, entry in ipairs(find(self, filter, filter.limit)) do
    gone[entry], count = true, count + 1
  end
  forget(self, gone)
  return count
end

-- ---- rollups ----

-- Sorted last: most rows are not of the period.
local function rows_in(rows, period, key, figures)
  local found, time = {}, key[1]
  for _, row in pairs(rows) do
    if row[time] >= period.from and row[time] < period.to
      and (not period.provider or row.provider == period.provider)
      and (not period.dimension or row.dimension == period.dimension) then
      found[#found + 1] = row
    end
  end
  return rollup.widen(found, period, key, figures)
end

--- See vision.RecordStorage.
function InMemoryStorage:sums(given)
  local period, err = period_of.sums(given)
  return period and rows_in(self.totals.sums, period, rollup.SUM_KEY, rollup.SUMS), err
end

--- See vision.RecordStorage.
function InMemoryStorage:counts(given)
  local period, err = period_of.counts(given)
  return period and rows_in(self.totals.counts, period, rollup.COUNT_KEY, rollup.COUNTS), err
end

--- Forgets everything.
function InMemoryStorage:close()
  self.list, self.by_id, self.totals, self.bytes = {}, {}, rollup.totals(), 0
end

memory.InMemoryStorage = InMemoryStorage

--- Opens an empty one.
---@return vision.InMemoryStorage
function memory.open()
  return assert(InMemoryStorage.new())
end

return memory
