-- SPDX-License-Identifier: MIT
-- Comparing words the way a reader of a poor copy does: capitals, accents and one or two wrong
-- letters set aside.
local spelling = {}

local PLAIN = {
  ["Ä"] = "a", ["ä"] = "a", ["Å"] = "a", ["å"] = "a", ["Ö"] = "o", ["ö"] = "o", ["Ü"] = "u",
  ["ü"] = "u", ["ß"] = "ss",
  ["É"] = "e", ["é"] = "e", ["Ø"] = "o", ["ø"] = "o", ["Æ"] = "ae", ["æ"] = "ae",
}

--- Lower case without accents; a circle among letters is an O.
---@param text string
---@return string
function spelling.fold(text)
  return (text:gsub("\195[\128-\191]", PLAIN):gsub("○", "o"):lower())
end

local byte = string.byte
local row = {} -- of distances; one serves all, since nobody waits in between

--- Whether two folded words differ in at most `most` letters (inserted, lost or changed).
---@param a string
---@param b string
---@param most integer
---@return boolean
function spelling.within(a, b, most)
  if a == b then
    return true
  elseif most == 0 or math.abs(#a - #b) > most then
    return false
  end
  local too_many = most + 1
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    -- What is further from the diagonal than `most` differs in more letters than that.
    local first, last = i - most, i + most
    if first < 1 then first = 1 end
    if last > #b then last = #b end
    local corner, left, letter = row[first - 1], first == 1 and i or too_many, byte(a, i)
    local best = left
    row[first - 1] = left
    for j = first, last do
      local least = corner + (letter == byte(b, j) and 0 or 1)
      corner = row[j]
      if corner + 1 < least then least = corner + 1 end
      if left + 1 < least then least = left + 1 end
      row[j], left = least, least
      if least < best then best = least end
    end
    if best > most then
      return false
    end
  end
  return row[#b] <= most
end

--- How many wrong letters a word of this length may have and still be itself.
---@param length integer
---@return integer
function spelling.tolerance(length)
  return length >= 10 and 2 or length >= 5 and 1 or 0
end

return spelling
