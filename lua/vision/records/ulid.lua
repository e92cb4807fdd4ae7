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

local function four(value) return two(floor(value / 2 ^ 10)) .. two(value) end

local function eight(value) return four(floor(value / 2 ^ 20)) .. four(value) end

local function ten(value) return two(floor(value / 2 ^ 40)) .. eight(value) end

-- Only the last four letters change from name to name.
local function count_from(low)
  last.upper, last.lower = floor(low / 2 ^ 20), low % 2 ^ 20
  last.start = last.head .. four(last.upper)
end

--- A new name; those of one process sort as they were made, also within a millisecond.
---@param seconds number since 1970
---@return string
function ulid.new(seconds)
  local ms = floor(seconds * 1000 + 0.5)
  if ms ~= last.ms then
    last.ms, last.head = ms, ten(ms) .. eight(floor(clock.random() * HALF))
    count_from(floor(clock.random() * HALF / 2)) -- half its room is left to count on
  elseif last.lower < 2 ^ 20 - 1 then
    last.lower = last.lower + 1
  else
    count_from((last.upper + 1) * 2 ^ 20)
  end
  return last.start .. four(last.lower)
end

--- A pattern that matches them.
ulid.PATTERN = "^" .. ("[0-7]" .. ("[0-9A-HJKMNP-TV-Z]"):rep(25)) .. "$"

return ulid
