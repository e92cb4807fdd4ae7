-- SPDX-License-Identifier: MIT
-- Records in a Redis server: an index by time for all of them, for each provider, tag and picture;
-- whatever else is asked for, text too, is looked for page by page along the shortest of these.

local clock = require "vision.base.clock"
local durability = require "vision.database.redis_durability"
local errors = require "vision.base.error"
local filter_of = require "vision.records.filter"
local form = require "vision.records.storage.redis_form"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"
local period_of = require "vision.records.period"
local records = require "vision.records.record"
local redis = require "vision.database.redis"
local rollup = require "vision.records.rollup"
local scripts = require "vision.records.storage.redis_scripts"
local task = require "vision.base.task"
local words = require "vision.records.words"

local redis_storage = {}

local VERSION = 1
local RECORD = form.RECORD

-- Records looked at, saved and deleted in one go: the server does nothing else meanwhile.
local PAGE, SAVE_MAX, DELETE_MAX = 500, 1000, 200
local PAGE_BYTES, SAVE_BYTES = 8 * 1024 * 1024, 32 * 1024 * 1024

local OPTIONS = {
  ttl_seconds = { "seconds that a record is kept, counted from created_at; 0: for ever",
    type = "integer", min = 0, max = 100 * 366 * 86400, default = 0 },
}

---@class vision.RedisStorage : vision.RecordStorage
---@field durability string  what the server promises to keep, for people
---@field package redis vision.Redis
---@field package ttl integer
local RedisStorage = {}
RedisStorage.__index = RedisStorage

-- ---- saving ----

local function too_many()
  return nil, errors.new("too_large", ("at most %d records and %d MB are saved at a time"):format(
    SAVE_MAX, SAVE_BYTES / 1024 / 1024))
end

--- See vision.RecordStorage.
function RedisStorage:save(list)
  local ok, err = records.check_all(list)
  if not ok then return nil, err end
  if #list > SAVE_MAX then return too_many() end
  local arguments, bytes = { RECORD, VERSION, self.ttl, math.floor(clock.wall()) }, 0
  for _, record in ipairs(list) do
    local text
    text, err = records.to_json(record)
    if not text then return nil, err end
    bytes = bytes + #text
    if bytes > SAVE_BYTES then return too_many() end
    form.add(arguments, record, text)
  end
  if #list == 0 then return true end
  ok, err = self.redis:eval(scripts.SAVE, { form.STORE }, arguments)
  return ok and true, err
end

--- See vision.RecordStorage.
function RedisStorage:get(record_id)
  local text, err = self.redis:call("HGET", RECORD .. record_id, "json")
  if not text then return text, err end
  return records.from_json(text)
end

-- ---- queries ----

-- From and to as Redis has them. What has outlived its time may still stand in an index.
local function range_of(self, filter)
  local from = filter.from
  if self.ttl > 0 then from = math.max(from or 0, clock.wall() - self.ttl) end
  return from and form.ms(from) or "-inf", filter.to and "(" .. form.ms(filter.to) or "+inf"
end

local function is_wanted(filter, entry, line)
  return filter_of.matches(filter, entry)
    and (not filter.words or words.all_in(line, filter.words))
end

-- Calls visit(id) for the records of a filter, until it gives false. Those of a page are looked at
-- together.
local function each(self, filter, most, visit)
  local index, exact = form.index_for(filter)
  local from, to = range_of(self, filter)
  local ms, id = "", ""
  if filter.after then ms, id = form.ms(filter.after.created_at), filter.after.record_id end
  local entry = not exact and "entry" or nil
  repeat
    local reply, err = self.redis:eval(scripts.PAGE, { index }, { RECORD,
      exact and math.min(most, PAGE) or PAGE, PAGE_BYTES, filter.order, from, to, ms, id, entry,
      filter.words and "words" or nil })
    if not reply then return nil, err end
    for _, found in ipairs(reply[1]) do
      id, ms = found[1], found[2]
      local wanted = exact or found[3]
        and is_wanted(filter, form.entry(found[3], tonumber(ms)), found[4])
      if wanted and visit(id) == false then return true end
    end
  until reply[2] == 0
  return true
end

local function texts_of(self, ids)
  if #ids == 0 then return {} end
  local commands = {}
  for i, id in ipairs(ids) do commands[i] = { "HGET", RECORD .. id, "json" } end
  return self.redis:pipeline(commands)
end

