-- SPDX-License-Identifier: MIT
-- Names that sort by the time they were made (ULID): ten letters of milliseconds, sixteen of
-- chance.

local clock = require "vision.base.clock"

local ulid = {}

local LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
local HALF = 2 ^ 40 -- eight letters

local last = { ms = -1 }

local function letters(value, count)
  local list = {}
  for i = count, 1, -1 do
    local digit = value % 32
    list[i] = LETTERS:sub(digit + 1, digit + 1)
    value = (value - digit) / 32
  end
  return table.concat(list)
end

--- A new name; those of one process sort as they were made, also within a millisecond.
---@param seconds number since 1970
---@return string
function ulid.new(seconds)
  local ms = math.floor(seconds * 1000 + 0.5)
  if ms ~= last.ms then
    last = { ms = ms, high = math.floor(clock.random() * HALF),
      low = math.floor(clock.random() * HALF / 2) } -- half its room is left to count on
  else
    last.low = last.low + 1
  end
  return letters(ms, 10) .. letters(last.high, 8) .. letters(last.low, 8)
end

--- A pattern that matches them.
ulid.PATTERN = "^" .. ("[0-7]" .. ("[0-9A-HJKMNP-TV-Z]"):rep(25)) .. "$"

return ulid
