-- SPDX-License-Identifier: MIT
-- A reading as one text, and back: each thawing is a fresh copy, so that who got one may change it.
--
-- In Lua an empty list and an empty object are the same table but for a mark, which JSON does not
-- carry back. So the places of empty lists are kept beside it.

local json = require "vision.base.json"

local frozen = {}

local is_list = getmetatable(json.array {})

local function note_empty_lists(value, path, places)
  if next(value) == nil then
    if getmetatable(value) == is_list then
      places[#places + 1] = json.array { (table.unpack or unpack)(path) }
    end
    return
  end
  for key, item in pairs(value) do
    if type(item) == "table" then
      path[#path + 1] = key
      note_empty_lists(item, path, places)
      path[#path] = nil
    end
  end
end

--- The text of a reading.
---@param reading table
---@return string|nil # nil where it holds what JSON cannot say (a function, NaN, a cycle)
---@return string? why
function frozen.freeze(reading)
  local ok, text = pcall(function()
    local text = json.encode(reading) -- first: it finds cycles
    local places = json.array {}
    note_empty_lists(reading, {}, places)
    return #places == 0 and text or json.encode(places) .. "\n" .. text
  end)
  if ok then
    return text
  end
  return nil, text
end

local function mark_empty_lists(reading, places)
  for _, path in ipairs(places) do
    local value = reading
    for _, key in ipairs(path) do
      value = value[key]
    end
    json.array(value)
  end
end

--- A fresh reading.
---@param text string of `freeze`
---@return table|nil
---@return vision.error? err reason "invalid_json": the text was damaged
function frozen.thaw(text)
  if text:byte() == 123 then -- "{"
    return json.decode(text)
  end
  local line_end = text:find("\n", 1, true) or #text + 1
  local places, reading, err
  places, err = json.decode(text:sub(1, line_end - 1))
  if places then
    reading, err = json.decode(text:sub(line_end + 1))
  end
  if not reading then
    return nil, err
  end
  mark_empty_lists(reading, places)
  return reading
end

return frozen
