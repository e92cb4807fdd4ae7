-- SPDX-License-Identifier: MIT
-- A floor plan in sentences: its rooms and their areas.
local plan = {}

local function rooms_of(drawing)
  local list = {}
  for _, item in ipairs(drawing.items or {}) do
    list[#list + 1] = item.kind == "room" and item or nil
  end
  return list
end

local function area(room)
  return room.area and ("%g %s"):format(room.area, room.unit)
end

-- What all areas of one unit add up to, and how many rooms have one.
local function total(rooms)
  local sum, count, unit = 0, 0, nil
  for _, room in ipairs(rooms) do
    if room.area and (room.unit == unit or not unit) then
      sum, count, unit = sum + room.area, count + 1, room.unit
    end
  end
  return sum, count, unit
end

--- What is on the sheet, after its name.
---@param drawing table
---@return string
function plan.sentence(drawing)
  local rooms, names = rooms_of(drawing), {}
  if #rooms == 0 then
    return ""
  end
  for index, room in ipairs(rooms) do
    names[index] = room.name .. (area(room) and " " .. area(room) or "")
  end
  local text = (" with %d room%s: %s."):format(#rooms, #rooms == 1 and "" or "s",
    table.concat(names, ", "))
  local sum, count, unit = total(rooms)
  if count > 1 then
    text = ("%s The %d areas that are given add up to %g %s."):format(text, count, sum, unit)
  end
  return text
end

--- One line a room.
---@param drawing table
---@return string[]
function plan.details(drawing)
  local details = {}
  for index, room in ipairs(rooms_of(drawing)) do
    local use = room.use ~= "room" and (" (%s)"):format(room.use) or ""
    local facts = {}
    facts[#facts + 1] = area(room)
    facts[#facts + 1] = room.size
    details[index] = room.name .. use
      .. (#facts > 0 and ": " .. table.concat(facts, ", ") or "")
  end
  return details
end

return plan
