-- SPDX-License-Identifier: MIT
-- Names that sort by the time they were made (ULID): ten letters of milliseconds, sixteen of
-- chance.

local clock = require "vision.base.clock"

local ulid = {}

local LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
local HALF = 2 ^ 40 -- eight letters

local last = { ms = -1 }

local PAIRS = {} -- 0 .. 1023 -> two letters
for value = 0, 1023 do
  local high, low = math.floor(value / 32) + 1, value % 32 + 1
  PAIRS[value] = LETTERS:sub(high, high) .. LETTERS:sub(low, low)
end

-- An even number of them.
local function letters(value, count)
  local list = {}
  for i = count / 2, 1, -1 do
    local digits = value % 1024
    list[i] = PAIRS[digits]
    value = (value - digits) / 1024
  end
  return table.concat(list)
end

--- A new name; those of one process sort as they were made, also within a millisecond.
---@param seconds number since 1970
---@return string
function ulid.new(seconds)
  local ms = math.floor(seconds * 1000 + 0.5)
  if ms ~= last.ms then
    last = { ms = ms, head = letters(ms, 10) .. letters(math.floor(clock.random() * HALF), 8),
      low = math.floor(clock.random() * HALF / 2) } -- half its room is left to count on
  else
    last.low = last.low + 1
  end
  return last.head .. letters(last.low, 8)
end

--- A pattern that matches them.
ulid.PATTERN = "^" .. ("[0-7]" .. ("[0-9A-HJKMNP-TV-Z]"):rep(25)) .. "$"

return ulid
