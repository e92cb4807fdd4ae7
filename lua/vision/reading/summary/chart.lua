-- SPDX-License-Identifier: MIT
-- A flow chart in sentences: its steps and decisions in order, and where branches lead.
local chart = {}

local function boxes_of(drawing)
  local list = {}
  for _, item in ipairs(drawing.items or {}) do
    list[#list + 1] = item.number and item or nil
  end
  return list
end

local function count(list, kind)
  local number = 0
  for _, item in ipairs(list) do
    number = number + (item.kind == kind and 1 or 0)
  end
  return ("%d %s%s"):format(number, kind, number == 1 and "" or "s")
end

--- What is on the sheet, after its name.
---@param drawing table
---@return string
function chart.sentence(drawing)
  local list = boxes_of(drawing)
  if #list == 0 then
    return ""
  end
  return (' with %s and %s, from "%s" to "%s".'):format(count(list, "step"),
    count(list, "decision"), list[1].text, list[#list].text)
end

local function branches(drawing, number)
  local texts = {}
  for _, item in ipairs(drawing.items) do
    if item.kind == "branch" and item.from == number then
      texts[#texts + 1] = item.text .. (item.to and (" to %d"):format(item.to) or "")
    end
  end
  return #texts > 0 and " " .. table.concat(texts, "; ") or ""
end

--- One line a box.
---@param drawing table
---@return string[]
function chart.details(drawing)
  local details = {}
  for index, item in ipairs(boxes_of(drawing)) do
    details[index] = ("%d. %s%s"):format(item.number, item.text, branches(drawing, item.number))
  end
  return details
end

return chart
