-- SPDX-License-Identifier: MIT
-- Saving to SQLite: what some tasks save in one turn of the loop becomes one transaction, with the
-- rows of their rollups. Only a few are prepared and answered a turn, so that the loop goes on; the
-- database commits together what comes together.

local json = require "vision.base.json"
local records = require "vision.records.record"
local rollup = require "vision.records.rollup"
local rollups = require "vision.records.storage.sqlite_rollups"
local task = require "vision.base.task"
local words = require "vision.records.words"

-- What a turn lasts at most before the next record is prepared, or the next savers go on; calls of
-- `save` that become one transaction.
local TURN_SECONDS, SLICE = 0.00015, 8

local INSERT = [[INSERT INTO records (id, record_id, provider, model, status, image_hash,
    settings_key, request_id, confidence, tenth, json)
  VALUES (coalesce((SELECT max(id) + 1 FROM records WHERE id >= ?1 << 20 AND id < (?1 + 1) << 20),
    ?1 << 20), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (record_id) DO NOTHING]]
local INSERT_WORDS = "INSERT INTO record_words (rowid, words) VALUES (last_insert_rowid(), ?)"
local INSERT_TAG = "INSERT INTO record_tags (tag, id) VALUES (?, last_insert_rowid())"

---@class vision.SqliteSaver
---@field package db vision.Database
---@field package open table? the slice that still takes records
local Saver = {}
Saver.__index = Saver

-- The statements of a record, its rollup aside.
local function statements_of(record, text)
  local confidence = records.confidence(record)
  local list = {
    { INSERT, { math.floor(record.created_at * 1000 + 0.5), record.record_id, record.provider,
      record.model, record.status, record.image_hash, record.settings_key, record.request_id,
      confidence, confidence and math.floor(confidence * 10), text, n = 11 }, must_change = true },
    { INSERT_WORDS, { json.valid_utf8(words.line(record)) } },
  }
  for i, tag in ipairs(record.tags) do list[i + 2] = { INSERT_TAG, { tag } } end
  return list
end

local function prepare(record)
  local text, err = records.to_json(record)
  if not text then return nil, err end
  return { id = record.record_id, statements = statements_of(record, text),
    rows = rollup.of(record) }
end

-- ---- writing ----

local function append(list, more)
  for _, item in ipairs(more) do list[#list + 1] = item end
end

-- One transaction of what was prepared, each record once. SQLite adds up the rows of rollups: it
-- has a thread of its own.
local function transaction_of(prepared, without)
  local list, rows, known = {}, { sums = {}, counts = {} }, {}
  for _, one in ipairs(prepared) do
    if not known[one.id] and not without[one.id] then
      known[one.id] = true
      append(list, one.statements)
      append(rows.sums, one.rows.sums)
      append(rows.counts, one.rows.counts)
    end
  end
  rollups.add(list, rows, 1)
  return list
end

local function add_known(self, prepared, known)
  for _, one in ipairs(prepared) do
    local rows, err = self.db:read("SELECT 1 FROM records WHERE record_id = ?", { one.id })
    if not rows then return nil, err end
    known[one.id] = known[one.id] or rows[1] ~= nil
  end
  return true
end

-- Where one of them is there already nothing is changed: then it is left out.
local function write(self, prepared)
  local known = {}
  while true do
    local list = transaction_of(prepared, known)
    if #list == 0 then return true end
    local done, err = self.db:write(list)
    if done then return true end
    if err.reason ~= "unmet" then return nil, err end
    local ok
    ok, err = add_known(self, prepared, known)
    if not ok then return nil, err end
  end
end

-- ---- slices ----

local function write_entries(self, entries)
  local all = {}
  for _, entry in ipairs(entries) do append(all, entry) end
  return write(self, all)
end

-- One that cannot be saved takes no other with it.
local function write_all(self, slice)
  local ok, err = write_entries(self, slice)
  if ok then return end
  for _, entry in ipairs(slice) do
    if #slice > 1 then ok, err = write_entries(self, { entry }) end
    entry.err = not ok and err or nil
  end
end

-- A slice takes what is saved in the turn in which it was begun, and is written at once, so that
-- the disk works while the next is prepared. Those who wait for it go on in a turn that has time.
local function save_slice(self, slice)
  task.sleep(0)
  if self.open == slice then self.open = nil end
  write_all(self, slice)
  task.breathe(TURN_SECONDS)
end

local function begin(self)
  local slice = {}
  self.open = slice
  slice.saved = task.spawn(save_slice, self, slice)
  return slice
end

-- Also for a task that is cancelled meanwhile: what was to be kept is.
local function prepare_all(list)
  local prepared = {}
  for i, record in ipairs(list) do
    task.breathe(TURN_SECONDS)
    local err
    prepared[i], err = prepare(record)
    if err then return nil, err end
  end
  return prepared
end

--- See vision.RecordStorage.
---@param list vision.AnalysisRecord[]
---@return true|nil
---@return vision.error? err
function Saver:save(list)
  local ok, wrong = records.check_all(list)
  if not ok then return nil, wrong end
  local entry
  entry, wrong = prepare_all(list)
  if not entry then return nil, wrong end
  local slice = self.open or begin(self)
  slice[#slice + 1] = entry
  if #slice == SLICE then self.open = nil end
  local _, err = slice.saved:join()
  err = err or entry.err
  if err then return nil, err end
  return true
end

local save = {}

--- What saves into a database.
---@param db vision.Database
---@return vision.SqliteSaver
function save.new(db)
  return setmetatable({ db = db }, Saver)
end

return save
