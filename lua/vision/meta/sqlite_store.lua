---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/sqlite_store.c.

---@class vision.core
local core = {}

---Strings by key with a lifetime, in an SQLite file that several processes may use at a time and
---that outlives them. Times are wall seconds (`core.wall()`). Operations run on the thread pool, in
---the order they were asked for; at most 10000 may wait.
---@class vision.core.SqliteStore
local SqliteStore = {}

---Something under way with the store. Closed before it is done it is carried out all the same.
---@class vision.core.StoreOperation : vision.core.Operation
local StoreOperation = {}

---@return boolean
function StoreOperation:done() end

---Nothing while it is not done. Of `get`: the value and the end of its lifetime, or false; of the
---others false.
---@return string|false|nil
---@return number|{ reason: string, message: string }|nil expires_or_err not_found, unreadable,
---  invalid_option (another program's database), timeout, out_of_memory, internal
function StoreOperation:result() end

---@return string? # which file was set aside on this occasion, and why; to be told to people
function StoreOperation:notice() end

function StoreOperation:close() end

---Opens the file, as every other operation does where it is not open.
---@return vision.core.StoreOperation?
---@return { reason: string, message: string }? err queue_full, out_of_memory, internal
function SqliteStore:open() end

---@param key string 1 byte or more
---@param now number wall seconds
---@return vision.core.StoreOperation?
---@return { reason: string, message: string }? err
function SqliteStore:get(key, now) end

---@param key string 1 byte or more
---@param value string
---@param expires number wall seconds
---@param now number wall seconds
---@return vision.core.StoreOperation?
---@return { reason: string, message: string }? err
function SqliteStore:put(key, value, expires, now) end

---Drops everything.
---@return vision.core.StoreOperation?
---@return { reason: string, message: string }? err
function SqliteStore:clear() end

---Gives it up, and closes the file when no operation needs it any more. Any number of times.
function SqliteStore:close() end

---A store in a file. Nothing is opened yet.
---@param path string
---@param max_bytes number about how large the file may be, 1 .. 2^40; what was put first goes first
---@return vision.core.SqliteStore?
---@return { reason: string, message: string }? err
function core.sqlite_store(path, max_bytes) end

return core
