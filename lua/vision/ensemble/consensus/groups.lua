-- SPDX-License-Identifier: MIT
-- Which call-outs of several readings are one call-out of the sheet.

local boxes = require "vision.reading.boxes"
local values = require "vision.ensemble.consensus.values"

local groups = {}

-- Less of the smaller box in the other is another place.
local SAME_PLACE = 0.3

-- From here on a call-out that one reader alone has is another's, misread.
local MISREAD = 0.6

---@class vision.ConsensusItem
---@field reader integer    who read it
---@field callout table
---@field value vision.ConsensusValue

---@class vision.ConsensusGroup
---@field value vision.ConsensusValue
---@field items vision.ConsensusItem[]          by whom it was read so, one each
---@field by_reader table<integer, vision.ConsensusItem>
---@field dissent vision.ConsensusGroup[]?      how others read it

-- Whether two may be the same by where they are; nil where nobody knows.
local function same_place(a, b)
  if (a.page or 1) ~= (b.page or 1) then return false end
  if not a.box or not b.box then return nil end
  return boxes.shared(a.box, b.box) >= SAME_PLACE
end

-- Of the groups of its value, the one at its place; else one that nothing speaks against.
local function place_in(list, item)
  local possible
  for _, group in ipairs(list) do
    if not group.by_reader[item.reader] then
      local verdict
      for _, other in ipairs(group.items) do
        local same = same_place(other.callout, item.callout)
        if same ~= nil then verdict = same end
        if same == false then break end
      end
      if verdict == true then return group end
      if verdict == nil then possible = possible or group end
    end
  end
  return possible
end

local function add(group, item)
  table.insert(group.items, item)
  group.by_reader[item.reader] = item
end

-- The same value at the same place, as often as any reader has it.
local function by_value(readings)
  local list, by_key = {}, {}
  for reader, reading in ipairs(readings) do
    for _, callout in ipairs(reading.drawing.callouts) do
      local item = { reader = reader, callout = callout, value = values.of(callout) }
      local same = by_key[item.value.key] or {}
      by_key[item.value.key] = same
      local group = place_in(same, item)
      if not group then
        group = { value = item.value, items = {}, by_reader = {} }
        same[#same + 1], list[#list + 1] = group, group
      end
      add(group, item)
    end
  end
  return list
end

-- How well a group of one reader fits into another as its misreading.
local function fits(lone, group)
  local item = lone.items[1]
  if group.by_reader[item.reader] or group.taken and group.taken[item.reader] then return 0 end
  for _, other in ipairs(group.items) do
    local same = same_place(other.callout, item.callout)
    if same then return 1 elseif same == false then return 0 end
  end
  return values.similar(lone.value, group.value)
end

local function better_home(lone, list)
  local best, most = nil, MISREAD
  for _, group in ipairs(list) do
    -- Of two lone ones the earlier is the home: the order of the readings decides, not chance.
    if group ~= lone and not group.moved and (#group.items > 1 or group.place < lone.place) then
      local fit = fits(lone, group)
      if fit > most then best, most = group, fit end
    end
  end
  return best
end

-- What one reader alone has goes to the one it is a misreading of, as dissent.
local function gather_dissent(list)
  for place, group in ipairs(list) do group.place = place end
  for _, lone in ipairs(list) do
    local home = #lone.items == 1 and not lone.dissent and better_home(lone, list)
    if home then
      lone.moved = true
      home.taken = home.taken or {}
      home.taken[lone.items[1].reader] = true
      home.dissent = home.dissent or {}
      table.insert(home.dissent, lone)
    end
  end
  local kept = {}
  for _, group in ipairs(list) do
    if not group.moved then kept[#kept + 1] = group end
  end
  return kept
end

--- The call-outs of the sheet, in the order in which the first reader that has them gives them.
---@param readings { drawing: table }[]  each with call-outs
---@return vision.ConsensusGroup[]
function groups.of(readings)
  return gather_dissent(by_value(readings))
end

return groups
