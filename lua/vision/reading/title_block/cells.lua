-- SPDX-License-Identifier: MIT
-- The cells of a title block, rebuilt from where its labels stand: a cell reaches from its label to
-- the next label on the right and the next one below. Each paragraph then belongs to one label, the
-- nearest that can hold what it says.
local blocks = require "vision.reading.blocks"
local task = require "vision.base.task"
local values = require "vision.reading.title_block.values"

local cells = {}

-- In heights of the label's lettering.
local SAME_ROW = 2.5
local OUTDENT = 2
-- How far from a label that is no field its own value stands at most.
local NEAR = 2.5
-- A value stands behind its label in the same row more readily than far below it.
local ASIDE = 0.4
-- Lettering this much lower than the title's is a subtitle.
local SMALLER = 0.82
-- Cells stand closer than paragraphs do, so lines of one are of one lettering.
local LIKE_HEIGHT = 1.3

--- Whether a box has its middle in a region.
function cells.inside(region, box)
  local x, y = box[1] + box[3] / 2, box[2] + box[4] / 2
  return x >= region[1] and x <= region[1] + region[3]
    and y >= region[2] and y <= region[2] + region[4]
end

--- The gaps between two boxes.
function cells.apart(a, b)
  local x = math.max(a[1], b[1]) - math.min(a[1] + a[3], b[1] + b[3])
  local y = math.max(a[2], b[2]) - math.min(a[2] + a[4], b[2] + b[4])
  return math.max(0, x), math.max(0, y)
end

local function right_of(label, cluster, region)
  local box, height = label.box, label.segment.height
  local right = region[1] + region[3]
  for _, other in ipairs(cluster) do
    if other ~= label and other.box[1] >= box[1] + 0.6 * box[3]
      and math.abs(other.box[2] - box[2]) < SAME_ROW * height then
      right = math.min(right, other.box[1] - 0.3 * height)
    end
  end
  return right
end

local function bottom_of(label, right, cluster, region)
  local box, bottom = label.box, region[2] + region[4]
  for _, other in ipairs(cluster) do
    local reach = math.min(other.box[1] + other.box[3], right) - math.max(other.box[1], box[1])
    if other ~= label and other.box[2] > box[2] + box[4] * 0.8 and reach > 0 then
      bottom = math.min(bottom, other.box[2])
    end
  end
  return bottom
end

local function lay_out(cluster, region)
  for _, label in ipairs(cluster) do
    local right, height = right_of(label, cluster, region), label.segment.height
    local x, y = label.box[1] - OUTDENT * height, label.box[2] - 0.5 * height
    label.cell = { x, y, right - x, bottom_of(label, right, cluster, region) - y }
  end
end

local function distance(a, b)
  local x, y = cells.apart(a, b)
  return ASIDE * x + y
end

-- What a label makes of a paragraph, or nothing. A label that is no field holds whatever stands
-- close to it.
local function value_for(label, paragraph, away)
  if label.field then
    return values.check[label.field](paragraph.text)
  end
  local close = away < NEAR * label.segment.height
  return close and not values.is_organisation(paragraph.text) and paragraph.text or nil
end

local function nearest_label(paragraph, cluster)
  local best, least, value = nil, math.huge, nil
  for _, label in ipairs(cluster) do
    local away = distance(label.box, paragraph.box)
    if away < least and cells.inside(label.cell, paragraph.box) then
      local found = value_for(label, paragraph, away)
      if found then
        best, least, value = label, away, found
      end
    end
  end
  return best, value, least
end

-- The label nearest to a segment, of those whose cells it stands in; 0: none.
local function place_of(segment, cluster)
  local place, least = 0, math.huge
  for index, label in ipairs(cluster) do
    local away = distance(label.box, segment.box)
    if away < least and cells.inside(label.cell, segment.box) then
      place, least = index, away
    end
  end
  return place
end

