-- SPDX-License-Identifier: MIT
-- Values of a report as people read them, by their unit. A column has one number of decimals, so
-- that its figures stand under each other.

local format = {}

---@alias vision.report.Unit "text"|"count"|"number"|"usd"|"share"|"ms"

--- What a column or a chart may be counted in.
format.UNITS = { "text", "count", "number", "usd", "share", "ms" }

--- What stands for a value that is not known.
format.NONE = "n/a"

-- "1234567" -> "1,234,567"
local function grouped(digits)
  local groups = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (groups:gsub("^,", ""))
end

local function decimal(value, decimals)
  local sign, whole, rest = ("%." .. decimals .. "f"):format(value):match "^(-?)(%d+)(.*)$"
  if not whole then return tostring(value) end -- inf
  if sign == "-" and not (whole .. rest):find "[1-9]" then sign = "" end
  return sign:gsub("-", "−") .. grouped(whole) .. rest
end

local function greatest(values)
  local most = 0
  for _, value in ipairs(values) do
    if type(value) == "number" then most = math.max(most, math.abs(value)) end
  end
  return most
end

local function are_whole(values)
  for _, value in ipairs(values) do
    if type(value) == "number" and value % 1 ~= 0 then return false end
  end
  return true
end

local function significant(most)
  if most >= 100 or most == 0 then return 0 end
  return math.min(6, math.max(0, 2 - math.floor(math.log(most) / math.log(10))))
end

-- Unit -> how a list of values is written: decimals, factor, what stands before and after.
local WAYS = {
  count = function() return 0, 1, "", "" end,
  number = function(values)
    return are_whole(values) and 0 or significant(greatest(values)), 1, "", ""
  end,
  usd = function(values)
    local most = greatest(values)
    return (most >= 1 or most == 0) and 2 or most >= 0.001 and 4 or 6, 1, "$", ""
  end,
  share = function() return 1, 100, "", " %" end,
  ms = function(values)
    local most = greatest(values)
    if most < 1000 then return 0, 1, "", " ms" end
    return most < 100000 and 1 or 0, 0.001, "", " s"
  end,
}

--- Writes the values of a column or an axis alike. `false` and nil are not known; a text stays.
---@param values any[]
---@param unit vision.report.Unit?  "text" by default: numbers as they are
---@return string[]
function format.column(values, unit)
  local way, texts = WAYS[unit] or WAYS.number, {}
  local decimals, factor, before, after = way(values)
  for i, value in ipairs(values) do
    if type(value) ~= "number" or value ~= value then
      texts[i] = type(value) == "string" and value or format.NONE
    else
      local text = before .. decimal(math.abs(value) * factor, decimals) .. after
      texts[i] = value < 0 and text:find "[1-9]" and "−" .. text or text
    end
  end
  return texts
end

--- Two values that differ, with as many decimals as tell one from the other.
---@param a number
---@param b number
---@param unit vision.report.Unit
---@return string[]
function format.apart(a, b, unit)
  local decimals, factor, before, after = (WAYS[unit] or WAYS.number) { a, b }
  local texts = format.column({ a, b }, unit)
  while texts[1] == texts[2] and a ~= b and decimals < 6 do
    decimals = decimals + 1
    for i, value in ipairs { a, b } do
      texts[i] = (value < 0 and "−" or "") .. before
        .. decimal(math.abs(value) * factor, decimals) .. after
    end
  end
  return texts
end

--- One value.
---@param value any
---@param unit vision.report.Unit?
---@return string
function format.value(value, unit)
  return format.column({ value or false }, unit)[1]
end

--- A headline figure, and what it was before; written alike.
---@param figure { value: number|false, before: number|false, unit: vision.report.Unit }
---@return string value
---@return string? before  nil: that is not known
function format.figure(figure)
  local texts = format.column({ figure.value, figure.before }, figure.unit)
  return texts[1], figure.before and texts[2] or nil
end

-- Decimals that all values need to be exact.
local function decimals_of(values, factor)
  for decimals = 0, 6 do
    local exact = true
    for _, value in ipairs(values) do
      local scaled = value * factor * 10 ^ decimals
      exact = exact and math.abs(scaled - math.floor(scaled + 0.5)) < 1e-6
    end
    if exact then return decimals end
  end
  return 6
end

--- Writes the ticks of an axis: round numbers, with no more decimals than they need.
---@param values number[]
---@param unit vision.report.Unit
---@return string[]
function format.ticks(values, unit)
  local _, factor, before, after = (WAYS[unit] or WAYS.number)(values)
  local decimals, texts = decimals_of(values, factor), {}
  if unit == "usd" and decimals == 1 then decimals = 2 end
  for i, value in ipairs(values) do
    texts[i] = (value < 0 and "−" or "") .. before .. decimal(math.abs(value) * factor, decimals)
      .. after
  end
  return texts
end

--- A probability: "p = 0.012", "p < 0.0001".
---@param p number
---@return string
function format.chance(p)
  if p < 0.0001 then return "p < 0.0001" end
  return "p = " .. ("%.2g"):format(p)
end

--- A sentence whose probabilities and shares are not broken between lines.
---@param text string
---@return string
function format.unbroken(text)
  return (text:gsub("p ([<=]) (%d)", "p\194\160%1\194\160%2"):gsub("(%d) %%", "%1\194\160%%"))
end

return format
