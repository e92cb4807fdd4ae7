-- SPDX-License-Identifier: MIT
-- A reading as one text, and back: each thawing is a fresh copy, so that who got one may change it.
-- It is what a cache keeps; JSON would take twice the time and forget which empty tables are lists.

local core = require "vision.core"
local errors = require "vision.base.error"
local json = require "vision.base.json"

local frozen = {}

local LISTS = getmetatable(json.array {})

--- The text of a reading.
---@param reading table
---@return string|nil
---@return vision.error? err input: it holds what cannot be written down (a function, a cycle)
function frozen.freeze(reading)
  local text, err = core.freeze(reading, LISTS)
  if not text then
    return nil, errors.from(err)
  end
  return text
end

--- A fresh reading.
---@param text string of `freeze`
---@return table|nil
---@return vision.error? err input: the text is damaged
function frozen.thaw(text)
  local reading, err = core.thaw(text, LISTS)
  if type(reading) ~= "table" then
    return nil, err and errors.from(err) or errors.new("input", "a frozen text is no reading")
  end
  return reading
end

return frozen
