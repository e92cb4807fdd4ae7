-- SPDX-License-Identifier: MIT
-- Whether a table has the shape of a reading, as the schema says it: what comes from a file may
-- have been written by anybody, and who shows a reading goes by its fields.

local schema = require "vision.drawing.schema"

local reading_shape = {}

local TYPES = {
  string = function(value) return type(value) == "string" end,
  number = function(value) return type(value) == "number" end,
  integer = function(value) return type(value) == "number" and value % 1 == 0 end,
  boolean = function(value) return type(value) == "boolean" end,
  array = function(value) return type(value) == "table" end,
  object = function(value) return type(value) == "table" end,
}

local function has_type(value, types)
  if type(types) == "string" then return TYPES[types](value) end
  for _, name in ipairs(types or {}) do
    if TYPES[name] and TYPES[name](value) then return true end
  end
  return types == nil
end

local is_sound

local function are_sound(values, shape)
  for _, value in pairs(shape and values or {}) do
    if not is_sound(value, shape) then return false end
  end
  return true
end

-- What is absent (null) is no fault here, but where it is required.
function is_sound(value, shape)
  if not has_type(value, shape.type) then return false end
  if type(value) ~= "table" then return true end
  for _, name in ipairs(shape.required or {}) do
    if value[name] == nil then return false end
  end
  for name, inner in pairs(shape.properties or {}) do
    if value[name] ~= nil and not is_sound(value[name], inner) then return false end
  end
  return are_sound(value, shape.items) and are_sound(value, shape.additionalProperties)
end

local shape

local function reading_schema()
  if not shape then
    shape = schema.reading()
    shape.required = { "summary" } -- a provider of somebody's own may say no more
  end
  return shape
end

--- Whether it can be shown and worked with as a reading.
---@param reading any
---@return boolean
function reading_shape.is_sound(reading)
  return is_sound(reading, reading_schema())
end

--- Whether it can be shown as what was tried.
---@param trail any
---@return boolean
function reading_shape.is_trail(trail)
  return is_sound(trail, reading_schema().properties.trail)
end

return reading_shape
