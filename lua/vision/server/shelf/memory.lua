-- SPDX-License-Identifier: MIT
-- The shelf of one process, until it ends.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"

local memory = {}

local unpack = table.unpack or unpack

-- Of texts; beyond that those that were used least recently are forgotten.
local MOST, BYTES = 20000, 64 * 2 ^ 20

-- Bytes that the core's cache takes.
local KEY_MAX = 64

-- Bytes of all lists; beyond that those that would end first are forgotten.
local LISTS_BYTES = 256 * 2 ^ 20

---@class vision.server.MemoryShelf : vision.server.Shelf
---@field package texts vision.core.LruCache
---@field package lists table<string, { list: string[], bytes: integer, expires: number }>
---@field package bytes integer  of the lists
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
  local kept = self:get(key)
  if kept then return kept end
  return self:put(key, text, seconds)
end

function Memory:drop(key)
  self.texts:delete(short(key))
  return true
end

local function drop_list(self, key)
  local item = self.lists[key]
  if item then self.bytes, self.lists[key] = self.bytes - item.bytes, nil end
end

-- Lists that are over; gives the key of the one that ends next.
local function forget(self, kept)
  local now, first, least = clock.wall(), nil, math.huge
  for key, item in pairs(self.lists) do
    if item.expires <= now then
      drop_list(self, key)
    elseif item.expires < least and key ~= kept then
      first, least = key, item.expires
    end
  end
  return first
end

local function make_room(self, kept)
  while self.bytes > LISTS_BYTES do
    local first = forget(self, kept)
    if not first then return end
    drop_list(self, first)
  end
end

local function add_bytes(self, item, bytes)
  item.bytes, self.bytes = item.bytes + bytes, self.bytes + bytes
end

local function item_of(self, key)
  local item = self.lists[key]
  return item and item.expires > clock.wall() and item or nil
end

function Memory:append(key, text, seconds, most)
  local item = item_of(self, key)
  if not item then
    drop_list(self, key)
    forget(self)
    item = { list = {}, bytes = 0 }
    self.lists[key] = item
  end
  item.expires = clock.wall() + seconds
  item.list[#item.list + 1] = text
  add_bytes(self, item, #text)
  if most and #item.list > most then add_bytes(self, item, -#table.remove(item.list, 1)) end
  make_room(self, key)
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

function Memory:write_if(key, text, writes)
  if self:get(key) ~= text then return false end
  for _, write in ipairs(writes) do
    local ok, err = self[write[1]](self, unpack(write, 2))
    if not ok then return nil, err end
  end
  return true
end

function Memory:close()
  self.texts:clear()
  self.lists, self.bytes = {}, 0
end

---@return vision.server.MemoryShelf
function memory.new()
  return setmetatable({ texts = assert(core.lru_cache(MOST, BYTES)), lists = {}, bytes = 0 },
    Memory)
end

return memory
