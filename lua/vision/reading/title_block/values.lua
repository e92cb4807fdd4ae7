-- SPDX-License-Identifier: MIT
-- What a field's value looks like. Each check takes the text of a cell and returns the value in it,
-- or nothing: a cell that holds something else belongs to another label.
local spelling = require "vision.reading.spelling"

local values = {}

local function trim(text)
  text = text:gsub("^[%s|%[%]_:;'\"`~]+", ""):gsub("[%s|%[_:;'\"`~]+$", "")
  return text ~= "" and text or nil
end

local SHEET_SIZE = "^A[0-4]$"

local function scale(text)
  local a, b = text:match "(%d[%d.,]*)%s*:%s*(%d[%d.,]*)"
  return a and a .. ":" .. b:gsub("[.,]$", "")
end

local function sheet(text)
  local folded = text:gsub("0[fF]", "OF"):gsub("[Il|]", "1")
  local a, word, b = folded:match "(%d+)%s*(%a+)%s*(%d+)"
  if a and #word <= 3 then
    return a .. " " .. word .. " " .. b
  end
  a, b = folded:match "(%d+)%s*/%s*(%d+)"
  return a and a .. "/" .. b or text:match "^%s*(%d+)%s*$"
end

--- "1 OF 2" where it stands without its label.
function values.sheet_of(text)
  local found = text:find "%d%s*%a%a%a?%s*%d$" and sheet(text)
  local word = found and found:lower():match " (%a+) "
  return (word == "of" or word == "von" or word == "av") and found or nil
end

local DATES = {
  "%d%d%d%d%-%d%d?%-%d%d?", "%d%d?%.%d%d?%.%d%d%d%d", "%d%d?/%d%d?/%d%d%d?%d?",
  "%d%d?%-%d%d?%-%d%d%d%d", "%d%d%d%d/%d%d?/%d%d?", "%d%d?%.%d%d?%.%d%d",
}

function values.date(text)
  for _, pattern in ipairs(DATES) do
    local found = text:match("%f[%d]" .. pattern .. "%f[%D]")
    if found then
      return found
    end
  end
end

local function sheet_size(text)
  return text:match "%f[%w](A[0-4])%f[%W]" or text:match "ANSI%s*([A-E])%f[%W]"
end

local function weight(text)
  return text:match "%d+[.,]?%d*%s*[kK]?[gG]%f[%W]" or text:match "%d+[.,]?%d*%s*lbs?"
end

local function revision(text)
  local found = trim(text)
  return found and #found <= 4 and not found:find(SHEET_SIZE) and found:match "^%w+%.?%w*$" or nil
end

local function tolerance(text)
  return text:match "ISO%s*%d+%s*%-?%s*%a*" or text:match "DIN%s*%d+%s*%-?%s*%a*"
    or text:match "±%s*%d*[.,]?%d+%s*m?m?" or text:match "[+-]%d*[.,]?%d+%s*/%s*[+-]%d*[.,]?%d+"
end

local function surface(text)
  return text:match "R[az]%s*%d+[.,]?%d*" or text:match "N%d+"
end

local function identifier(text)
  local found = trim(text)
  if not found or found:find(SHEET_SIZE) or found:find "%d:%d" then
    return nil
  end
  return (found:find "%d" or #found >= 3) and found or nil
end

local function words(text)
  local found = trim(text)
  return found and found:find "%a%a" and found or nil
end

values.check = {
  title = words, subtitle = words, drawing_number = identifier, revision = revision,
  material = words, scale = scale,
  date = values.date, sheet = sheet, sheet_size = sheet_size, weight = weight,
  general_tolerance = tolerance,
  general_surface_finish = surface, surface_treatment = words, owner = words, department = words,
  creator = words,
  approver = words, document_type = words,
}

local UNITS = { "millimeters", "millimeter", "millimetres", "millimetern", "inches" }

--- The unit that a line declares for the sheet.
---@param text string
---@return string|nil written  As the sheet writes it.
---@return string|nil unit     "mm" or "in".
function values.units(text)
  local folded = spelling.fold(text)
  local about = folded:find "dimension" or folded:find "bemassung" or folded:find "matt"
    or folded:find "masse"
    or folded:find "units?" or folded:find "einheit"
  for word in folded:gmatch "%a+" do
    for _, unit in ipairs(UNITS) do
      if word == unit or #word > 7 and spelling.within(word, unit, 2) then
        local written = text:match "MIL%a+" and unit:upper() or unit
        return written, unit == "inches" and "inch" or "mm"
      end
    end
  end
  if about then
    local written = text:match "%f[%a][mM][mM]%f[%A]"
    return written, written and "mm"
  end
end

--- The projection method that a line names.
function values.projection(text)
  local folded = spelling.fold(text)
  if folded:find "first angle" or folded:find "methode 1" then
    return "first angle"
  elseif folded:find "third angle" or folded:find "methode 3" then
    return "third angle"
  end
end

local MATERIALS = {
  "steel", "stahl", "%f[%a]stal%f[%A]", "alumin", "brass", "messing", "massing", "bronze",
  "copper", "kupfer", "koppar", "titan", "nylon", "polyamid", "%f[%a]pla%f[%A]", "%f[%a]abs%f[%A]",
  "%f[%a]pom%f[%A]", "%f[%a]peek%f[%A]", "en aw", "cast iron", "gusseisen", "gjutjarn",
  "stainless", "edelstahl", "rostfri", "delrin", "acryl", "plywood", "1%.%d%d%d%d",
}

--- Whether a line names a material.
function values.is_material(text)
  local folded = spelling.fold(text)
  for _, pattern in ipairs(MATERIALS) do
    if folded:find(pattern) then
      return true
    end
  end
  return false
end

local ORGANISATIONS = {
  "gmbh", "ltd", "inc", "corp", "university", "universitat", "universitet", "initiative",
  "institute", "institut", "company", "hogskola", "hochschule", "laboratory", "ag", "ab", "oy",
  "bv", "llc", "kg", "foundation", "association", "technologies", "engineering",
}

--- Whether a line reads as the name of a firm or an institution.
function values.is_organisation(text)
  for word in spelling.fold(text):gmatch "%a+" do
    for _, name in ipairs(ORGANISATIONS) do
      if word == name then
        return true
      end
    end
  end
  return false
end

return values
