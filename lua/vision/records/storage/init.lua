-- SPDX-License-Identifier: MIT
-- Where records are kept: one contract, several backends, one spec that runs on all of them
-- (spec/support/storage_contract.lua). A store is named by a URL:
--
--   memory:          this process, until it ends
--   PATH, sqlite:PATH, postgres://…, redis://…

local errors = require "vision.base.error"
local log = require "vision.base.log"

local storage = {}

---@class vision.RecordStorage
---@field save fun(self, records: vision.AnalysisRecord[]): true|nil, vision.error?
---  all of them or none; checks them (record.check_all). One whose id is there already is no second
---  record and changes nothing. What was answered `true` is as durable as the backend says.
---@field get fun(self, record_id: string): vision.AnalysisRecord|false|nil, vision.error?
---  false: there is none; any text may be asked for
---@field query fun(self, filter: vision.QueryFilter?): vision.QueryResult|nil, vision.error?
---  a page (filter.check_query), sorted by created_at, then record_id
---@field count fun(self, filter: vision.QueryFilter?): integer|nil, vision.error?
---  how many there are (filter.check); limit, cursor and order do not matter
---@field delete fun(self, filter: vision.QueryFilter?): integer|nil, vision.error?
---  how many it deleted (filter.check): all that match, or the first `limit` of them in `order`
---@field sums fun(self, period: vision.RollupPeriod): vision.RollupSums[]|nil, vision.error?
---  the rows whose slot lies in from <= slot < to (period.sums), one for each `every` seconds and
---  key, sorted by the key; no row without requests
---@field counts fun(self, period: vision.RollupPeriod): vision.RollupCount[]|nil, vision.error?
---  the rows of a dimension whose hour lies in from <= hour < to (period.counts), likewise
---@field close fun(self)  any number of times; calls under way may fail

---@class vision.QueryResult
---@field records vision.AnalysisRecord[]  the caller's own
---@field next_cursor string?  for the filter of the next page; nil: this is the last

-- scheme -> module; each has `open(url)`
local BACKENDS = {
  memory = "memory", sqlite = "sqlite", postgres = "postgres",
  postgresql = "postgres", redis = "redis", rediss = "redis",
}

local CANNOT_WRITE = { store_full = true, unreadable = true }

-- A path may hold a colon, but begins with no word and two slashes.
local function backend_of(url)
  local scheme = url:match "^(%w+)://" or url:match "^(memory):$" or url:match "^(sqlite):"
  return scheme and scheme:lower() or "sqlite"
end

local function module_of(url)
  if type(url) ~= "string" or url == "" then
    return nil, errors.new("invalid_option", "a store is named by a path or a URL")
  end
  local scheme = backend_of(url)
  local backend = BACKENDS[scheme]
  if not backend then
    return nil, errors.new("invalid_option", ("there is no store '%s://'; there are memory:, "
      .. "a path or sqlite:PATH, postgres:// and redis://"):format(scheme))
  end
  return require("vision.records.storage." .. backend)
end

--- Opens a store; may wait. A password in the URL stands in no message.
---@param url string? "memory:" by default
---@return vision.RecordStorage|nil
---@return vision.error? err invalid_option: no such store; or why it cannot be opened
function storage.open(url)
  url = url or "memory:"
  local backend, err = module_of(url)
  if not backend then return nil, err end
  return backend.open(url)
end

--- The same of a store that must be there: a file that is not is not begun.
---@param url string
---@return vision.RecordStorage|nil
---@return vision.error? err not_found, or as of `open`
function storage.open_existing(url)
  local missing = type(url) == "string" and require("vision.database.sqlite").missing(url)
  if missing then
    return nil, errors.new("not_found", ("there is no store %s"):format(missing))
  end
  return storage.open(url)
end

--- The same for who only reads: one that cannot be written is read all the same, with a warning.
---@param url string
---@return vision.RecordStorage|nil
---@return vision.error? err as of `open_existing`
function storage.open_to_read(url)
  local opened, err = storage.open_existing(url)
  if opened or not CANNOT_WRITE[err.reason] then return opened, err end
  local backend = module_of(url)
  opened = backend.open_to_read and backend.open_to_read(url)
  if not opened then return nil, err end
  log.warn("%s; it is only read", err.message)
  return opened
end

return storage
