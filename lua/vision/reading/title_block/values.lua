-- SPDX-License-Identifier: MIT
-- What a field's value looks like. Each check takes the text of a cell and returns the value in it,
-- or nothing: a cell that holds something else belongs to another label.
local general_tolerance = require "vision.reading.general_tolerance"
local spelling = require "vision.reading.spelling"

local values = {}

local function trim(text)
  text = text:gsub("—", "-"):gsub("–", "-"):gsub("%-%-+", "-")
  text = text:gsub("^[%s|%[%]_:;'\"`~]+", ""):gsub("[%s|%[_:;'\"`~]+$", "")
  return text ~= "" and text or nil
end

local SHEET_SIZE = "^A[0-4]$"

-- The scales of ISO 5455: one side is 1. A cell of a scale that holds such digits without their
-- colon has lost it, or it came out as a letter.
local STEPS = { ["1"] = true, ["2"] = true, ["5"] = true, ["10"] = true, ["20"] = true,
  ["50"] = true, ["100"] = true, ["200"] = true, ["500"] = true, ["1000"] = true }

local function scale_without_colon(text)
  text = text:gsub("[Il|]", "1"):gsub("^(%W*%d+)%a(%d+%W*)$", "%1 %2")
  local digits = text:match "^%W*(%d[%d .;'%-]*)%W*$"
  digits = digits and digits:gsub("%D", "") or ""
  local below, above = digits:match "^1(%d+)$", digits:match "^(%d+)1$"
  if below and STEPS[below] then
    return "1:" .. below
  end
  return above and STEPS[above] and above .. ":1" or nil
end

local function scale(text)
  text = text:gsub("[Il|]( ?: ?%d)", "1%1"):gsub("(%d ?: ?)[Il|]", "%11")
  local a, b = text:match "(%d[%d.,]*)%s*:%s*(%d[%d.,]*)"
  if a then
    return a .. ":" .. b:gsub("[.,]$", "")
  end
  return scale_without_colon(text)
end

local function sheet(text)
  local folded = text:gsub("0[fF]", "OF"):gsub("[Il|]", "1")
  local a, word, b = folded:match "(%d+)%s*(%a+)%s*(%d+)"
  if a and #word <= 3 then
    return a .. " " .. word .. " " .. b
  end
  a, b = folded:match "(%d+)%s*/%s*(%d+)"
  if a then
    -- No sheet has a higher number than the last: such a 7 is a 1.
    a = a == "7" and tonumber(b) < 7 and "1" or a
    return a .. "/" .. b
  end
  -- "1/" in small lettering is one V, or a second 1.
  b = text:match "^%W*V(%d)%W*$"
  if b then
    return "1/" .. b
  end
  a, b = folded:match "^%W*(%d)[17]?(%d)%W*$"
  return a and a <= b and a .. "/" .. b or text:match "^%s*(%d+)%s*$"
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
  text = text:gsub("(%d) ?([-./]) ?%f[%d]", "%1%2")
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

-- "B", "02", "A1", "B.2", "AA": no word.
local REVISIONS = { "^%a%a?$", "^%d%d?%d?$", "^%a[.-]?%d%d?$", "^%d%d?[.-]?%a$", "^%d%.%d$" }

local function revision(text)
  local found = trim(text)
  for _, pattern in ipairs(found and not found:find(SHEET_SIZE) and REVISIONS or {}) do
    if found:find(pattern) then
      return found
    end
  end
end

-- In the cell of a general tolerance a number with a lone sign before it is a band to both sides.
local function tolerance(text)
  local class = general_tolerance.standard(text)
  if class then
    return class.text
  end
  local row = general_tolerance.row("LINEAR " .. text)
  return row and row.value or text:match "±%s*%d*[.,]?%d+%s*m?m?"
    or text:match "^[+-]%d*[.,]?%d+%s*/%s*[+-]%d*[.,]?%d+"
end

local function is_person(text)
  local _, words_in = text:gsub("%S+", "")
  return words_in <= 3 and #text <= 24 and not text:find "%d" and text:find "%a%a" ~= nil
end

local function person(text)
  local found = trim(text)
  return found and is_person(found) and not values.is_organisation(found) and found or nil
end

-- A designation has letters or digits: "C45E", "1.4301". "$355u2" and "S355)2" are S355J2,
-- "6061-16" is an alloy of temper T6.
local function material(text)
  local found = trim(text)
  found = found and found:gsub("^%$(%d)", "S%1"):gsub("^5(%d%d%d[JKNM]%w*)", "S%1")
    :gsub("%f[%d]([1-8]%d%d%d[ -])1([3-9])%f[%D]", "%1T%2")
    :gsub("^(S[1-9]%d5)[uUJ)]d?([R02])%f[%W]", "%1J%2")
  return found and #found:gsub("[^%w]", "") >= 3 and not values.date(found)
    and not found:find "%d ?: ?%d" and found or nil
