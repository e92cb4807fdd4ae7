-- SPDX-License-Identifier: MIT
-- Names that sort by the time they were made (ULID): ten letters of milliseconds, sixteen of
-- chance.

local clock = require "vision.base.clock"

local floor = math.floor

local ulid = {}

local LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
local HALF = 2 ^ 40 -- eight letters

local last = { ms = -1 }

local PAIRS = {} -- 0 .. 1023 -> two letters
for value = 0, 1023 do
  local high, low = math.floor(value / 32) + 1, value % 32 + 1
  PAIRS[value] = LETTERS:sub(high, high) .. LETTERS:sub(low, low)
end

local function two(value) return PAIRS[value % 1024] end

local function eight(value)
  return two(floor(value / 2 ^ 30)) .. two(floor(value / 2 ^ 20)) .. two(floor(value / 2 ^ 10))
    .. two(value)
end

local function ten(value) return two(floor(value / 2 ^ 40)) .. eight(value) end

--- A new name; those of one process sort as they were made, also within a millisecond.
---@param seconds number since 1970
---@return string
function ulid.new(seconds)
  local ms = floor(seconds * 1000 + 0.5)
  if ms ~= last.ms then
    last.ms, last.head = ms, ten(ms) .. eight(floor(clock.random() * HALF))
    last.low = floor(clock.random() * HALF / 2) -- half its room is left to count on
  else
    last.low = last.low + 1
  end
  return last.head .. eight(last.low)
end

--- A pattern that matches them.
ulid.PATTERN = "^" .. ("[0-7]" .. ("[0-9A-HJKMNP-TV-Z]"):rep(25)) .. "$"

return ulid
