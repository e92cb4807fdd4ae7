-- SPDX-License-Identifier: MIT
-- The shelf of one process, until it ends.

local clock = require "vision.base.clock"

local memory = {}

-- Bytes of all texts; beyond it what would end first is forgotten now.
local MOST_BYTES = 256 * 1024 * 1024

---@class vision.server.MemoryShelf : vision.server.Shelf
---@field package items table<string, { text: string?, list: string[]?, bytes: integer,
---  expires: number }>
---@field package bytes integer
local Memory = {}
Memory.__index = Memory

local function drop(self, key)
  local item = self.items[key]
  if item then self.bytes, self.items[key] = self.bytes - item.bytes, nil end
end

-- What is over; gives the key of what ends next.
local function forget(self, kept)
  local now, first, least = clock.wall(), nil, math.huge
  for key, item in pairs(self.items) do
    if item.expires <= now then
      drop(self, key)
    elseif item.expires < least and key ~= kept then
      first, least = key, item.expires
    end
  end
  return first
end

local function make_room(self, kept)
  local first = forget(self, kept)
  while first and self.bytes > MOST_BYTES do
    drop(self, first)
    first = forget(self, kept)
  end
end

local function add_bytes(self, item, bytes)
  item.bytes, self.bytes = item.bytes + bytes, self.bytes + bytes
end

local function item_of(self, key)
  local item = self.items[key]
  return item and item.expires > clock.wall() and item or nil
end

function Memory:put(key, text, seconds)
  drop(self, key)
  self.items[key] = { text = text, bytes = 0, expires = clock.wall() + seconds }
  add_bytes(self, self.items[key], #text)
  make_room(self, key)
  return true
end

function Memory:get(key)
  local item = item_of(self, key)
  return item and item.text or false
end

function Memory:append(key, text, seconds, most)
  local item = item_of(self, key)
  if not item then
    drop(self, key)
    item = { list = {}, bytes = 0 }
    self.items[key] = item
  end
  item.expires = clock.wall() + seconds
  item.list[#item.list + 1] = text
  add_bytes(self, item, #text)
  if most and #item.list > most then add_bytes(self, item, -#table.remove(item.list, 1)) end
  if self.bytes > MOST_BYTES then make_room(self, key) end
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

function Memory:close() self.items, self.bytes = {}, 0 end

---@return vision.server.MemoryShelf
function memory.new()
  return setmetatable({ items = {}, bytes = 0 }, Memory)
end

return memory
