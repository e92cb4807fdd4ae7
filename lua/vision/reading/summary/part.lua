-- SPDX-License-Identifier: MIT
-- A drawing of a part in sentences: its call-outs, largest sizes, tightest tolerance, threads and
-- finish, what the sheet lacks and what was read with doubt.
local fits = require "vision.reading.checks.fits"

local part = {}

local NAMES = {
  { "diameter", "diameter", "diameters" }, { "length", "length", "lengths" },
  { "radius", "radius", "radii" }, { "angle", "angle", "angles" },
  { "thread", "thread", "threads" }, { "chamfer", "chamfer", "chamfers" },
  { "counterbore", "counterbore", "counterbores" },
  { "countersink", "countersink", "countersinks" }, { "depth", "depth", "depths" },
  { "taper", "taper", "tapers" }, { "slope", "slope", "slopes" }, { "fit", "fit", "fits" },
  { "surface_finish", "surface finish", "surface finishes" },
  { "frame", "geometric tolerance", "geometric tolerances" },
}

local function inventory(callouts)
  local count, list = {}, {}
  for _, callout in ipairs(callouts) do
    count[callout.type] = (count[callout.type] or 0) + 1
  end
  for _, name in ipairs(NAMES) do
    local number = count[name[1]]
    if number then
      list[#list + 1] = number .. " " .. (number == 1 and name[2] or name[3])
    end
  end
  return table.concat(list, ", ")
end

local function size_of(callout)
  return callout.limits and callout.limits.upper or callout.nominal
end

-- Below this a call-out is more likely wrong than a person would expect of a list.
local DOUBT = 0.5

-- What may be wrong is listed, but nothing is said of the part by it.
local function is_believed(callout)
  return not callout.warnings and (callout.confidence or 1) >= DOUBT
end

-- References repeat a size, and a pitch circle is no edge; both may still be the largest number.
local function largest(callouts, name)
  local best, most
  for _, callout in ipairs(callouts) do
    local size = callout.type == name and not callout.pitch_circle and is_believed(callout)
      and size_of(callout)
    if size and (not most or size > most) then
      best, most = callout, size
    end
  end
  return best
end

local function with_unit(callout)
  local text = ("%.4f"):format(size_of(callout)):gsub("0+$", ""):gsub("%.$", "")
  return text .. (callout.unit and " " .. callout.unit or "")
end

local MM_PER_INCH = 25.4

-- Of a fit only the standard knows how wide it is, and nearly is enough here.
local function fit_width(callout)
  local unit = callout.unit == "inch" and MM_PER_INCH or 1
  local width = fits.width(callout.fit, callout.nominal * unit)
  return width and width / unit
end

-- How wide a call-out's tolerance is, in the unit of its size.
local function width_of(callout)
  if callout.type == "angle" then
    return nil
  elseif callout.upper and callout.lower then
    return callout.upper - callout.lower
  elseif callout.limits then
    return callout.limits.upper - callout.limits.lower
  end
  return callout.fit and callout.nominal and fit_width(callout)
end

local function tightest(callouts)
  local best, least
  for _, callout in ipairs(callouts) do
    local width = is_believed(callout) and width_of(callout)
    if width and width > 0 and (not least or width < least) then
      best, least = callout, width
    end
  end
  return best
end

local function texts_of(callouts, name)
  local list, seen = {}, {}
  for _, callout in ipairs(callouts) do
    if callout.type == name and not seen[callout.text] then
      seen[callout.text] = true
      list[#list + 1] = callout.text
    end
  end
  return table.concat(list, "; ")
end

--- What a person should look at again.
---@param callouts table[]
---@return { at: integer, why: string }[]  at: index of the call-out
function part.doubts(callouts)
  local list = {}
  for i, callout in ipairs(callouts) do
    local warnings = callout.warnings or {}
    if #warnings > 0 then
      list[#list + 1] = { at = i, why = table.concat(warnings, ", ") }
    elseif (callout.confidence or 1) < DOUBT then
      list[#list + 1] = { at = i, why = "hard to read" }
    end
  end
  return list
end

local function doubtful(callouts)
  local list = {}
  for i, doubt in ipairs(part.doubts(callouts)) do
    list[i] = ("%s (%s)"):format(callouts[doubt.at].text, doubt.why)
  end
  return list
end

-- The facts of a part, each { label, value }; absent ones are left out.
local function facts_of(drawing)
  local callouts, block, facts = drawing.callouts, drawing.title_block, {}
  local function add(label, value)
    if value and value ~= "" then
      facts[#facts + 1] = { label, value }
    end
  end
  local diameter, length = largest(callouts, "diameter"), largest(callouts, "length")
  local fine = tightest(callouts)
  add("Main diameter", diameter and with_unit(diameter))
  add("Largest length", length and with_unit(length))
  add("Threads", texts_of(callouts, "thread"))
  add("Geometric tolerances", texts_of(callouts, "frame"))
  add("Surface finishes", texts_of(callouts, "surface_finish"))
  add("Tightest tolerance", fine and fine.text)
  add("Title", block.title)
  add("Material", block.material)
  add("General tolerance", block.general_tolerance)
  add("Scale", block.scale)
  add("Surface finish", block.general_surface_finish)
  add("Treatment", block.surface_treatment)
  add("Revision", block.revision)
  add("Doubtful", table.concat(doubtful(callouts), "; "))
  return facts
end

local IN_SENTENCE = { ["Main diameter"] = true, ["Largest length"] = true, Threads = true,
  ["Tightest tolerance"] = true, ["General tolerance"] = true, ["Surface finish"] = true }

-- What was not found on the sheet, and how much a person should look at again.
local function gaps(drawing)
  local text, doubts = "", #doubtful(drawing.callouts)
  if drawing.missing and #drawing.missing > 0 then
    text = (" Not found on the sheet: %s."):format(table.concat(drawing.missing, ", "))
  end
  if doubts > 0 then
    text = ("%s %d call-out%s should be checked."):format(text, doubts, doubts == 1 and "" or "s")
  end
  return text
end

--- What is on the sheet, after its name.
---@param drawing table
---@return string
function part.sentence(drawing)
  local count = #drawing.callouts
  if count == 0 then
    return ""
  end
  local text = (" with %d call-out%s: %s."):format(count, count == 1 and "" or "s",
    inventory(drawing.callouts))
  for _, fact in ipairs(facts_of(drawing)) do
    if IN_SENTENCE[fact[1]] then
      text = ("%s %s: %s."):format(text, fact[1], fact[2])
    end
  end
  return text .. gaps(drawing)
end

--- The facts one by one.
---@param drawing table
---@return string[]
function part.details(drawing)
  local details = {}
  for index, fact in ipairs(facts_of(drawing)) do
    details[index] = fact[1] .. ": " .. fact[2]
  end
  return details
end

return part
