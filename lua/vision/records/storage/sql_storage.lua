-- SPDX-License-Identifier: MIT
-- What storages in a database of SQL have in common; they have it in `db`, and say how they differ.

local errors = require "vision.base.error"
local filter_of = require "vision.records.filter"
local period_of = require "vision.records.period"
local records = require "vision.records.record"
local task = require "vision.base.task"

local sql_storage = {}

--- The record of a row.
---@param db vision.Database
---@param text string
---@return vision.AnalysisRecord|nil
---@return vision.error? err store_damaged
function sql_storage.decode(db, text)
  local record, err = records.from_json(text)
  if record then return record end
  return nil, errors.new("store_damaged", ("%s holds what is no record: %s"):format(tostring(db),
    err.message))
end

--- The records of the first rows. Others go on meanwhile.
---@param db vision.Database
---@param rows { json: string }[]
---@param count integer? of them; all of them
---@return vision.AnalysisRecord[]|nil
---@return vision.error? err store_damaged
function sql_storage.decode_all(db, rows, count)
  local list = {}
  for i = 1, math.min(#rows, count or #rows) do
    task.breathe()
    local record, err = sql_storage.decode(db, rows[i].json)
    if not record then return nil, err end
    list[i] = record
  end
  return list
end

-- A method that asks for the rows of a period.
local function asking(check, question, rows_of)
  return function(self, given)
    local period, err = check(given)
    local rows
    if period then rows, err = self.db:read(question(period)) end
    if not rows then return nil, err end
    return rows_of and rows_of(rows) or rows
  end
end

-- Many are deleted in several transactions.
local function deleting(most, delete_some)
  return function(self, given)
    local filter, err = filter_of.check(given)
    if not filter then return nil, err end
    local deleted = 0
    while deleted < (filter.limit or math.huge) do
      local found, gone = delete_some(self, filter,
        math.min(most, (filter.limit or math.huge) - deleted))
      if not found then return nil, gone end
      if found == 0 then break end
      deleted = deleted + gone
    end
    return deleted
  end
end

---@class vision.SqlStorageWays
---@field sums fun(period: vision.RollupPeriod): string, any[]    the question for rows of sums
---@field counts fun(period: vision.RollupPeriod): string, any[]  of counts
---@field rows_of? fun(answer: table[]): table[]  the rows, where the answer is something else
---@field delete_max integer  records of a transaction that deletes
---@field delete_some fun(self, filter: vision.CheckedFilter, most: integer): integer|nil, any
---  how many it found, and how many of them it deleted, for others may delete, too; or nil, why

--- Gives a class the methods that are the same in all.
---@param Class table
---@param ways vision.SqlStorageWays
function sql_storage.methods(Class, ways)
  Class.sums = asking(period_of.sums, ways.sums, ways.rows_of)
  Class.counts = asking(period_of.counts, ways.counts, ways.rows_of)
  Class.delete = deleting(ways.delete_max, ways.delete_some)

  --- Waits for what is under way, and closes the database.
  function Class:close()
    self.db:close()
  end
end

return sql_storage