-- One that was deleted meanwhile is left out.
local function read_all(self, ids)
  local texts, err = texts_of(self, ids)
  local list = {}
  for _, text in ipairs(texts or {}) do
    if errors.is(text) then return nil, text end
    if text then
      task.breathe()
      local record
      record, err = records.from_json(text)
      if not record then return nil, err end
      list[#list + 1] = record
    end
  end
  return texts and list, err
end

--- See vision.RecordStorage.
function RedisStorage:query(given)
  local filter, err = filter_of.check_query(given)
  if not filter then return nil, err end
  local ids, more = {}, false
  local ok, failed = each(self, filter, filter.limit + 1, function(id)
    more = #ids == filter.limit
    if more then return false end
    ids[#ids + 1] = id
  end)
  if not ok then return nil, failed end
  local page
  page, err = read_all(self, ids)
  if not page then return nil, err end
  return { records = page,
    next_cursor = more and #page > 0 and filter_of.cursor(filter.order, page[#page]) or nil }
end

--- See vision.RecordStorage.
function RedisStorage:count(given)
  local filter, err = filter_of.check(given)
  if not filter then return nil, err end
  local index, exact = form.index_for(filter)
  if exact then return self.redis:call("ZCOUNT", index, range_of(self, filter)) end
  local count = 0
  local ok, failed = each(self, filter, PAGE, function() count = count + 1 end)
  if not ok then return nil, failed end
  return count
end

-- ---- deleting ----

local function delete_all(self, ids)
  local deleted = 0
  for first = 1, #ids, DELETE_MAX do
    local arguments = { RECORD }
    for i = first, math.min(#ids, first + DELETE_MAX - 1) do arguments[#arguments + 1] = ids[i] end
    local count, err = self.redis:eval(scripts.DELETE, {}, arguments)
    if not count then return nil, err end
    deleted = deleted + count
  end
  return deleted
end

--- See vision.RecordStorage.
function RedisStorage:delete(given)
  local filter, err = filter_of.check(given)
  if not filter then return nil, err end
  local ids = {}
  local ok, failed = each(self, filter, PAGE, function(id)
    ids[#ids + 1] = id
    return not filter.limit or #ids < filter.limit
  end)
  if not ok then return nil, failed end
  return delete_all(self, ids)
end

-- ---- rollups ----

local function add_hash(rows, slot, hash, period, key, names)
  for i = 1, #hash, 2 do
    local row = form.row(slot, hash[i], hash[i + 1], key, names)
    if not period.provider or row.provider == period.provider then rows[#rows + 1] = row end
  end
end

local function rows_of(self, slots, period, key, names)
  local found, err = self.redis:call("ZRANGEBYSCORE", slots, period.from, "(" .. period.to)
  if not found then return nil, err end
  local rows = {}
  for first = 1, #found, PAGE do
    local commands = {}
    for i = first, math.min(#found, first + PAGE - 1) do
      commands[#commands + 1] = { "HGETALL", slots .. ":" .. found[i] }
    end
    local replies
    replies, err = self.redis:pipeline(commands)
    if not replies then return nil, err end
    for i, hash in ipairs(replies) do
      if errors.is(hash) then return nil, hash end
      add_hash(rows, tonumber(found[first + i - 1]), hash, period, key, names)
    end
  end
  return rollup.widen(rows, period, key, names)
end

--- See vision.RecordStorage.
function RedisStorage:sums(given)
  local period, err = period_of.sums(given)
  if not period then return nil, err end
  return rows_of(self, form.slots(), period, rollup.SUM_KEY, rollup.SUMS)
end

--- See vision.RecordStorage.
function RedisStorage:counts(given)
  local period, err = period_of.counts(given)
  if not period then return nil, err end
  return rows_of(self, form.slots(period.dimension), period, rollup.COUNT_KEY, rollup.COUNTS)
end

--- See vision.RecordStorage.
function RedisStorage:close()
  self.redis:close()
end

-- ---- opening ----

local function check_store(self)
  local replies, err = self.redis:pipeline { { "HMGET", form.STORE, "version", "ttl" } }
  local found = replies and replies[1]
  if not found or errors.is(found) then return nil, err or found end
  local version, ttl = tonumber(found[1] or VERSION), tonumber(found[2] or self.ttl)
  if version > VERSION then
    return nil, errors.new("store_newer", ("%s: the records are of version %d; this program knows "
      .. "%d: use a newer one"):format(self.redis.name, version, VERSION))
  elseif ttl ~= self.ttl then
    return nil, errors.new("invalid_option", ("%s: the records there are kept with ttl_seconds = "
      .. "%d, not %d"):format(self.redis.name, ttl, self.ttl))
  end
  return true
end

--- A storage in a Redis server. What it promises to keep is told: as a warning where it is nothing.
---@param url string redis://[user:password@]host[:port][/number]
---@param given? { ttl_seconds: integer? } how long records are kept, from created_at; 0: for ever
---@return vision.RedisStorage|nil
---@return vision.error? err invalid_option, missing_library, store_unavailable, permission,
---  store_newer
function RedisStorage.new(url, given)
  local config, err = option_lists.check(OPTIONS, given, "RedisStorage")
  if not config then return nil, err end
  local handle
  handle, err = redis.open(url)
  if not handle then return nil, err end
  local self = setmetatable({ redis = handle, ttl = config.ttl_seconds }, RedisStorage)
  local ok
  ok, err = check_store(self)
  if not ok then
    handle:close()
    return nil, err
  end
  local kept = durability.of(handle)
  self.durability = kept.text
  log[kept.level == "none" and "warn" or "info"]("%s: %s", handle.name, kept.text)
  return self
end

redis_storage.RedisStorage = RedisStorage

--- Opens one; the address may end with `?ttl_seconds=NUMBER`.
---@param url string
---@return vision.RedisStorage|nil
---@return vision.error? err
function redis_storage.open(url)
  local address, ttl = url:match "^(.-)%?ttl_seconds=(%d+)$"
  return RedisStorage.new(address or url, { ttl_seconds = tonumber(ttl) })
end

return redis_storage
