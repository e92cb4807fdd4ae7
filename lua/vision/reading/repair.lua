-- SPDX-License-Identifier: MIT
-- Undoes what OCR engines get wrong on drawings again and again. A repair changes the spelling of
-- signs and the place of a decimal sign; it never adds, drops or changes a digit. What is repaired
-- is named, so that confidence can follow.
local glyphs = require "vision.reading.glyphs"

local repair = {}

-- What engines without the sign make of Ø. A letter counts only in front of a number, where it
-- would mean nothing else.
local DIAMETER = "[DOQ@%%&$0]"
local DIAMETER_SIGNS = { "©", "®", "¢", "€", "§", "£" }

local function each_number(text, visit)
  for sign in text:gmatch "%d([.,])%d" do
    visit(sign)
  end
end

--- The sheet's decimal sign, from its own numbers.
---@param texts string[]
---@return string sign  "," or "."
---@return number share  Of the numbers with a decimal sign that use it; 0 when there are none.
function repair.decimal_sign(texts)
  local count = { [","] = 0, ["."] = 0 }
  for _, text in ipairs(texts) do
    each_number(text, function(sign)
      count[sign] = count[sign] + 1
    end)
  end
  local all = count[","] + count["."]
  if all == 0 then
    return ".", 0
  end
  local sign = count[","] > count["."] and "," or "."
  return sign, count[sign] / all
end

local function trim(text)
  text = text:gsub("^[%s|_~'\"`;:!{}%]%.,=-]+%f[%w@%(%[#%.RØ±+%%&$]", "")
  return (text:gsub("[%s|_'\"`;:!{}%[=]+$", ""))
end

local function join_numbers(text)
  text = text:gsub("(%d) ?([.,]) (%d)", "%1%2%3")
  return (text:gsub("(%d) ([.,]%d)", "%1%2"))
end

-- A letter that touches a decimal sign is the digit it looks like.
local function letters_to_digits(text)
  text = text:gsub("%f[%w]([R±+-]?)[Oo]([.,]%d)", "%10%2")
  text = text:gsub("(%d[.,]%d*)[Oo]%f[%W]", "%10")
  return (text:gsub("%f[%w]([R±+-]?)[lI]([.,]%d)", "%11%2"))
end

-- The net takes the stroke of a narrow sign for two dots.
local function dotted_sign(text)
  return (text:gsub("Ö ?(%d)", "Ø%1"))
end

local function degrees(text)
  text = text:gsub("(%d)[o*]$", "%1°")
  return (text:gsub("(%d)[o*]([ ±+-])", "%1°%2"))
end

-- The depth arrow stands between two numbers; ⌴ stands in front.
local function depth_arrow(text)
  text = text:gsub("(%d[%w]*) ?¥ ?(%d)", "%1 ↧ %2")
  text = text:gsub("(%d[%w]*) [VvYTJ]Y? (%d)", "%1 ↧ %2")
  return text
end

local function bore_sign(text)
  for _, shape in ipairs { "^L_J|? ?", "^|_| ?", "^L_| ?", "^LJ ?", "^LI ?", "^l_l ?", "^U " } do
    local rest, count = text:gsub(shape, "", 1)
    if count > 0 and rest:find("^[%d" .. DIAMETER:sub(2, -2) .. "Ø]") then
      return "⌴ " .. rest
    end
  end
  return text
end

-- Where a number may not begin with 0, the decimal sign behind the zero was lost; its digits all
-- stand there.
local function lost_decimal(text, sign)
  text = text:gsub("^(R)0(%d+)", "%10" .. sign .. "%2")
  text = text:gsub("(±)0(%d+)", "%10" .. sign .. "%2")
  return (text:gsub("([+-])0(%d+)", "%10" .. sign .. "%2"))
end

local function plus_minus(text)
  return (text:gsub("^(.*%d) ?[+#] ?(%d*[.,]?%d+)( ?m?m?)$", "%1 ±%2%3"))
end

local function sheet_sign(text, sign)
  local other = sign == "," and "." or ","
  return (text:gsub("(%d)%" .. other .. "(%d)", "%1" .. sign .. "%2"))
end

-- The sign in front of a number, behind a count or behind ⌴.
local function diameter(text)
  for _, sign in ipairs(DIAMETER_SIGNS) do
    local at, last = text:find(sign, 1, true)
    if at then
      text = text:sub(1, at - 1) .. "@" .. text:sub(last + 1)
    end
  end
  local lead, rest = text:match "^(%(?%d%d? ?[xX] ?)(.+)$"
  if not lead then
    lead, rest = text:match "^(⌴ )(.+)$"
  end
  if not lead then
    lead, rest = text:match "^(%(?)(.+)$"
  end
  -- "02" is more often what is left of ".02" than a diameter of 2, "D4" more often a name.
  if rest and rest:find "^[DOQ0]%d$" then
    return nil
  end
  local number = rest and (rest:match("^" .. DIAMETER .. " ?([%d.,].*)$")
    or rest:match "^[P@][DO0] ?([%d.,].*)$"
    or rest:match "^G(%d%d.*)$" or rest:match "^[GH](%d+[.,]%d.*)$")
  return number and lead .. "Ø" .. number or nil
end

-- One bracket of a pair is lost to a line often; it is never there by chance.
local function close_bracket(text)
  return (text:gsub("^(%d+[.,]?%d+)%)$", "(%1)"):gsub("^%((%d+[.,]?%d+)$", "(%1)"))
end

-- The point of stroke lettering is a short stroke; a comma hangs below and is none.
local function dashed_point(text, evidence)
  if evidence.decimal == "." and evidence.share >= 0.8 then
    return (text:gsub("([%a/#.,]?)(%d+)%-(%d+)%f[^%d.,/-]", function(before, whole, decimals)
      return before == "" and whole .. "." .. decimals or nil
    end))
  end
  return text
end

local function always(text, evidence)
  text = close_bracket(text)
  text = letters_to_digits(join_numbers(trim(dotted_sign(text))))
  text = lost_decimal(bore_sign(depth_arrow(degrees(text))), evidence.decimal)
  if evidence.share >= 0.8 then
    text = sheet_sign(text, evidence.decimal)
  end
  return text
end

local function also(name, repairs)
  local more = { name }
  for _, other in ipairs(repairs) do
    more[#more + 1] = other
  end
  return more
end

--- Spellings of a line in the order in which they are to be believed.
---@param text string
---@param evidence { decimal: string, share: number }  From `decimal_sign`.
---@param options? { signs_known: boolean }  Deviations keep their signs: they stood one above the
---  other, or who read them knows ± from +.
---@return { text: string, repairs: string[] }[]
function repair.candidates(text, evidence, options)
  local original = glyphs.plain(text)
  local cleaned = always(original, evidence)
  local list, repairs = {}, {}
  if cleaned ~= original then
    repairs[1] = "lettering"
  end
  if not (options and options.signs_known) then
    local signed = plus_minus(cleaned)
    if signed ~= cleaned then
      cleaned, repairs[#repairs + 1] = signed, "plus-minus"
    end
  end
  list[1] = { text = cleaned, repairs = repairs }
  local with_sign = diameter(cleaned)
  if with_sign then
    list[2] = { text = with_sign, repairs = also("diameter sign", repairs) }
  end
  local with_point = dashed_point(cleaned, evidence)
  if with_point ~= cleaned then
    list[#list + 1] = { text = with_point, repairs = also("decimal sign", repairs) }
  end
  return list
end

return repair
