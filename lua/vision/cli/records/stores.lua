-- SPDX-License-Identifier: MIT
-- The store that a command of `vision records` works with.

local stores = {}

--- The options that name it.
---@param command table
function stores.options(command)
  command:option "--store" :argname "FILE"
    :description("Where the records are: a file, postgres://… or redis://… Default: what the "
      .. "configuration says (records.store).")
  command:option "--config" :argname "FILE"
    :description "The configuration file; 'vision config path' says which one is used without it."
end

local function refuse(reason, message)
  return nil, require("vision.base.error").new(reason, message)
end

local function configured(given)
  local settings, err = require("vision.policy.config").load(given.config)
  if not settings then return nil, err end
  return type(settings.stack.records) == "table" and settings.stack.records or {}
end

local function open(given, to_read)
  local records, err = configured(given)
  if not records then return nil, err end
  local url = given.store or records.store
  if not url or url == "memory:" then
    return refuse("usage", "no store is known: name one with --store, or set records.store in the "
      .. "configuration")
  end
  local storages = require "vision.records.storage"
  local storage, failed = (to_read and storages.open_to_read or storages.open_existing)(url)
  if not storage then return nil, failed end
  return storage, nil, records
end

local function work(given, to_read, body)
  local storage, err, records = open(given, to_read)
  if not storage then return nil, err end
  local persistence = assert(
    require("vision.records.persistence").ResultPersistence.new { storage = storage })
  local ok, code, failed = pcall(body, persistence, records)
  persistence:close()
  storage:close()
  if not ok then error(code, 0) end
  return code, failed
end

--- Opens the store, works with it and gives it back.
---@param given table the parsed options
---@param body fun(persistence: vision.ResultPersistence, configured: table): integer|nil, any
---@return integer|nil code
---@return vision.error? err usage: none is named; not_found; why it cannot be opened
function stores.with(given, body)
  return work(given, false, body)
end

--- The same for who only reads: a store that cannot be written will do.
function stores.with_to_read(given, body)
  return work(given, true, body)
end

return stores
