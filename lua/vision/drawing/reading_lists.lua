-- SPDX-License-Identifier: MIT
-- In JSON's Lua an empty list is an empty object; the schema of readings says which are lists.

local json = require "vision.base.json"
local schema = require "vision.drawing.schema"

local reading_lists = {}

local function is_list(shape)
  local kind = shape.type
  return kind == "array" or type(kind) == "table" and kind[1] == "array"
end

---@class vision.ReadingLists
---@field is_list boolean
---@field items vision.ReadingLists?      of a list, where its items have lists
---@field names string[]                  the fields that are lists or have some …
---@field fields vision.ReadingLists[]    … and each one's

-- The lists in a shape; nil: there are none. Most of a reading is no list, and is not looked at.
local function lists_in(shape)
  local lists = { is_list = is_list(shape), items = shape.items and lists_in(shape.items),
    names = {}, fields = {} }
  for name, inner in pairs(shape.properties or {}) do
    local inside = lists_in(inner)
    if inside then
      table.insert(lists.names, name)
      table.insert(lists.fields, inside)
    end
  end
  return (lists.is_list or #lists.names > 0) and lists or nil
end

local function mark(value, lists)
  if type(value) ~= "table" then return end
  if lists.is_list then json.array(value) end
  if lists.items then
    for i = 1, #value do mark(value[i], lists.items) end
  end
  for i = 1, #lists.names do mark(value[lists.names[i]], lists.fields[i]) end
end

local lists

--- Marks the lists of a reading that came from JSON, or of a part of it, in place.
---@param reading any what is no table is left as it is
---@return any reading
function reading_lists.mark(reading)
  lists = lists or lists_in(schema.reading())
  mark(reading, lists)
  return reading
end

return reading_lists
