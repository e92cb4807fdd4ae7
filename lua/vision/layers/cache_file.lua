-- SPDX-License-Identifier: MIT
-- The part of a cache that survives a restart, and that several processes may share: a file. Its
-- trouble is told, never passed on: a reading that cannot be looked up is asked for anew.

local address = require "vision.base.address"
local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local log = require "vision.base.log"
local task = require "vision.base.task"

local cache_file = {}

-- Some hundred thousand readings.
local MAX_BYTES = 2 ^ 30

---@class vision.CacheFile
---@field package store vision.core.SqliteStore
local CacheFile = {}
CacheFile.__index = CacheFile

-- Waits for an operation: what it brought, or nil and why it failed.
local function finish(operation, failed)
  if not operation then
    return nil, errors.from(failed)
  end
  local ok, stopped = task.wait(operation)
  if not ok then
    operation:close()
    return nil, stopped
  end
  local notice, value, more = operation:notice(), operation:result()
  operation:close()
  if notice then
    log.warn("cache: %s", notice)
  end
  if value == nil then
    return nil, errors.from(more)
  end
  return value, more
end

local function told(value, err)
  if value == nil and err.reason ~= "cancelled" then
    log.warn("cache: %s", err.message)
  end
  return value
end

--- Opens the file, or begins one; waits.
---@param path string
---@return vision.CacheFile|nil
---@return vision.error? err not_found, unreadable, invalid_option (another program's), timeout
function cache_file.open(path)
  local ok, wrong = address.check_path(path, "cache.path")
  if not ok then return nil, wrong end
  local store, failed = core.sqlite_store(path, MAX_BYTES)
  if not store then
    return nil, errors.from(failed)
  end
  local opened, err = finish(store:open())
  if opened == nil then
    store:close()
    return nil, err
  end
  return setmetatable({ store = store }, CacheFile)
end

--- The text of a key; waits.
---@param key string
---@return string|nil text
---@return number? ttl seconds that it may still be kept
function CacheFile:get(key)
  local now = clock.wall()
  local text, more = finish(self.store:get(key, now))
  if not told(text, more) then
    return nil
  end
  return text, more - now
end

--- Keeps a text; waits until it is on its way to the disk.
---@param key string
---@param text string
---@param ttl number seconds
function CacheFile:put(key, text, ttl)
  local now = clock.wall()
  told(finish(self.store:put(key, text, now + ttl, now)))
end

--- Drops everything; waits.
function CacheFile:clear()
  told(finish(self.store:clear()))
end

--- Gives the file up. Any number of times.
function CacheFile:close()
  self.store:close()
end

return cache_file