-- Lines of one paragraph stand by the same label.
local function paragraphs_of(segments, cluster)
  local places, order, list = {}, {}, {}
  for _, segment in ipairs(segments) do
    local place = place_of(segment, cluster)
    if not places[place] then
      places[place] = {}
      order[#order + 1] = place
    end
    table.insert(places[place], segment)
  end
  for _, place in ipairs(order) do
    for _, group in ipairs(blocks.group(places[place], LIKE_HEIGHT)) do
      list[#list + 1] = { segments = group, box = group[1].box, text = blocks.text(group) }
    end
  end
  return list
end

-- A title is the paragraph's large lettering; what is smaller below it is the subtitle.
local function cut_title(paragraph)
  local list, last = paragraph.segments, 1
  local least = SMALLER * blocks.lettering(list[1])
  while list[last + 1] and blocks.lettering(list[last + 1]) >= least do
    last = last + 1
  end
  local first, rest = {}, {}
  for index, segment in ipairs(list) do
    table.insert(index <= last and first or rest, segment)
  end
  return blocks.text(first), #rest > 0 and blocks.text(rest) or nil
end

local function give(fields, label, claims, sure)
  local first = claims[1]
  if label.field == "title" then
    local rest
    fields.title, rest = cut_title(first.paragraph)
    fields.subtitle = rest and values.check.subtitle(rest)
    local second = claims[2]
    if not fields.subtitle and second
      and blocks.lettering(second.paragraph.segments[1])
        < SMALLER * blocks.lettering(first.paragraph.segments[1]) then
      fields.subtitle = second.paragraph.text
      second.paragraph.used = true
    end
  else
    fields[label.field] = first.value
  end
  sure[label.field] = blocks.confidence(first.paragraph.segments)
  first.paragraph.used = true
end

-- "1", "OF" and "1" come apart where a rule runs close to them.
local function join_sheet(claims)
  local texts = {}
  for index, claim in ipairs(claims) do
    texts[index] = claim.paragraph.text
  end
  local whole = values.check.sheet(table.concat(texts, " "))
  return whole and whole:find "%D" and whole or nil
end

local function claims_of(cluster, paragraphs)
  local claims = {}
  for _, paragraph in ipairs(paragraphs) do
    task.breathe()
    local label, value, away = nearest_label(paragraph, cluster)
    if label then
      claims[label] = claims[label] or {}
      table.insert(claims[label], { paragraph = paragraph, value = value, away = away })
    end
  end
  for _, list in pairs(claims) do
    table.sort(list, function(a, b)
      return a.away < b.away
    end)
  end
  return claims
end

--- Reads the cells of a block.
---@param cluster table[]   The block's labels, with `segment` and `box`, and `own`, the segment
---  that their `rest` stands in.
---@param region number[]
---@param segments table[]  What stands in the block and is no label.
---@return table fields
---@return table[] open  Paragraphs that no field took: { text, box, segments }.
---@return table<string, number> sure  The confidence of each field.
function cells.read(cluster, region, segments)
  local fields, open, sure = {}, {}, {}
  lay_out(cluster, region)
  local paragraphs = paragraphs_of(segments, cluster)
  local claims = claims_of(cluster, paragraphs)
  for _, label in ipairs(cluster) do
    local list = claims[label]
    if label.field and not fields[label.field] then
      fields[label.field] = label.rest ~= "" and values.check[label.field](label.rest) or nil
      if fields[label.field] then
        sure[label.field] = label.own.confidence
      elseif list then
        give(fields, label, list, sure)
      end
      if label.field == "sheet" and list and #list > 1 then
        fields.sheet = join_sheet(list) or fields.sheet
      end
    elseif list and not label.field then
      list[1].paragraph.used = true
    end
  end
  for _, paragraph in ipairs(paragraphs) do
    open[#open + 1] = not paragraph.used and paragraph or nil
  end
  return fields, open, sure
end

return cells
