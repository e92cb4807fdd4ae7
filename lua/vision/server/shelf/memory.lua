-- SPDX-License-Identifier: MIT
-- The shelf of one process, until it ends.

local clock = require "vision.base.clock"

local memory = {}

---@class vision.server.MemoryShelf : vision.server.Shelf
---@field package items table<string, { text: string?, list: string[]?, expires: number }>
local Memory = {}
Memory.__index = Memory

local function forget(self)
  local now = clock.wall()
  for key, item in pairs(self.items) do
    if item.expires <= now then self.items[key] = nil end
  end
end

local function item_of(self, key)
  local item = self.items[key]
  return item and item.expires > clock.wall() and item or nil
end

function Memory:put(key, text, seconds)
  forget(self)
  self.items[key] = { text = text, expires = clock.wall() + seconds }
  return true
end

function Memory:get(key)
  local item = item_of(self, key)
  return item and item.text or false
end

function Memory:append(key, text, seconds, most)
  local item = item_of(self, key)
  if not item then
    forget(self)
    item = { list = {} }
    self.items[key] = item
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

function Memory:close() self.items = {} end

---@return vision.server.MemoryShelf
function memory.new()
  return setmetatable({ items = {} }, Memory)
end

return memory
