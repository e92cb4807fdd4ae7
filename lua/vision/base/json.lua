-- SPDX-License-Identifier: MIT
-- JSON in and out. This module owns the program's one lua-cjson instance and answers for what it
-- lacks: an empty list stays `[]`, numbers keep 17 digits, NaN and infinity never pass, a decoded
-- null is nil, text is valid UTF-8 both ways. Encoding is the core's, with the keys sorted, because
-- lua-cjson 2.1 stops at 14 digits; decoding is lua-cjson's.

local cjson = require("cjson").new()
local core = require "vision.core"
local errors = require "vision.base.error"

local json = {}

-- Deeper than any answer of a provider, far from the C stack's end.
local MAX_DEPTH = 100

cjson.decode_invalid_numbers(false)
cjson.decode_max_depth(MAX_DEPTH)

local Array = { __name = "json.array" }

--- Encodes as `null`. Only ever goes out: decoding gives nil.
json.null = setmetatable({}, {
  __name = "json.null",
  __tostring = function()
    return "null"
  end,
})

local Raw = { __name = "json.raw" }

--- JSON text that is already there: `encode` writes it as it is.
---@param text string
---@return table
function json.raw(text)
  return setmetatable({ text = text }, Raw)
end

--- Marks a table as a list, so that it encodes as `[]` even when it is empty.
---@generic T
---@param list T[]?
---@return T[]
function json.array(list)
  return setmetatable(list or {}, Array)
end

--- A shallow copy in which each named field that is absent encodes as `null`.
---@param object table
---@param names string[]
---@return table
function json.with_nulls(object, names)
  return core.json_with_nulls(object, names, json.null)
end

--- A JSON string literal, quotes included; a byte that is not UTF-8 becomes U+FFFD.
json.quote = core.json_quote

--- `text` with each byte that is not UTF-8 replaced by U+FFFD.
---@param text string
---@return string
function json.valid_utf8(text)
  if core.utf8_error(text) then
    return cjson.decode("[" .. core.json_quote(text) .. "]")[1]
  end
  return text
end

--- JSON of a value, keys sorted by their bytes. What JSON cannot say (a function, NaN, a table that
--- is neither list nor object, a cycle) throws and names its place. Text that is not UTF-8 is
--- repaired.
---@param value any
---@param options { pretty: boolean?, shape: table? }? pretty: indented by two spaces; shape: a list
---  of names that the object has at least, `null` where they are absent, and by name the shapes of
---  objects in it
---@return string
function json.encode(value, options)
  local ok, text = pcall(core.json_encode, value, json.null, Array, Raw, options and options.pretty,
    options and options.shape)
  if not ok then
    error(text, 2)
  end
  return text
end

-- Under Lua 5.4 a whole number becomes an integer, so that 2 prints as "2" and not as "2.0".
local whole = math.tointeger or function(number)
  return number
end

local function refuse(message)
  return nil, errors.new("invalid_json", message)
end

--- The value of a JSON text. null is nil, also inside tables.
---@param text string
---@return any value
---@return vision.error? err reason "invalid_json"; nil with no error is the text `null`
function json.decode(text)
  if type(text) ~= "string" then
    error("json.decode wants a string, got " .. type(text), 2)
  end
  local bad = core.utf8_error(text)
  if bad then
    return refuse(("not valid UTF-8 at byte %d"):format(bad))
  end
  local ok, value = pcall(cjson.decode, text)
  if not ok then
    return refuse("not valid JSON: " .. tostring(value))
  end
  if type(value) == "table" and not core.json_tidy(value)
    or type(value) == "number" and value - value ~= 0 then
    return refuse "not valid JSON: a number is too large"
  elseif type(value) == "number" then
    return whole(value) or value
  elseif value == cjson.null then
    return nil
  end
  return value
end

-- Where a string ends whose first character stands at `first`; of valid JSON.
-- Looked for as it is, which is quick also in a picture's base64.
local function end_of_string(text, first)
  local at = first - 1
  repeat
    at = text:find('"', at + 1, true)
    local before = at - 1
    while before >= first and text:byte(before) == 92 do before = before - 1 end
  until (at - before) % 2 == 1 -- the backslashes before it are an even number
  return at
end

local QUOTE, COLON, OBJECT, LIST = ('":{['):byte(1, 4)

-- A key may be written with escapes.
local function key_of(text)
  return text:find("\\", 1, true) and cjson.decode('["' .. text .. '"]')[1] or text
end

--- A key that stands twice in one object of a JSON text: which of the two counts, each decoder
--- decides for itself.
---@param text string that `decode` takes
---@return string? key
function json.duplicate_key(text)
  local open, at = {}, 1 -- open objects: their keys; open lists: false
  while true do
    local place = text:find('[%[%]{}"]', at)
    if not place then return nil end
    local sign = text:byte(place)
    at = place + 1
    if sign == QUOTE then
      local last = end_of_string(text, at)
      at = last + 1
      local key = (text:byte(at) == COLON or text:find("^%s*:", at))
        and key_of(text:sub(place + 1, last - 1))
      if key and open[#open][key] then return key end
      if key then open[#open][key] = true end
    elseif sign == OBJECT or sign == LIST then
      open[#open + 1] = sign == OBJECT and {}
    else
      open[#open] = nil
    end
  end
end

return json
