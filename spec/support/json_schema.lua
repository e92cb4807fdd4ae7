-- SPDX-License-Identifier: MIT
-- Holds JSON against a schema: as much of JSON Schema as lua/vision/server/schemas.lua uses. A word
-- that is not known here throws, so that nothing is passed over.

local cjson = require("cjson").new()

local json_schema = {}

local ANNOTATIONS = { description = true, default = true, contentEncoding = true }

local null = cjson.null

local function type_of(value)
  if value == null then return "null" end
  local kind = type(value)
  if kind == "number" then return value % 1 == 0 and "integer" or "number" end
  if kind ~= "table" then return kind end
  return value[1] ~= nil and "array" or next(value) and "object" or "empty"
end

-- An empty table may be either list or object: cjson does not tell.
local function is_of(value, wanted)
  local kind = type_of(value)
  return kind == wanted or kind == "integer" and wanted == "number"
    or kind == "empty" and (wanted == "array" or wanted == "object")
end

local check

local words = {}

function words.type(value, wanted)
  for _, one in ipairs(type(wanted) == "table" and wanted or { wanted }) do
    if is_of(value, one) then return end
  end
  return ("is of type %s, not %s"):format(type_of(value), cjson.encode(wanted))
end

words["$ref"] = function(value, place, _, root)
  local name = place:match "^#/components/schemas/([%w_]+)$"
  return check(value, assert(root[name], "there is no schema " .. place), root)
end

function words.required(value, names)
  if type(value) ~= "table" then return end
  for _, name in ipairs(names) do
    if value[name] == nil then return ("lacks '%s'"):format(name) end
  end
end

function words.properties(value, properties, _, root)
  if not is_of(value, "object") then return end
  for name, schema in pairs(properties) do
    local fault = value[name] ~= nil and check(value[name], schema, root)
    if fault then return ("%s: %s"):format(name, fault) end
  end
end

function words.additionalProperties(value, schema, whole, root)
  if not is_of(value, "object") then return end
  for name, inner in pairs(value) do
    if not (whole.properties or {})[name] then
      if schema == false then return ("has '%s', which nobody speaks of"):format(name) end
      local fault = check(inner, schema, root)
      if fault then return ("%s: %s"):format(name, fault) end
    end
  end
end

function words.items(value, schema, _, root)
  if not is_of(value, "array") then return end
  for i, item in ipairs(value) do
    local fault = check(item, schema, root)
    if fault then return ("[%d]: %s"):format(i, fault) end
  end
end

function words.enum(value, list)
  for _, one in ipairs(list) do
    if one == value then return end
  end
  return ("is '%s', which is none of %s"):format(tostring(value), cjson.encode(list))
end

function words.const(value, one)
  if value ~= one then return ("is '%s', not %s"):format(tostring(value), cjson.encode(one)) end
end

function words.minimum(value, least)
  if type(value) == "number" and value < least then return "is less than " .. least end
end

function words.maximum(value, most)
  if type(value) == "number" and value > most then return "is more than " .. most end
end

function words.anyOf(value, list, _, root)
  local faults = {}
  for _, schema in ipairs(list) do
    local fault = check(value, schema, root)
    if not fault then return end
    faults[#faults + 1] = fault
  end
  return "is none of several: " .. table.concat(faults, "; or ")
end

function check(value, schema, root)
  for word, argument in pairs(schema) do
    if not ANNOTATIONS[word] then
      local test = assert(words[word], "no check for the word '" .. word .. "'")
      local fault = test(value, argument, schema, root)
      if fault then return fault end
    end
  end
end

--- What is wrong with a JSON text; nil where nothing is.
---@param text string
---@param schema table
---@param components table<string, table>  the schemas that it may name
---@return string?
function json_schema.fault(text, schema, components)
  return check(cjson.decode(text), schema, components)
end

--- JSON with its nulls.
json_schema.decode = cjson.decode

return json_schema
