-- SPDX-License-Identifier: MIT
-- Numbers by chance for property tests: the same on every Lua and machine for the same seed, which
-- stands in the message of each failure.

local chance = {}

local Chance = {}
Chance.__index = Chance

--- A source of numbers. (Lehmer's generator with Park and Miller's figures: exact in doubles.)
---@param seed integer 1 .. 2^31 - 2
function chance.new(seed)
  local self = setmetatable({ state = seed }, Chance)
  for _ = 1, 8 do self:fraction() end -- neighbouring seeds part ways
  return self
end

---@return number # 0 .. 1, without 1
function Chance:fraction()
  self.state = self.state * 48271 % 2147483647
  return self.state / 2147483647
end

---@return integer # from least to most
function Chance:integer(least, most)
  return least + math.floor(self:fraction() * (most - least + 1))
end

---@return number # from least to most
function Chance:number(least, most)
  return least + self:fraction() * (most - least)
end

---@return any # one of the list
function Chance:one_of(list)
  return list[self:integer(1, #list)]
end

--- A text with some of its bytes changed, left out or doubled, as a bad disk or a hand makes it; at
--- times bytes alone.
---@param text string
---@return string
function Chance:damaged(text)
  if self:fraction() < 0.1 then text = "" end
  for _ = 1, self:integer(1, 8) do
    local at, byte = self:integer(0, #text), string.char(self:integer(0, 255))
    local odd = self:one_of { byte, '"', "{", "}", "[", "]", ",", "null", "1e999", "-", "\\u0000" }
    text = text:sub(1, at) .. odd .. text:sub(at + 1 + self:integer(0, 2))
  end
  return text
end

--- Runs `body(source)` once for each seed from 1 on; a failure says which seed it was.
---@param runs integer
---@param body fun(source: table)
function chance.runs(runs, body)
  for seed = 1, runs do
    local ok, err = pcall(body, chance.new(seed))
    if not ok then
      error(("seed %d: %s"):format(seed, type(err) == "table" and err.message or tostring(err)), 2)
    end
  end
end

return chance
