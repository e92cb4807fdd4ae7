-- SPDX-License-Identifier: MIT
-- In JSON's Lua an empty list is an empty object; the schema of readings says which are lists.

local json = require "vision.base.json"
local schema = require "vision.drawing.schema"

local reading_lists = {}

local function is_list(shape)
  local kind = shape.type
  return kind == "array" or type(kind) == "table" and kind[1] == "array"
end

local function mark(value, shape)
  if type(value) ~= "table" then return end
  if is_list(shape) then
    json.array(value)
    for _, item in ipairs(value) do mark(item, shape.items or {}) end
  end
  for name, inner in pairs(shape.properties or {}) do mark(value[name], inner) end
end

local shape

--- Marks the lists of a reading that came from JSON, or of a part of it, in place.
---@param reading any what is no table is left as it is
---@return any reading
function reading_lists.mark(reading)
  shape = shape or schema.reading()
  mark(reading, shape)
  return reading
end

return reading_lists
