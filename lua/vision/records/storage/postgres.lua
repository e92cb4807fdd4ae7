-- SPDX-License-Identifier: MIT
-- Records in a PostgreSQL database, for several machines at a time. What `save` has answered is
-- committed. Saving, and deleting, can be done twice without harm: both are tried again where the
-- connection is lost, and nothing is kept or counted twice.

local core = require "vision.core"
local filter_of = require "vision.records.filter"
local json = require "vision.base.json"
local postgres = require "vision.database.postgres"
local records = require "vision.records.record"
local rollup = require "vision.records.rollup"
local sql = require "vision.records.storage.postgres_sql"
local sql_storage = require "vision.records.storage.sql_storage"
local task = require "vision.base.task"
local words = require "vision.records.words"

local postgres_storage = {}

-- Records deleted in one transaction; bytes of a key as it is, beyond which its digest stands for
-- it (no search has a word so long).
local DELETE_MAX, KEY_MAX = 100, 1000

---@class vision.PostgreSQLStorage : vision.RecordStorage
---@field db vision.PostgresDatabase
local PostgreSQLStorage = {}
PostgreSQLStorage.__index = PostgreSQLStorage

--- A storage in a database, whose tables are made where there are none; waits.
---@param url string postgres://user:password@host:5432/database?sslmode=verify-full
---@param options? { timeout: number } as of `postgres.open` in vision.database.postgres
---@return vision.PostgreSQLStorage|nil
---@return vision.error? err as of `postgres.open` and `migrate` there
function PostgreSQLStorage.new(url, options)
  local db, err = postgres.open(url, options)
  if not db then return nil, err end
  local ok
  ok, err = db:migrate("records", sql.MIGRATIONS)
  if not ok then
    db:close()
    return nil, err
  end
  return setmetatable({ db = db }, PostgreSQLStorage)
end

-- ---- what is written of a record ----

local function key_of(kind, text)
  if #text <= KEY_MAX then return kind .. text end
  return kind:upper() .. core.sha256(text)
end

local function word_key(word) return key_of("w", word) end
local function tag_key(tag) return key_of("t", tag) end

