-- SPDX-License-Identifier: MIT
-- What was read, in plain sentences. Each says only what a field or a call-out holds.
local summary = {}

local PLURAL = { length = "lengths", diameter = "diameters", radius = "radii", angle = "angles",
  thread = "threads",
  chamfer = "chamfers", surface_finish = "surface finishes", frame = "geometric tolerances",
  depth = "depths",
  counterbore = "counterbores", countersink = "countersinks" }
local SINGULAR = { length = "length", radius = "radius", surface_finish = "surface finish",
  frame = "geometric tolerance" }
local ORDER = {
  "diameter", "length", "radius", "angle", "thread", "chamfer", "counterbore", "countersink",
  "depth", "surface_finish", "frame",
}
local KIND = { mechanical = "Mechanical drawing", architectural = "Architectural drawing",
  circuit = "Circuit diagram",
  flowchart = "Flow chart" }

local function count_types(callouts)
  local count = {}
  for _, callout in ipairs(callouts) do
    count[callout.type] = (count[callout.type] or 0) + 1
  end
  return count
end

local function inventory(callouts)
  local count, parts = count_types(callouts), {}
  for _, name in ipairs(ORDER) do
    if count[name] then
      local word = count[name] == 1 and (SINGULAR[name] or name) or PLURAL[name]
      parts[#parts + 1] = count[name] .. " " .. word
    end
  end
  return table.concat(parts, ", ")
end

local function head(drawing)
  local block = drawing.title_block
  local text = KIND[drawing.kind] or "Drawing"
  if block.title then
    text = text .. (' "%s"'):format(block.title)
  end
  local facts = {}
  if block.drawing_number then
    facts[#facts + 1] = "number " .. block.drawing_number
  end
  if block.material then
    facts[#facts + 1] = block.material
  end
  if block.scale then
    facts[#facts + 1] = "scale " .. block.scale
  end
  return text .. (#facts > 0 and " (" .. table.concat(facts, ", ") .. ")" or "")
end

local function counted(number, name)
  return number .. " " .. name .. (number == 1 and "" or "s")
end

--- One paragraph about the sheet.
---@param drawing table  The reading's `drawing`.
---@return string
function summary.sentence(drawing)
  local text = head(drawing)
  if #drawing.callouts > 0 then
    return ("%s with %s: %s."):format(text, counted(#drawing.callouts, "call-out"),
      inventory(drawing.callouts))
  end
  if drawing.text and #drawing.text > 0 then
    return ("%s with %s of text and no call-outs."):format(text, counted(#drawing.text, "line"))
  end
  return text .. "; no text was found on it."
end

local function largest(callouts, name)
  local best
  for _, callout in ipairs(callouts) do
    local size = callout.type == name and callout.nominal
    if size and (not best or size > best.nominal) then
      best = callout
    end
  end
  return best
end

local function number(value)
  return (("%.4f"):format(value):gsub("0+$", ""):gsub("%.$", ""))
end

local function with_unit(value, unit)
  return number(value) .. (unit and " " .. unit or "")
end

local function band(callout)
  if callout.upper and callout.lower then
    return callout.upper - callout.lower
  elseif callout.limits then
    return callout.limits.upper - callout.limits.lower
  end
end

local function tightest(callouts)
  local best, width
  for _, callout in ipairs(callouts) do
    local own = callout.type ~= "angle" and band(callout) or nil
    if own and own > 0 and (not width or own < width) then
      best, width = callout, own
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
  return list
end

local function add_callouts(details, callouts)
  local diameter, length = largest(callouts, "diameter"), largest(callouts, "length")
  if diameter then
    details[#details + 1] = "Main diameter: " .. with_unit(diameter.nominal, diameter.unit)
  end
  if length then
    details[#details + 1] = "Largest length: " .. with_unit(length.nominal, length.unit)
  end
  for _, group in ipairs { {
    "thread", "Threads",
  }, { "frame", "Geometric tolerances" }, { "surface_finish", "Surface finishes" } } do
    local list = texts_of(callouts, group[1])
    if #list > 0 then
      details[#details + 1] = group[2] .. ": " .. table.concat(list, "; ")
    end
  end
  local fine = tightest(callouts)
  if fine then
    details[#details + 1] = "Tightest tolerance: " .. fine.text
  end
end

local FIELDS = {
  { "title", "Title" }, { "material", "Material" },
  { "general_tolerance", "General tolerance" }, { "scale", "Scale" },
  { "general_surface_finish", "Surface finish" }, { "revision", "Revision" },
}

--- Facts one by one: what was seen. Notes, and what is missing, stand in the drawing itself.
---@param drawing table
---@return string[]
function summary.details(drawing)
  local details = {}
  add_callouts(details, drawing.callouts)
  for _, field in ipairs(FIELDS) do
    local value = drawing.title_block[field[1]]
    if value then
      details[#details + 1] = field[2] .. ": " .. value
    end
  end
  return details
end

return summary
