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

--- Opens the store; waits.
---@param given table the parsed options
---@return vision.ResultPersistence|nil
---@return vision.error? err usage: none is named; not_found; why it cannot be opened
---@return table? configured what the configuration says of records
function stores.open(given)
  local records, err = configured(given)
  if not records then return nil, err end
  local url = given.store or records.store
  if not url or url == "memory:" then
    return refuse("usage", "no store is known: name one with --store, or set records.store in the "
      .. "configuration")
  end
  local path = require("vision.database.sqlite").missing(url) -- to look is not to begin one
  if path then return refuse("not_found", ("there is no file %s"):format(path)) end
  local persistence = assert(
    require("vision.records.persistence").ResultPersistence.new { store = url })
  local opened
  opened, err = persistence:open()
  if not opened then return nil, err end
  return persistence, nil, records
end

--- Opens the store, works with it and gives it back.
---@param given table
---@param body fun(persistence: vision.ResultPersistence, configured: table): integer|nil, any
---@return integer|nil code
---@return vision.error? err
function stores.with(given, body)
  local persistence, err, records = stores.open(given)
  if not persistence then return nil, err end
  local ok, code, failed = pcall(body, persistence, records)
  persistence:close()
  if not ok then error(code, 0) end
  return code, failed
end

return stores
