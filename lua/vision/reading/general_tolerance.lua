-- SPDX-License-Identifier: MIT
-- Tolerances that hold where nothing is written: a class of a standard (ISO 2768-mK, DIN 7168
-- mittel), or rows of a block (`.XX ±.01`, `ANGLES ±1°`, `LINEAR: +0.1/-0.1`).
local spelling = require "vision.reading.spelling"

local general_tolerance = {}

-- A standard, the pattern of its class and what the letters of it mean. The first that fits holds.
local GERMAN_CLASS = { fein = "f", mittel = "m", grob = "g" }
local STANDARDS = {
  { name = "ISO 2768", classes = { "^%s*%-?%s*([fmcv])%-?([HKLhkl])%f[%A]",
    "^%s*%-?%s*([fmcv])%f[%A]", "^%-1%s*%-?%s*([fmcv])%f[%A]" } },
  { name = "DIN 7168", classes = { "^%s*%-?%s*(fein)", "^%s*%-?%s*(mittel)", "^%s*%-?%s*(grob)",
    "^%s*%-?%s*([fmg])%f[%A]", "^%s*%-?%s*(sg)%f[%A]" } },
  { name = "ISO 13920", classes = { "^%s*%-?%s*([ABCD])([EFGH])%f[%A]",
    "^%s*%-?%s*([ABCD])%f[%A]" } },
  { name = "ISO 22081", classes = {} },
  { name = "ISO 8062", classes = { "^[%-%d]*%s*%-?%s*(D?CTG? ?%d+)" } },
  { name = "DIN 16742", classes = { "^%s*%-?%s*(TG ?%d)" } },
  { name = "DIN 16901", classes = { "^%s*%-?%s*(%d%d%d)%f[%D]" } },
}

-- "1SO" and "IS0" are ISO; a dash may have come out longer than it is.
local function straighten(text)
  return (text:gsub("—", "-"):gsub("–", "-")
    :gsub("%f[%w][1Il]S[O0]%f[^%a]", "ISO"):gsub("%f[%w]IS[0]%f[^%a]", "ISO")
    :gsub("%f[%w][O0D]IN%f[^%a]", "DIN"))
end

local function class_of(standard, rest)
  for _, pattern in ipairs(standard.classes) do
    local from, to, class, geometry = rest:find(pattern)
    if from then
      return to, GERMAN_CLASS[class] or class, geometry and geometry:upper()
    end
  end
  return 0
end

--- The class of a standard that a text names.
---@param text string
---@return { text: string, standard: string, class: string?, geometry: string? }|nil
function general_tolerance.standard(text)
  text = straighten(text)
  for _, standard in ipairs(STANDARDS) do
    local body, number = standard.name:match "(%a+) (%d+)"
    local from, to = text:find(body .. "%s*" .. number)
    if from then
      local length, class, geometry = class_of(standard, text:sub(to + 1))
      local lead = text:sub(1, from - 1):match "DIN EN $" or text:sub(1, from - 1):match "DIN $"
        or text:sub(1, from - 1):match "EN $" or ""
      return { text = lead .. text:sub(from, to + length), standard = standard.name, class = class,
        geometry = geometry }
    end
  end
end

-- ---- rows of a block ----

local KEYS = {
  fractions = { "fractions", "fraction", "fractional" },
  angles = { "angles", "angle", "angular", "winkel", "vinkel", "vinklar" },
  linear = { "linear", "lengths", "langen", "langenmasse", "langder", "langdmatt" },
}
local PLACES = { one = 1, two = 2, three = 3, four = 4 }

