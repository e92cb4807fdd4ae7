-- SPDX-License-Identifier: MIT
-- Which digits OCR takes for another, and whether one of them explains a difference.
local slips = {}

-- Digits of like shape, in drawn lettering and in print.
local ALIKE = { "06", "08", "09", "14", "17", "27", "35", "38", "39", "49", "56", "58", "68", "89" }

local alike = {}
for _, pair in ipairs(ALIKE) do
  alike[pair], alike[pair:reverse()] = true, true
end

-- The digits of a size as they are written, and how many of them stand behind the decimal sign.
local function written(callout)
  local text = callout.text:match "[%d.,]*%d"
  local plain = text and text:gsub(",", ".")
  if plain and tonumber(plain) == callout.nominal then
    return plain:gsub("%.", ""), #(plain:match "%.(%d*)$" or "")
  end
end

--- Whether a difference is that of one digit: 6, 30, 0.2, but not 36.
---@param change number
---@return boolean
function slips.is_of_one_digit(change)
  local size = math.abs(change)
  local digit = size / 10 ^ math.floor(math.log(size) / math.log(10) + 1e-9)
  return math.abs(digit - math.floor(digit + 0.5)) < 1e-6
end

--- Whether a size can be larger by `change` than it was read because of one misread digit.
---@param callout { text: string, nominal: number }
---@param change number  In the unit of the size; below 0 for a smaller one.
---@return boolean
function slips.explains(callout, change)
  local digits, decimals = written(callout)
  for index = 1, digits and #digits or 0 do
    local digit, weight = tonumber(digits:sub(index, index)), 10 ^ (#digits - index - decimals)
    local other = digit + change / weight
    local whole = math.floor(other + 0.5)
    if math.abs(other - whole) < 1e-6 and alike[("%d%d"):format(digit, whole)] then
      return true
    end
  end
  return false
end

return slips
