-- SPDX-License-Identifier: MIT
-- Records in an SQLite file. What `save` has answered is on the disk, and stays there.

local filter_of = require "vision.records.filter"
local json = require "vision.base.json"
local query = require "vision.records.storage.sqlite_query"
local rollup = require "vision.records.rollup"
local rollups = require "vision.records.storage.sqlite_rollups"
local saver = require "vision.records.storage.sqlite_save"
local schema = require "vision.records.storage.sqlite_schema"
local sql_storage = require "vision.records.storage.sql_storage"
local sqlite = require "vision.database.sqlite"
local task = require "vision.base.task"
local words = require "vision.records.words"

local sqlite_storage = {}

-- Records deleted in one transaction, which others wait for, and bytes of them.
local DELETE_MAX, DELETE_BYTES = 200, 8 * 1024 * 1024

---@class vision.SQLiteStorage : vision.RecordStorage
---@field db vision.Database
---@field package saver vision.SqliteSaver
local SQLiteStorage = {}
SQLiteStorage.__index = SQLiteStorage

--- A storage in a file, which is begun where there is none; waits.
---@param path string
---@param options? table as of `sqlite.open` in vision.database.sqlite
---@return vision.SQLiteStorage|nil
---@return vision.error? err as there
function SQLiteStorage.new(path, options)
  local db, err = sqlite.open(path, options)
  if not db then return nil, err end
  local ok
  ok, err = db:migrate("records", schema)
  if not ok then
    db:close()
    return nil, err
  end
  return setmetatable({ db = db, saver = saver.new(db) }, SQLiteStorage)
end

--- See vision.RecordStorage. What several tasks save at a time is committed together.
function SQLiteStorage:save(list)
  return self.saver:save(list)
end

-- ---- reading ----

--- See vision.RecordStorage.
function SQLiteStorage:get(record_id)
  local rows, err = self.db:read("SELECT json FROM records WHERE record_id = ?", { record_id })
  if not rows then return nil, err end
  if not rows[1] then return false end
  return sql_storage.decode(self.db, rows[1].json)
end

-- Up to `count` rows; less where they are large.
local function read_page(self, filter, count)
  local sql, params = query.page(filter, count)
  local rows, err = self.db:read(sql, params)
  if not rows and err.reason == "too_large" and count > 1 then
    return read_page(self, filter, math.ceil(count / 8))
  end
  return rows, err or count
end

--- See vision.RecordStorage.
function SQLiteStorage:query(given)
  local filter, err = filter_of.check_query(given)
  if not filter then return nil, err end
  local rows, count = read_page(self, filter, filter.limit + 1)
  if not rows then return nil, count end
  local list
  list, err = sql_storage.decode_all(self.db, rows, count - 1)
  if not list then return nil, err end
  return { records = list,
    next_cursor = #rows == count and filter_of.cursor(filter.order, list[#list]) or nil }
end

--- See vision.RecordStorage.
function SQLiteStorage:count(given)
  local filter, err = filter_of.check(given)
  if not filter then return nil, err end
  local rows
  rows, err = self.db:read(query.count(filter))
  if not rows then return nil, err end
  return rows[1].n
end

-- ---- deleting ----

local ID = "(SELECT id FROM records WHERE record_id = ?)"

-- VALUES, not SELECT: that would be a statement that may be undone half-way, and at the end of each
-- of those FTS5 writes to its table what it has gathered, which costs more than all the rest.
local DELETE_WORDS = "INSERT INTO record_words (record_words, rowid, words) VALUES ('delete', "
  .. ID .. ", ?)"

local DELETE_TAG = "DELETE FROM record_tags WHERE tag = ? AND id = " .. ID
local DELETE = "DELETE FROM records WHERE record_id = ?"

local function add_deletion(list, record)
  local id = record.record_id
  list[#list + 1] = { DELETE_WORDS, { id, json.valid_utf8(words.line(record)) } }
  for _, tag in ipairs(record.tags) do list[#list + 1] = { DELETE_TAG, { tag, id } } end
  list[#list + 1] = { DELETE, { id }, must_change = true }
end

local function delete_records(self, list)
  local statements = {}
  for _, record in ipairs(list) do
    task.breathe()
    add_deletion(statements, record)
  end
  rollups.add(statements, rollup.of_all(list):unsorted(), -1)
  return self.db:write(statements)
end

-- How many of some rows are deleted at a time: one at least.
local function portion(rows)
  local bytes = 0
  for i, row in ipairs(rows) do
    bytes = bytes + #row.json
    if bytes > DELETE_BYTES then return math.max(1, i - 1) end
  end
  return #rows
end

local function delete_some(self, filter, most)
  local rows, count = read_page(self, filter, most)
  if not rows then return nil, count end
  if #rows == 0 then return 0, 0 end
  local list, err = sql_storage.decode_all(self.db, rows, portion(rows))
  if not list then return nil, err end
  local done
  done, err = delete_records(self, list)
  if done then return #list, #list end
  if err.reason ~= "unmet" then return nil, err end
  return delete_some(self, filter, most) -- another process was faster with one of them
end

sql_storage.methods(SQLiteStorage, { sums = rollups.sums, counts = rollups.counts,
  rows_of = function(answer) return json.decode(answer[1].list) end,
  delete_max = DELETE_MAX, delete_some = delete_some })

--- Writes a copy of all, as it is now, into a new file; others go on writing meanwhile.
---@param path string no such file may be there
---@return true|nil
---@return vision.error? err
function SQLiteStorage:backup(path)
  return self.db:backup(path)
end

sqlite_storage.SQLiteStorage = SQLiteStorage

local function path_of(url)
  return (url:gsub("^sqlite:", ""))
end

--- Opens one.
---@param url string a path, or sqlite:PATH
---@return vision.SQLiteStorage|nil
---@return vision.error? err
function sqlite_storage.open(url)
  return SQLiteStorage.new(path_of(url))
end

--- Opens one that is there to read it alone, also where it cannot be written.
---@param url string
---@return vision.SQLiteStorage|nil
---@return vision.error? err
function sqlite_storage.open_to_read(url)
  return SQLiteStorage.new(path_of(url), { read_only = true })
end

return sqlite_storage
