-- SPDX-License-Identifier: MIT
-- Results that are kept and found again: a storage with what people do with it.
--
--   local persistence = assert(vision.ResultPersistence.new { store = "records.db" })
--   local page = assert(persistence:query_results { provider = "openai", min_confidence = 0.8 })
--   for _, record in ipairs(page.records) do print(record.record_id, record.result.summary) end

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local export = require "vision.records.export"
local filter_of = require "vision.records.filter"
local option_lists = require "vision.base.options"
local records = require "vision.records.record"
local retention = require "vision.records.retention"
local storage = require "vision.records.storage"
local task = require "vision.base.task"

local persistence = {}

-- Records at a time of what goes through all of them.
local PAGE = 100

-- A store that could not be opened is tried again after so many seconds, not for each picture.
local REOPEN_AFTER = 5

local function is_storage(value)
  return type(value.save) == "function" and type(value.query) == "function"
end

local OPTIONS = {
  store = { "where: a path, sqlite:PATH, postgres://…, redis://… or memory:", type = "string" },
  storage = { "a storage of one's own", type = "table", check = is_storage,
    must_be = "a storage of records" },
  max_age_days = retention.LIMITS.max_age_days,
  max_records = retention.LIMITS.max_records,
}

--- What `new` takes, for who makes one.
persistence.OPTIONS = OPTIONS

---@class vision.ResultPersistence
---@field package own vision.RecordStorage?   somebody else's, who closes it
---@field package kept vision.RecordStorage?  the open storage
---@field package opening vision.Task?
---@field package saving table<vision.Task, true>  on their way
---@field package keeper vision.RetentionKeeper?
local ResultPersistence = {}
ResultPersistence.__index = ResultPersistence

--- Results in a store; it is opened at the first use, or by `open`.
---@param given? { store: string?, storage: vision.RecordStorage?, max_age_days: number?,
---  max_records: integer? } memory: by default. With a limit, what is beyond it is deleted with the
---  first save, and then once an hour
---@return vision.ResultPersistence|nil
---@return vision.error? err invalid_option
function ResultPersistence.new(given)
  local config, err = option_lists.check(OPTIONS, given, "persistence")
  if not config then
    return nil, err
  elseif config.store and config.storage then
    return nil, errors.new("invalid_option", "persistence: give either store or storage, not both")
  end
  local self = setmetatable({ url = config.store, own = config.storage, kept = config.storage,
    saving = {} }, ResultPersistence)
  self.keeper = retention.keeper(self, config)
  return self
end

local function open_storage(self)
  local opened, err = storage.open(self.url)
  if opened then
    self.kept = opened
  elseif err.reason ~= "cancelled" then
    self.failure, self.retry_at = err, clock.mono() + REOPEN_AFTER
  end
  self.opening = nil
  return opened, err
end

--- The storage; opens it where that was not done. Waits. One opens it for all.
---@return vision.RecordStorage|nil
---@return vision.error? err
function ResultPersistence:open()
  if self.kept then return self.kept end
  if self.retry_at and clock.mono() < self.retry_at then return nil, self.failure end
  self.opening = self.opening or task.spawn(open_storage, self)
  return self.opening:join()
end

-- ---- saving and finding ----

-- In a task of its own: who is stopped while he waits has lost his patience, not the result.
local function save(self, record)
  local saving = task.spawn(function()
    local store, err = self:open()
    if not store then return nil, err end
    return store:save { record }
  end)
  self.saving[saving] = true
  local ok, err = saving:join()
  if saving:done() then
    self.saving[saving] = nil
  end
  return ok, err
end

--- Keeps a result.
---@param fields table those of a vision.AnalysisRecord: at least image_hash, provider,
---  processing_time_ms and a result or an error
---@return vision.AnalysisRecord|nil
---@return vision.error? err input; or why the store did not take it
function ResultPersistence:save_result(fields)
  local record, err = records.make(fields)
  if not record then return nil, err end
  local ok
  ok, err = save(self, record)
  if not ok then return nil, err end
  if self.keeper then self.keeper:look() end
  return record
end

--- Waits until nothing is on its way into the store any more.
function ResultPersistence:flush()
  for saving in pairs(self.saving) do
    saving:join()
    if saving:done() then self.saving[saving] = nil end
  end
