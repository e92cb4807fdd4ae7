-- SPDX-License-Identifier: MIT
-- The shelf of one process, until it ends.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"

local memory = {}

-- Of texts; beyond that those that were used least recently are forgotten.
local MOST, BYTES = 20000, 64 * 2 ^ 20

-- Bytes that the core's cache takes.
local KEY_MAX = 64

---@class vision.server.MemoryShelf : vision.server.Shelf
---@field package texts vision.core.LruCache
---@field package lists table<string, { list: string[], expires: number }>
local Memory = {}
Memory.__index = Memory

-- A name comes from a request's path, too.
local function short(key)
  return #key <= KEY_MAX and key or core.sha256(key)
end

function Memory:put(key, text, seconds)
  local ok, err = self.texts:put(short(key), text, seconds, clock.mono())
  if not ok then return nil, errors.from(err) end
  return true
end

function Memory:get(key)
  return self.texts:get(short(key), clock.mono()) or false
end

function Memory:add(key, text, seconds)
  return self:get(key) or self:put(key, text, seconds)
end

function Memory:drop(key)
  self.texts:delete(short(key))
  return true
end

local function forget(self)
  local now = clock.wall()
  for key, item in pairs(self.lists) do
    if item.expires <= now then self.lists[key] = nil end
  end
end

local function item_of(self, key)
  local item = self.lists[key]
  return item and item.expires > clock.wall() and item or nil
end

function Memory:append(key, text, seconds, most)
  local item = item_of(self, key)
  if not item then
    forget(self)
    item = { list = {} }
    self.lists[key] = item
  end
  item.expires = clock.wall() + seconds
  item.list[#item.list + 1] = text
  if most and #item.list > most then table.remove(item.list, 1) end
  return true
end

function Memory:list(key, first, count)
  local item, texts = item_of(self, key), {}
  for i = first, math.min(first + count - 1, item and #item.list or 0) do
    texts[#texts + 1] = item.list[i]
  end
  return texts
end

function Memory:newest(key, count)
  local item, texts = item_of(self, key), {}
  local last = item and #item.list or 0
  for i = last, math.max(1, last - count + 1), -1 do texts[#texts + 1] = item.list[i] end
  return texts
end

function Memory:close()
  self.texts:clear()
  self.lists = {}
end

---@return vision.server.MemoryShelf
function memory.new()
  return setmetatable({ texts = assert(core.lru_cache(MOST, BYTES)), lists = {} }, Memory)
end

return memory