local function keys_of(record)
  local list = json.array {}
  for _, word in ipairs(words.of(json.valid_utf8(words.text(record)))) do
    list[#list + 1] = word_key(word)
  end
  for _, tag in ipairs(record.tags) do list[#list + 1] = tag_key(tag) end
  return list
end

local function milliseconds(seconds)
  return math.floor(seconds * 1000 + 0.5)
end

local function row_of(record, text)
  return {
    record_id = record.record_id, created_ms = milliseconds(record.created_at),
    provider = record.provider, model = record.model, status = record.status,
    image_hash = record.image_hash, settings_key = record.settings_key,
    request_id = record.request_id, confidence = records.confidence(record),
    keys = keys_of(record), json = text,
  }
end

-- The rows of a record's rollup, with its id.
local function add_rollup(record, sums, counts)
  local rows = rollup.of(record)
  for _, row in ipairs(rows.sums) do
    row.record_id = record.record_id
    sums[#sums + 1] = row
  end
  for _, row in ipairs(rows.counts) do
    row.record_id, row.digest = record.record_id, key_of("v", row.value)
    counts[#counts + 1] = row
  end
end

-- One statement for a list of records, each once: its texts are JSON lists.
local function statement_of(list, query, row)
  local rows, sums, counts, known = json.array {}, json.array {}, json.array {}, {}
  for _, record in ipairs(list) do
    task.breathe()
    if not known[record.record_id] then
      known[record.record_id] = true
      local one, err = row(record)
      if not one then return nil, err end
      rows[#rows + 1] = one
      add_rollup(record, sums, counts)
    end
  end
  return { query, { json.encode(rows), json.encode(sums), json.encode(counts) } }
end

local function saved_row(record)
  local text, err = records.to_json(record)
  if not text then return nil, err end
  return row_of(record, text)
end

--- See vision.RecordStorage. What several tasks save at a time shares a commit.
function PostgreSQLStorage:save(list)
  local ok, err = records.check_all(list)
  if not ok then return nil, err end
  if #list == 0 then return true end
  local statement
  statement, err = statement_of(list, sql.SAVE, saved_row)
  if not statement then return nil, err end
  ok, err = self.db:write { idempotent = true, { sql.LOCK }, statement }
  return ok and true or nil, err
end

-- ---- reading ----

--- See vision.RecordStorage.
function PostgreSQLStorage:get(record_id)
  if #record_id ~= 26 or record_id:find "%W" then return false end -- no id, perhaps no text either
  local rows, err = self.db:read("SELECT json FROM records WHERE record_id = ?", { record_id })
  if not rows then return nil, err end
  if not rows[1] then return false end
  return sql_storage.decode(self.db, rows[1].json)
end

local EQUAL = { "provider", "model", "status", "image_hash", "settings_key", "request_id" }

local function array_of(list)
  local texts = {}
  for i, text in ipairs(list) do texts[i] = '"' .. text:gsub('["\\]', "\\%0") .. '"' end
  return "{" .. table.concat(texts, ",") .. "}"
end

local function keys_asked(filter)
  local list = {}
  for _, word in ipairs(filter.words or {}) do list[#list + 1] = word_key(word) end
  for _, tag in ipairs(filter.tags or {}) do list[#list + 1] = tag_key(tag) end
  return list
end

-- The conditions of a filter, and their parameters.
local function conditions_of(filter)
  local list, params = {}, {}
  local function add(condition, ...)
    list[#list + 1] = condition
    for i = 1, select("#", ...) do params[#params + 1] = (select(i, ...)) end
  end
  for _, name in ipairs(EQUAL) do
    if filter[name] then add(name .. " = ?", filter[name]) end
  end
  local keys = keys_asked(filter)
  if #keys > 0 then add("keys @> ?::text[]", array_of(keys)) end
  if filter.from then add("created_ms >= ?", milliseconds(filter.from)) end
  if filter.to then add("created_ms < ?", milliseconds(filter.to)) end
  if filter.min_confidence then add("confidence >= ?", filter.min_confidence) end
  if filter.max_confidence then add("confidence <= ?", filter.max_confidence) end
  if filter.after then
    add("(created_ms, record_id) " .. (filter.order == "newest" and "<" or ">") .. " (?, ?)",
      milliseconds(filter.after.created_at), filter.after.record_id)
  end
  return #list > 0 and " WHERE " .. table.concat(list, " AND ") or "", params
end

-- Up to `count` records.
local function read_page(self, filter, count)
  local conditions, params = conditions_of(filter)
  local direction = filter.order == "newest" and "DESC" or "ASC"
  params[#params + 1] = count
  local rows, err = self.db:read(("SELECT json FROM records%s ORDER BY created_ms %s, record_id %s "
    .. "LIMIT ?"):format(conditions, direction, direction), params)
  if not rows then return nil, err end
  return sql_storage.decode_all(self.db, rows)
end

--- See vision.RecordStorage.
function PostgreSQLStorage:query(given)
  local filter, err = filter_of.check_query(given)
  if not filter then return nil, err end
  local list
  list, err = read_page(self, filter, filter.limit + 1)
  if not list then return nil, err end
  local next_cursor
  if #list > filter.limit then
    list[#list] = nil
    next_cursor = filter_of.cursor(filter.order, list[#list])
  end
  return { records = list, next_cursor = next_cursor }
end

--- See vision.RecordStorage.
function PostgreSQLStorage:count(given)
  local filter, err = filter_of.check(given)
  if not filter then return nil, err end
  local conditions, params = conditions_of(filter)
  local rows
  rows, err = self.db:read("SELECT count(*) AS n FROM records" .. conditions, params)
  return rows and rows[1].n, err
end

-- ---- deleting ----

local function deleted_row(record) return { record_id = record.record_id } end

local function delete_some(self, filter, most)
  local list, err = read_page(self, filter, most)
  if not list then return nil, err end
  if #list == 0 then return 0, 0 end
  local results
  results, err = self.db:write { idempotent = true, { sql.LOCK },
    statement_of(list, sql.DELETE, deleted_row), { sql.SWEEP[1] }, { sql.SWEEP[2] } }
  if not results then return nil, err end
  return #list, results[2].rows[1].n
end

sql_storage.methods(PostgreSQLStorage, { sums = sql.sums, counts = sql.counts,
  delete_max = DELETE_MAX, delete_some = delete_some })

postgres_storage.PostgreSQLStorage = PostgreSQLStorage

--- Opens one.
---@param url string postgres://…
---@return vision.PostgreSQLStorage|nil
---@return vision.error? err
function postgres_storage.open(url)
  return PostgreSQLStorage.new(url)
end

return postgres_storage
