-- SPDX-License-Identifier: MIT
-- When two readers mean the same call-out: by what it says, not by how it is written.

local eval = require "vision.reading.eval"
local frames = require "vision.reading.frames"
local glyphs = require "vision.reading.glyphs"
local grammar = require "vision.reading.grammar"
local option_lists = require "vision.base.options"

local values = {}

-- Of the value's fields, what it says; not how it stands there.
local SAID_OTHERWISE = { text = true, unit = true, remark = true, last = true }

-- A typed value as text, the same for the same value.
local function written(value)
  if type(value) == "number" then return ("%.6g"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  local names, parts = {}, {}
  for name in pairs(value) do
    if not SAID_OTHERWISE[name] then names[#names + 1] = name end
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for i, name in ipairs(names) do
    parts[i] = ("%s=%s"):format(name, written(value[name]))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- "Ø6,6" with a quantity of 4 says what "4x Ø6,6" says.
local function with_quantity(value, callout)
  local quantity = value.quantity or callout.quantity
  value.quantity = quantity ~= 1 and quantity or nil
  return value
end

---@class vision.ConsensusValue
---@field key string        equal for equal values
---@field type string
---@field nominal number?
---@field plain string      the text without spaces, in one spelling
---@field numbers string[]  with a decimal point

--- What a call-out says.
---@param callout table
---@return vision.ConsensusValue
function values.of(callout)
  local text = glyphs.plain(callout.text)
  local frame = frames.read(text)
  local parsed = not frame and grammar.parse(text) or nil
  local key
  if frame then
    key = "frame " .. eval.frame(frame)
  elseif parsed then
    key = written(with_quantity(parsed, callout))
  else
    key = "text " .. eval.plain(text)
  end
  return {
    key = key, type = frame and "frame" or parsed and parsed.type or callout.type or "other",
    nominal = parsed and parsed.nominal, numbers = eval.numbers(text),
    plain = (text:lower():gsub("%s", ""):gsub(",", ".")),
  }
end

local SAME_SIZE, SAME_NUMBERS = 0.95, 0.9

--- How likely one is the other misread, 0..1: "Ø19,8" is "Ø19,9", "20" is "Ø20".
---@param a vision.ConsensusValue
---@param b vision.ConsensusValue
---@return number
function values.similar(a, b)
  if a.type == b.type and a.nominal and a.nominal == b.nominal then return SAME_SIZE end
  if #a.numbers > 0 and table.concat(a.numbers, " ") == table.concat(b.numbers, " ") then
    return SAME_NUMBERS
  end
  return 1 - option_lists.distance(a.plain, b.plain) / math.max(#a.plain, #b.plain, 1)
end

return values