end

local function ask(self, method, ...)
  local store, err = self:open()
  if not store then return nil, err end
  return store[method](store, ...)
end

--- A page of records.
---@param filter vision.QueryFilter?
---@return vision.QueryResult|nil
---@return vision.error? err
function ResultPersistence:query_results(filter)
  return ask(self, "query", filter)
end

--- A record by its id.
---@param record_id string
---@return vision.AnalysisRecord|false|nil # false: there is none
---@return vision.error? err
function ResultPersistence:get(record_id)
  return ask(self, "get", record_id)
end

--- How many records there are.
---@param filter vision.QueryFilter?
---@return integer|nil
---@return vision.error? err
function ResultPersistence:count(filter)
  return ask(self, "count", filter)
end

-- ---- forgetting ----

--- Deletes records. Without a filter that says something nothing is deleted: that is a mistake.
---@param filter vision.QueryFilter
---@return integer|nil deleted
---@return vision.error? err
function ResultPersistence:delete(filter)
  if next(filter or {}) == nil then
    return nil, errors.new("invalid_option", "delete: it needs a filter that says which records")
  end
  return ask(self, "delete", filter)
end

--- Deletes all records of one picture.
---@param image_hash string SHA-256 of its bytes
---@return integer|nil deleted
---@return vision.error? err
function ResultPersistence:delete_picture(image_hash)
  return self:delete { image_hash = image_hash or "" }
end

--- Deletes what is too old, and of the rest the oldest, where there are too many.
---@param given { max_age_days: number?, max_records: integer? } one of them at least
---@return integer|nil deleted
---@return vision.error? err
function ResultPersistence:prune(given)
  return retention.prune(self, given)
end

-- ---- all of them ----

local function next_page(self, filter, cursor)
  local asked = { limit = PAGE, cursor = cursor }
  for name, value in pairs(filter or {}) do
    if name ~= "limit" then asked[name] = value end
  end
  return self:query_results(asked)
end

--- Goes through records, a page of them in memory.
---@param filter vision.QueryFilter? `limit` is how many at most
---@return fun(): vision.AnalysisRecord|nil, vision.error?  nil at the end; with an error where it
---  broke off
function ResultPersistence:each(filter)
  local left, page, at, cursor = filter and filter.limit or math.huge, nil, 0, nil
  return function()
    at = at + 1
    if not page or at > #page.records and page.next_cursor and left > 0 then
      local err
      cursor, at = page and page.next_cursor, 1
      page, err = next_page(self, filter, cursor)
      if not page then
        page = { records = {} }
        return nil, err
      end
    end
    left = left - 1
    return left >= 0 and page.records[at] or nil
  end
end

--- Writes records out, oldest first unless the filter says otherwise.
---@param given { format: string, write: (fun(text: string): any, string?), filter: table? }
---  format: "jsonl" | "csv"; write: gets the text piece by piece; nil and a message end it
---@return integer|nil count
---@return vision.error? err
function ResultPersistence:export(given)
  local writer, err = export.writer(given.format)
  if not writer then return nil, err end
  local filter = { order = "oldest" }
  for name, value in pairs(given.filter or {}) do filter[name] = value end
  local count, next_record = 0, self:each(filter)
  local ok, message = true, nil
  if writer.head then ok, message = given.write(writer.head()) end
  while ok do
    local record
    record, err = next_record()
    if not record then break end
    ok, message = given.write(writer.line(record))
    count = count + 1
  end
  if not ok then return nil, errors.new("input", "the export broke off: " .. tostring(message)) end
  return not err and count or nil, err
end

--- Gives the store back when what is on its way has arrived. A storage of one's own stays open.
function ResultPersistence:close()
  self:flush()
  if self.keeper then self.keeper:stop() end
  if self.kept and not self.own then self.kept:close() end
  self.kept = self.own
end

persistence.ResultPersistence = ResultPersistence

--- The seed's words for a filter and a record: `new` checks what it is given.
persistence.QueryFilter = { new = filter_of.check }
persistence.AnalysisRecord = {
  new = records.make, to_json = records.to_json, from_json = records.from_json,
}

return persistence
