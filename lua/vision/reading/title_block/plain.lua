-- SPDX-License-Identifier: MIT
-- Title blocks whose cells have no labels, or whose labels were not read: the lettering and the
-- wording of the lines tell what they are.
local general_tolerance = require "vision.reading.general_tolerance"
local lines = require "vision.reading.lines"
local spelling = require "vision.reading.spelling"
local task = require "vision.base.task"
local values = require "vision.reading.title_block.values"

local plain = {}

local function scale_in(text)
  local folded = spelling.fold(text)
  for _, word in ipairs { "scale", "massstab", "masstab", "skala" } do
    local found = folded:match("%f[%a]" .. word .. "%A-(%d+[.,]?%d* ?: ?%d+[.,]?%d*)")
    if found then
      return (found:gsub(" ", ""))
    end
  end
end

local function tolerance_in(text)
  return general_tolerance.text(general_tolerance.read { text })
end

local READERS = {
  scale = scale_in,
  general_tolerance = tolerance_in,
  date = values.date,
  sheet_size = function(text)
    return text:match "%f[%w](A[0-4])%f[%W]"
  end,
  units = function(text)
    return (values.units(text))
  end,
  material = function(text)
    return values.is_material(text) and values.check.material(text) or nil
  end,
  owner = function(text)
    return values.is_organisation(text) and text or nil
  end,
}

local function read_lines(block)
  local fields, found = {}, 0
  for index, segment in ipairs(block) do
    task.breathe()
    for field, read in pairs(READERS) do
      if not fields[field] and not (index == 1 and (field == "material" or field == "owner")) then
        fields[field] = read(segment.text)
      end
    end
  end
  for _ in pairs(fields) do
    found = found + 1
  end
  return fields, found
end

local function without_date(text, date)
  if date then
    local at = text:find(date, 1, true)
    if at then
      text = text:sub(1, at - 1)
    end
  end
  return (text:gsub("[%s/,;-]+$", ""))
end

-- The last line that says nothing else and is no address.
local function unread_name(block)
  for index = #block, 2, -1 do
    local text = block[index].text
    local says = text:find "[%d@:]" or text:find "www%."
    for _, read in pairs(READERS) do
      says = says or read(text)
    end
    if not says and text:find "%a%a%a" then
      return text
    end
  end
end

-- Fewer facts than this, and the paragraph is a note.
local FEWEST = 3

--- Reads the paragraph that serves a sheet as its title block.
---@param list table[][]  Paragraphs.
---@return table fields  Empty when no paragraph does.
---@return number[]|nil region
function plain.read(list)
  local best, best_fields, most = nil, {}, FEWEST - 1
  for _, block in ipairs(list) do
    local fields, found = read_lines(block)
    if (fields.scale or fields.units) and found > most then
      best, best_fields, most = block, fields, found
    end
  end
  if not best then
    return {}, nil
  end
  best_fields.title = without_date(best[1].text, best_fields.date)
  best_fields.owner = best_fields.owner or unread_name(best)
  local region
  for _, segment in ipairs(best) do
    region = region and lines.union(region, segment.box) or segment.box
  end
  return best_fields, region
end

return plain