end

local function surface(text)
  return text:match "R[az]%s*%d+[.,]?%d*" or text:match "N%d+"
end

local function identifier(text)
  local found = trim(text)
  -- A 1 at the end of a number.
  if found and not found:find("[", 1, true) then
    found = found:gsub("%]$", "1")
  end
  if not found or found:find(SHEET_SIZE) or found:find "%d:%d"
    or found:find "%d ?[VO][OF]N? ?%d$" then
    return nil
  end
  return (found:find "%d" or #found >= 3) and found or nil
end

local function words(text)
  local found = trim(text)
  return found and found:find "%a%a" and found or nil
end

local function subtitle(text)
  local found = words(text)
  return found and #found >= 4 and found or nil
end

values.check = {
  title = words, subtitle = subtitle, drawing_number = identifier, revision = revision,
  material = material, scale = scale,
  date = values.date, sheet = sheet, sheet_size = sheet_size, weight = weight,
  general_tolerance = tolerance,
  general_surface_finish = surface, surface_treatment = words, owner = words, department = words,
  creator = person, approver = person, document_type = words,
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
    or folded:find "units?" or folded:find "einheit" or folded:find "^.* in mm$"
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

-- What views are called, folded.
local VIEWS = {
  "^section %w", "^detail %w", "^view %w", "^schnitt %w", "^einzelheit %w", "^ansicht %w",
  "^snitt %w", "^detalj %w", "^vy %w", "^scale ", "^massstab ", "^skala ",
}
-- A view's name is no longer than this, with its scale.
local LONGEST_VIEW = 40

--- Whether a line is the name of a view.
function values.is_view(text)
  local folded = spelling.fold(text)
  for _, pattern in ipairs(#text <= LONGEST_VIEW and VIEWS or {}) do
    if folded:find(pattern) then
      return true
    end
  end
  return false
end

local MATERIALS = {
  "steel", "stahl", "%f[%a]stal%f[%A]", "alumin", "brass", "messing", "massing", "bronze",
  "copper", "kupfer", "koppar", "titan", "nylon", "polyamid", "%f[%a]pla%f[%A]", "%f[%a]abs%f[%A]",
  "%f[%a]pom%f[%A]", "%f[%a]peek%f[%A]", "%f[%a]ptfe%f[%A]", "%f[%a]petg?%f[%A]", "en aw",
  "cast iron", "gusseisen", "gjutjarn", "stainless", "edelstahl", "rostfri", "delrin", "acryl",
  "plywood", "sperrholz", "carbon fib", "rubber", "gummi",
}
-- Designations of standards: material numbers, structural, quenched and alloyed steels, cast iron,
-- American and Swedish numbers, alloys of aluminium and copper.
local DESIGNATIONS = {
  "%f[%w]1%.%d%d%d%d%f[%D]", "%f[%w]S[1-9]%d5[JKNMG]?%w*%f[%W]", "%f[%w]C%d%d[ERG]?%f[%W]",
  "%f[%w]AISI ?%d+", "%f[%w]SAE ?%d+", "%f[%w]ASTM ?%w+", "%f[%w]EN%-G%u", "%f[%w]EN AW",
  "%f[%w]AW%-%d%d%d%d", "%f[%w]X%d+Cr", "%f[%w]%d%dCr%u", "%f[%w]%d%dMn%u", "%f[%w]Cu%u%l",
  "%f[%w]G%u?G%-?%d%d", "%f[%w]St ?%d%d%f[%D]", "%f[%w]SS ?%d%d%d%d%f[%D]",
  "%f[%w][2-7]0%d%d%-T%d", "%f[%w]PA ?6%f[%D]",
}

--- Whether a line names a material.
function values.is_material(text)
  local folded = spelling.fold(text)
  for _, pattern in ipairs(MATERIALS) do
    if folded:find(pattern) then
      return true
    end
  end
  for _, pattern in ipairs(DESIGNATIONS) do
    if text:find(pattern) then
      return true
    end
  end
  return false
end

local ORGANISATIONS = {
  "gmbh", "ltd", "limited", "inc", "corp", "corporation", "university", "universitat",
  "universitet", "initiative", "institute", "institut", "company", "hogskola", "hogskolan",
  "hochschule", "fachhochschule", "laboratory", "laboratories", "labs", "lab", "ag", "ab", "oy",
  "bv", "llc", "kg", "ohg", "foundation", "association", "technologies", "engineering",
  "industries", "group", "maskin", "mekaniska", "maschinenbau", "werke", "college", "tekniska",
  "plc", "sarl", "spa", "aktiebolag", "gesellschaft", "systems",
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