local function is_word(given, word)
  -- "LI" of a wide face comes out as "U".
  return spelling.within(given, word, spelling.tolerance(#word))
    or given:gsub("u", "li", 1) == word
end

local function word_key(word)
  local folded = spelling.fold(word):gsub("[^%a]", "")
  for name, words in pairs(KEYS) do
    for _, known in ipairs(words) do
      if is_word(folded, known) then
        return { applies_to = name }
      end
    end
  end
end

-- "X.XX", ".XX", or "XXX" whose point was lost; a lone X stands for whole numbers.
local function places_key(text)
  local whole, mark, decimals = text:match "^([X0]?)([^%w%s]*)(X+)%f[^%w]"
  if not decimals then
    return nil
  end
  local length = #whole + #mark + #decimals
  if mark == "" then
    decimals = whole .. decimals
    return { applies_to = "decimals", decimals = #decimals > 1 and #decimals or 0 }, decimals,
      text:sub(length + 1)
  end
  return { applies_to = "decimals", decimals = #decimals }, whole .. "." .. decimals,
    text:sub(length + 1)
end

-- The key that a row begins with, its spelling, and what follows it.
local function key_of(text)
  local _, to = text:find "^%a+ [Pp][Ll][Aa][Cc][Ee][Ss]? [Dd][Ee][Cc][Ii][Mm][Aa][Ll][Ss]?"
  local places = to and PLACES[text:match "^%a+":lower()]
  if places then
    return { applies_to = "decimals", decimals = places }, text:sub(1, to), text:sub(to + 1)
  end
  local word, rest = text:match "^(%S+)(.*)$"
  local key = word and word_key(word)
  if key then
    local name = word:gsub("[;:=]+$", "")
    return key, name, rest
  end
  return places_key(text)
end

local NUMBER = "%d*[.,]?%d+"

local function to_number(text)
  local above, below = text:match "^(%d+)/(%d+)$"
  if above then
    return tonumber(below) ~= 0 and tonumber(above) / tonumber(below) or nil
  end
  return tonumber((text:gsub(",", ".")))
end

-- Behind a key a lone sign is the ± that the engine has no letter for: a tolerance to one side
-- would name both.
local function band_of(rest)
  local upper, lower = rest:match("^%s*[:=]?%s*%+%s*(" .. NUMBER .. ")%s*/%s*%-%s*(" .. NUMBER
    .. ")")
  if upper then
    return { upper = to_number(upper), lower = -to_number(lower) },
      "+" .. upper .. "/-" .. lower
  end
  local sign, value, tail = rest:match "^%s*[:=]?%s*([^%w%s.,:=]+)%s*([%d.,/]*%d)%s*(.*)$"
  local size = value and to_number(value)
  if size and size > 0 and #sign <= 3 and sign ~= "-" then
    local unit = tail:match "^°" or tail:match "^mm" or ""
    return { upper = size, lower = -size }, "±" .. value .. unit
  end
end

--- One row of a tolerance block.
---@param text string
---@return table|nil row  { text, applies_to = "decimals"|"fractions"|"angles"|"linear", decimals?,
---  upper, lower }
function general_tolerance.row(text)
  local stripped = text:gsub("^[%s|%[%]]+", "")
  local key, name, rest = key_of(stripped)
  local band, written = nil, nil
  if key then
    band, written = band_of(rest)
  end
  if key and not band and key.applies_to == "decimals" then
    -- In such a row a decimal can be nothing but the band whose sign was lost.
    local value = rest:match "^%s*[:=]?%s*(%d*[.,]%d+)%s*$"
    band, written = band_of("±" .. (value or ""))
  end
  if not band then
    return nil
  end
  key.upper, key.lower, key.value = band.upper, band.lower, written
  key.text = name .. " " .. written
  return key
end

local function is_about(text)
  local folded = spelling.fold(text)
  return folded:find "toleran" ~= nil or folded:find "wenn nicht anders" ~= nil
    or folded:find "unless otherwise" ~= nil or folded:find "om inget annat" ~= nil
end

-- "General tolerances ±0.05mm": a band behind the word itself.
local function bare(text)
  local rest = text:match "^.-[Tt][Oo][Ll][Ee][Rr][Aa][Nn]%a*:?%s*(.*)$"
  local band, written = nil, nil
  if rest then
    band, written = band_of(rest)
  end
  if band then
    local unit = rest:match("%d%s*(mm)%f[%A]") and "mm" or ""
    return { text = written:gsub("mm$", "") .. unit, value = written, applies_to = "linear",
      upper = band.upper, lower = band.lower }
  end
end

--- The general tolerances that the lines of a title block state.
---@param texts string[]
---@return table[] entries  of `standard` and `row`, in their order; empty where there are none
function general_tolerance.read(texts)
  local list, seen, about = {}, {}, false
  for _, text in ipairs(texts) do
    about = about or is_about(text)
  end
  for _, text in ipairs(texts) do
    local entry = general_tolerance.standard(text) or about and (general_tolerance.row(text)
      or bare(text)) or nil
    local key = entry and (entry.standard or entry.applies_to .. (entry.decimals or ""))
    if entry and not seen[key] then
      list[#list + 1] = entry
      seen[key] = #list
    elseif entry and entry.class and not list[seen[key]].class then
      list[seen[key]] = entry
    end
  end
  return list
end

--- The same in one line; a block with nothing but a linear tolerance is that tolerance.
---@param entries table[]
---@return string|nil
function general_tolerance.text(entries)
  local texts = {}
  for index, entry in ipairs(entries) do
    texts[index] = entry.text
  end
  if #entries == 1 and entries[1].applies_to == "linear" then
    return entries[1].value or entries[1].text
  end
  return #texts > 0 and table.concat(texts, "; ") or nil
end

--- The entries of a title block's field.
---@param text string|nil  As `text` makes it, or as a sheet writes it.
---@return table[] entries
function general_tolerance.parse(text)
  local list = {}
  for part in (text or ""):gmatch "[^;]+" do
    part = part:match "^%s*(.-)%s*$"
    list[#list + 1] = general_tolerance.standard(part) or general_tolerance.row(part)
      or general_tolerance.row("LINEAR " .. part)
  end
  for _, entry in ipairs(list) do
    entry.text, entry.value = entry.text:gsub("^LINEAR ±", "±"), nil
  end
  return list
end

return general_tolerance
