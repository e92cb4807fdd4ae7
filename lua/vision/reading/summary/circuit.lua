-- SPDX-License-Identifier: MIT
-- A circuit diagram in sentences: its parts with their values, its terminals and its nets.
local circuit = {}

-- Designators in the order of their first place; a part that is drawn in pieces is one part.
local function gather(items)
  local parts, terminals, nets = {}, {}, {}
  local function once(list, key, make)
    if not list[key] then
      list[key] = make()
      list[#list + 1] = list[key]
    end
    return list[key]
  end
  for _, item in ipairs(items or {}) do
    if item.kind == "part" then
      local part = once(parts, item.designator, function() return { item = item } end)
      part.value = part.value or item.value
    elseif item.kind == "terminal" then
      local strip = once(terminals, item.designator, function() return { item = item } end)
      once(strip, item.terminal, function() return item.terminal end)
    elseif item.kind == "net" then
      once(nets, item.name, function() return item.name end)
    end
  end
  return parts, terminals, nets
end

local function part_text(part)
  return part.item.designator .. (part.value and " " .. part.value or "")
end

local function joined(list, text_of)
  local texts = {}
  for index, one in ipairs(list) do
    texts[index] = text_of and text_of(one) or one
  end
  return table.concat(texts, ", ")
end

--- What is on the sheet, after its name.
---@param drawing table
---@return string
function circuit.sentence(drawing)
  local parts, terminals, nets = gather(drawing.items)
  local sentences = {}
  if #parts > 0 then
    sentences[1] = (" with %d part%s: %s."):format(#parts, #parts == 1 and "" or "s",
      joined(parts, part_text))
  end
  if #terminals > 0 then
    sentences[#sentences + 1] = (" Terminals of %s."):format(joined(terminals, part_text))
  end
  if #nets > 0 then
    sentences[#sentences + 1] = (" Nets: %s."):format(joined(nets))
  end
  local text = table.concat(sentences)
  return #parts == 0 and text ~= "" and "." .. text or text
end

--- One line a part, a terminal strip, and the nets.
---@param drawing table
---@return string[]
function circuit.details(drawing)
  local details = {}
  local parts, terminals, nets = gather(drawing.items)
  for _, part in ipairs(parts) do
    details[#details + 1] = ("%s: %s%s"):format(part.item.designator, part.item.class,
      part.value and ", " .. part.value or "")
  end
  for _, strip in ipairs(terminals) do
    details[#details + 1] = ("%s: terminals %s"):format(strip.item.designator, joined(strip))
  end
  if #nets > 0 then
    details[#details + 1] = "Nets: " .. joined(nets)
  end
  return details
end

return circuit
