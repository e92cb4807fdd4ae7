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

--- Whether two folded words differ in at most `most` letters (inserted, lost or changed).
---@param a string
---@param b string
---@param most integer
---@return boolean
function spelling.within(a, b, most)
  if math.abs(#a - #b) > most then
    return false
  end
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local corner, best = row[0], i
    row[0] = i
    for j = 1, #b do
      local change = corner + (a:byte(i) == b:byte(j) and 0 or 1)
      corner = row[j]
      row[j] = math.min(change, row[j] + 1, row[j - 1] + 1)
      best = math.min(best, row[j])
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
