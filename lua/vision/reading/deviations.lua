-- SPDX-License-Identifier: MIT
-- Deviations and limits as they stand in pictures: small, one above the other, the lower one often
-- run through by the dimension line.
local deviations = {}

--- A number of the net without what it takes for something else within numbers: a zero for a
--- letter, the point of stroke lettering, which is a short stroke, for a dash, the end of a
--- dimension line for a minus.
---@param text string
---@return string
function deviations.number(text)
  if not text:find "^[+±Ø-]*[%dO]*[.,-]%-?[%dO]+$" then
    return text
  end
  text = text:gsub("O", "0"):gsub("^-Ø", "Ø")
  return (text:gsub("^([+±-]*0)%.?%-(%d+)$", "%1.%2"))
end

local function value_of(number)
  return tonumber((number:gsub(",", ".")))
end

--- A size and the deviation that touches it; nil where there is none. A deviation is smaller than
--- what it deviates from.
---@param text string
---@return string|nil size
---@return string? deviation
function deviations.split(text)
  local size, sign = text:match "^(.*%d)([+-]%d*[.,]?%d+)$"
  local value = size and value_of(size:match "[%d.,]+$")
  local by = value and value_of(sign)
  if by and math.abs(by) <= value then
    return size, sign
  end
end

local function deviation(text)
  local sign, number = text:match "^([+-]?) ?(%d*[.,]?%d+)$"
  if not sign then
    return nil
  end
  local value = value_of(number)
  if sign == "" and value ~= 0 then
    return nil
  end
  return sign, value
end

local function plain_decimal(text)
  local whole, part = text:match "^(%d*)[.,](%d+)$"
  if whole then
    return tonumber(whole .. "." .. part), #part
  end
end

-- Limits lie close together: more than this share apart they are two sizes, one above the other.
local LIMIT_SPREAD = 0.05
-- Deviations in words without a sign are smaller, in mm or inches.
local WIDEST_DEVIATION = 1

local function limit(text)
  local number = text:match "^Ø([%d.,]+)$" or text
  local value, places = plain_decimal(number)
  return value and
    { sign = number ~= text and "Ø" or "", number = number, value = value, places = places }
end

-- The sign of a diameter stands before one of its limits or before both.
local function limits_text(above, below)
  local a, b = limit(above), limit(below)
  if a and b and a.places == b.places and a.value > b.value
    and a.value - b.value <= math.max(0.5, LIMIT_SPREAD * a.value) then
    return (a.sign ~= "" and a.sign or b.sign) .. a.number .. "/" .. b.number
  end
end

-- Two deviations are written alike: what lost its decimal sign has it where the other one has.
local function like_partner(text, partner)
  local sign, digits = text:match "^([+-]?)(%d%d+)$"
  local whole, point, decimals = partner:match "^[+-]?(%d*)([.,])(%d+)$"
  if digits and point and #digits == #whole + #decimals and (whole == "" or whole == "0") then
    return sign .. digits:sub(1, #whole) .. point .. digits:sub(#whole + 1)
  end
  return text
end

local function without_sign_of_zero(text)
  return (text:gsub("^[+-]([0.,]+)$", "%1"))
end

-- A minus that lies on the dimension line is taken out with it; of a plus the upright stroke stays.
-- Nothing but a minus can stand below a zero or below a smaller deviation.
local function lost_minus(upper, below)
  local value = plain_decimal(below)
  return value and value > 0 and value < WIDEST_DEVIATION and value >= upper
end

--- Whether a word may be one of two that stand one above the other.
---@param text string
---@return boolean
function deviations.can_stand_in_stack(text)
  return (deviation(text) or limit(text) or text:find "^[+-]%d+$") ~= nil
end

--- What two words say that stand one above the other, in one line.
---@param above string
---@param below string
---@param exact? boolean  They stand in a text layer: nothing was lost.
---@return string|nil text  "+0,2/+0,1", "Ø41,00/40,90"; nil when they are no deviations or limits.
function deviations.stacked(above, below, exact)
  local upper, lower = above, below
  if not exact then
    upper = without_sign_of_zero(like_partner(above, below))
    lower = without_sign_of_zero(like_partner(below, above))
  end
  local sign_above, value = deviation(upper)
  local sign_below = deviation(lower)
  if sign_above and sign_below and (sign_above ~= "" or sign_below ~= "") then
    return upper .. "/" .. lower
  elseif not exact and sign_above and sign_above ~= "-" and lost_minus(value, lower) then
    return upper .. "/-" .. lower
  end
  return (limits_text(above, below))
end

return deviations
