-- SPDX-License-Identifier: MIT
-- The steps of a flow chart in reading order: terminators, steps, decisions and the branches that
-- leave them. Only text and its places are known here, no lines: a branch leads to the box that
-- its label stands before, and nothing is said where there is none.
local blocks = require "vision.reading.blocks"
local spelling = require "vision.reading.spelling"

local steps = {}

local function set(words)
  local out = {}
  for word in words:gmatch "%S+" do
    out[word] = true
  end
  return out
end

local BRANCHES = set "yes no ja nein nej true false ok wahr falsch sant falskt"
local ENDS = set "start end stop begin finish beginn ende anfang slut stopp"

local function plain(text)
  return (spelling.fold(text):gsub("[^%w ]", ""):gsub("^ +", ""):gsub(" +$", ""))
end

--- What a box of a chart with this text is.
---@param text string
---@return "branch"|"decision"|"terminator"|"step"|nil  nil: no word, an arrow head or ink
function steps.kind(text)
  local word = plain(text)
  if BRANCHES[word] then
    return "branch"
  elseif ENDS[word] then
    return "terminator"
  elseif not text:find "%a%a" then
    return nil
  elseif text:find "%?[%s\"')]*$" then
    return "decision"
  end
  return "step"
end

-- The engine must be surer of a step than of a dictionary's word, and surer still of one that is no
-- word at all: arrow heads come out as two letters.
local LEAST_SURE, LEAST_SURE_SHORT = 0.5, 0.8

local function box_item(block)
  local text, sure = blocks.text(block), blocks.confidence(block)
  local kind = steps.kind(text)
  local least = text:find "%a%a%a" and LEAST_SURE or LEAST_SURE_SHORT
  if not kind or kind == "step" and sure < least then
    return nil
  end
  return { kind = kind, text = text, box = blocks.box(block), page = block[1].page,
    confidence = sure, first = block[1] }
end

-- A column of the chart is what stands over and under a decision.
local function overlap(a, b, axis)
  local from = math.max(a[axis], b[axis])
  local to = math.min(a[axis] + a[axis + 2], b[axis] + b[axis + 2])
  return (to - from) / math.max(1, math.min(a[axis + 2], b[axis + 2]))
end

local ALIGNED = 0.3

local function in_column(item, decisions)
  for _, one in ipairs(decisions) do
    if overlap(item.box, one.box, 1) > ALIGNED then
      return true
    end
  end
  return #decisions == 0
end

local function in_row(item, decisions)
  for _, one in ipairs(decisions) do
    if overlap(item.box, one.box, 2) > ALIGNED then
      return true
    end
  end
  return false
end

-- In heights of the lettering: how far the text of a legend may stand under its heading.
local UNDER_HEADING = 3

local function has_heading(item)
  return item.first.text:find ":%s*$" ~= nil
end

-- Legends stand beside the chart under headings of their own; they and what is far from any
-- decision are no steps.
local function mark_legends(items, decisions)
  local above = {}
  for _, item in ipairs(items) do
    if item.kind == "step" and not in_column(item, decisions) then
      local legend = has_heading(item) or not in_row(item, decisions)
      for _, heading in ipairs(above) do
        local gap = item.box[2] - heading.box[2] - heading.box[4]
        legend = legend or gap < UNDER_HEADING * item.first.height
          and overlap(item.box, heading.box, 1) > ALIGNED
      end
      if legend then
        item.kind = "text"
        above[#above + 1] = item
      end
    end
  end
end

local function centre(box)
  return box[1] + box[3] / 2, box[2] + box[4] / 2
end

local function far(a, b)
  local ax, ay = centre(a)
  local bx, by = centre(b)
  return (ax - bx) ^ 2 + (ay - by) ^ 2
end

local function nearest(item, list, accept)
  local best, least
  for _, one in ipairs(list) do
    local gap = accept(one) and far(item.box, one.box)
    if gap and (not least or gap < least) then
      best, least = one, gap
    end
  end
  return best
end

local function is_box(item)
  return item.kind == "step" or item.kind == "decision" or item.kind == "terminator"
end

-- The box that a label stands before: under it where it stands under its decision, else beside it.
local function target(branch, from, items)
  local under = branch.box[2] > from.box[2] + from.box[4] / 2
    and overlap(branch.box, from.box, 1) > 0
  local left = branch.box[1] < from.box[1]
  return nearest(branch, items, function(one)
    if not is_box(one) or one == from then
      return false
    elseif under then
      return one.box[2] > branch.box[2] and overlap(one.box, from.box, 1) > ALIGNED
    end
    return overlap(one.box, from.box, 2) > 0 and (one.box[1] < branch.box[1]) == left
  end)
end

local function number(items)
  local count = 0
  for _, item in ipairs(items) do
    if is_box(item) then
      count = count + 1
      item.number = count
    end
  end
end

local function is_capital(item)
  return item.text:find "%u%u" ~= nil and not item.text:find "%l"
end

-- A chart's name stands over it in capitals, where its boxes have none.
local function mark_title(items)
  local capitals, others, first = 0, 0, items[1]
  for _, item in ipairs(items) do
    local capital = is_capital(item)
    capitals, others = capitals + (capital and 1 or 0), others + (capital and 0 or 1)
  end
  if first and first.kind == "step" and is_capital(first) and capitals * 4 <= others then
    first.kind = "title"
  end
end

local function connect(items)
  for _, item in ipairs(items) do
    if item.kind == "branch" then
      local from = nearest(item, items, function(one)
        return one.kind == "decision"
      end)
      local to = from and target(item, from, items)
      item.from, item.to = from and from.number, to and to.number
    end
  end
end

-- Arrow heads and scraps of lines would join the box over them.
local function with_words(segments)
  local list = {}
  for _, segment in ipairs(segments) do
    list[#list + 1] = steps.kind(segment.text) and segment or nil
  end
  return list
end

-- More boxes than any chart has, and fewer than would make the search for neighbours slow.
local MOST_BOXES = 500

--- The boxes of a chart in reading order.
---@param segments table[]  From top to bottom.
---@return table[] items  { kind = "step"|"decision"|"terminator", number, text, … },
---  { kind = "branch", text, from?, to?, … } (numbers of boxes), { kind = "title"|"text", … }
---@return table<table, true> used  Segments that went into them.
function steps.read(segments)
  local items, used, decisions = {}, {}, {}
  for _, block in ipairs(blocks.group(with_words(segments))) do
    local item = #items < MOST_BOXES and box_item(block)
    for _, segment in ipairs(item and block or {}) do
      used[segment] = true
    end
    items[#items + 1] = item or nil
    decisions[#decisions + 1] = item and item.kind == "decision" and item or nil
  end
  mark_title(items)
  mark_legends(items, decisions)
  number(items)
  connect(items)
  for _, item in ipairs(items) do
    item.first = nil
  end
  return items, used
end

return steps
