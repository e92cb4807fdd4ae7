-- SPDX-License-Identifier: MIT
-- The fields of a request, from a JSON body, a form or the query, checked against one list. In a
-- form and in a query everything is text: it is turned into what the list says.

local errors = require "vision.base.error"
local json = require "vision.base.json"
local option_lists = require "vision.base.options"

local fields = {}

local BOOLEANS = { ["true"] = true, ["1"] = true, ["false"] = false, ["0"] = false }

-- JSON, or words and numbers with commas between.
local function table_of(text)
  if text:find "^%s*[%[{]" then
    local value = json.decode(text)
    return type(value) == "table" and value or nil
  end
  local list = {}
  for item in text:gmatch "[^,]+" do
    item = item:match "^%s*(.-)%s*$"
    list[#list + 1] = item:find "^%d+$" and tonumber(item) or item
  end
  return list
end

local function of_text(spec, text)
  if spec.type == "boolean" then
    return BOOLEANS[text]
  elseif spec.type == "integer" or spec.type == "number" then
    return tonumber(text)
  elseif spec.type == "table" then
    return table_of(text)
  end
  return text
end

--- Turns texts into what a list of options says; what cannot be turned stays and is refused by it.
---@param specs table<string, vision.OptionSpec>
---@param texts table<string, any>
---@return table
function fields.from_texts(specs, texts)
  local values = {}
  for name, value in pairs(texts) do
    local turned = nil
    if specs[name] and type(value) == "string" then turned = of_text(specs[name], value) end
    if turned == nil then turned = value end
    values[name] = turned
  end
  return values
end

--- The parameters of a request's query.
---@param specs table<string, vision.OptionSpec>
---@param request vision.server.Request
---@return table|nil values
---@return vision.error? err invalid_option
function fields.of_query(specs, request)
  return option_lists.check(specs, fields.from_texts(specs, request.query), "the query")
end

--- The fields of a request's body and query together; those of the body become them.
---@param specs table<string, vision.OptionSpec>
---@param request vision.server.Request
---@return table|nil values
---@return vision.error? err invalid_option: the field and what it must be
function fields.of(specs, request)
  local received = request.body or { fields = {} }
  local all = received.is_form and fields.from_texts(specs, received.fields) or received.fields
  for name, value in pairs(fields.from_texts(specs, request.query)) do
    if all[name] ~= nil then
      return nil, errors.new("invalid_option",
        ("'%s' stands in the query and in the body"):format(option_lists.shown_word(name)))
    end
    all[name] = value
  end
  local err = option_lists.fault(specs, all, "the request")
  if err then return nil, err end
  return option_lists.fill(specs, all)
end

return fields
