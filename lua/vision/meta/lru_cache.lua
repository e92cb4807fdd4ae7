---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/lru_cache.c.

---@class vision.core
local core = {}

---Strings by key, bounded in entries and bytes, each with a lifetime; the one used least recently
---goes first. A key has 1 to 64 bytes, in practice the digits of a SHA-256. `now` is `core.mono()`.
---@class vision.core.LruCache
local LruCache = {}

---Counts a hit or a miss; the entry becomes the most recent one.
---@param key string
---@param now number mono seconds
---@return string? value
function LruCache:get(key, now) end

---@param key string
---@param value string
---@param ttl number seconds it lives, > 0; math.huge: for ever
---@param now number mono seconds
---@return true?
---@return { reason: string, message: string }? err too_large (for the bound in bytes) or
---  out_of_memory; the value that was there before is gone
function LruCache:put(key, value, ttl, now) end

---@param key string
---@return boolean # whether it was there
function LruCache:delete(key) end

---Drops all entries; the counters stay.
function LruCache:clear() end

---New bounds; what is too much goes.
---@param max_entries integer 1 .. 1048576
---@param max_bytes number of keys and values, 1 .. 2^40
---@return true?
---@return { reason: string, message: string }? err out_of_memory, and nothing changed
function LruCache:resize(max_entries, max_bytes) end

---@return { hits: integer, misses: integer, evictions: integer, expirations: integer,
---  size: integer, bytes: integer } # a new table; `bytes` are those of keys and values
function LruCache:stats() end

---@return string[] # from the most recent on
function LruCache:keys() end

---Gives the memory back before the collector would. Any number of times.
function LruCache:close() end

---@param max_entries integer 1 .. 1048576
---@param max_bytes number of keys and values, 1 .. 2^40
---@return vision.core.LruCache?
---@return { reason: string, message: string }? err out_of_memory, internal
function core.lru_cache(max_entries, max_bytes) end

return core
