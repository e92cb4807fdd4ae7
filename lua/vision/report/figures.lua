-- SPDX-License-Identifier: MIT
-- All figures of a time: as a whole, by provider, by model, and by units of time.

local collect = require "vision.report.collect"
local tally = require "vision.report.tally"

local figures = {}

---@class vision.report.Unit
---@field from number
---@field to number
---@field overall vision.report.Tally            without values
---@field providers table<string, vision.report.Tally>

---@class vision.report.Figures
---@field from number
---@field to number
---@field overall vision.report.Tally
---@field providers table<string, vision.report.Tally>
---@field models table<string, vision.report.Tally>  "provider/model", or "provider" where unknown
---@field units vision.report.Unit[]

local function new_unit(from, to)
  return { from = from, to = to, overall = tally.new(), providers = {} }
end

local function group(groups, name, has_values)
  local found = groups[name]
  if not found then
    found = tally.new(has_values)
    groups[name] = found
  end
  return found
end

-- The unit that a time is in; times come in order, mostly.
local function finder(units)
  local at = 1
  return function(time)
    if time < units[at].from then at = 1 end
    while time >= units[at].to and units[at + 1] do at = at + 1 end
    return units[at]
  end
end

local function sink_of(whole)
  local unit_of = finder(whole.units)
  return {
    sums = function(row, time)
      local model = row.model == "" and row.provider or row.provider .. "/" .. row.model
      group(whole.models, model):add(row)
      group(unit_of(time).providers, row.provider):add(row)
    end,
    counts = function(row)
      whole.overall:count(row)
      group(whole.providers, row.provider, true):count(row)
    end,
  }
end

-- What is larger is made of what is smaller: there are far fewer of those than rows.
local function add_up(whole)
  for _, unit in ipairs(whole.units) do
    for name, part in pairs(unit.providers) do
      unit.overall:merge(part)
      group(whole.providers, name, true):merge(part)
    end
    whole.overall:merge(unit.overall)
  end
end

--- Reads them.
---@param storage vision.RecordStorage
---@param wanted vision.report.Wanted
---@return vision.report.Figures|nil
---@return vision.error? err of the storage
function figures.read(storage, wanted)
  local edges = wanted.edges
  local whole = { from = edges[1], to = edges[#edges], overall = tally.new(true), providers = {},
    models = {}, units = {} }
  for i = 1, #edges - 1 do whole.units[i] = new_unit(edges[i], edges[i + 1]) end
  local ok, err = collect.read(storage, wanted, sink_of(whole))
  if not ok then return nil, err end
  add_up(whole)
  return whole
end

--- Longer units made of shorter ones; each edge of theirs is an edge of those.
---@param units vision.report.Unit[]
---@param edges number[]
---@return vision.report.Unit[]
function figures.fold(units, edges)
  local folded, at = { new_unit(edges[1], edges[2]) }, 1
  for _, unit in ipairs(units) do
    while unit.from >= folded[at].to do
      at = at + 1
      folded[at] = new_unit(edges[at], edges[at + 1])
    end
    folded[at].overall:merge(unit.overall)
    for name, part in pairs(unit.providers) do group(folded[at].providers, name):merge(part) end
  end
  for i = at + 1, #edges - 1 do folded[i] = new_unit(edges[i], edges[i + 1]) end
  return folded
end

--- Names of groups: most requests first, then by name.
---@param groups table<string, vision.report.Tally>
---@return string[]
function figures.names(groups)
  local names = {}
  for name in pairs(groups) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    local x, y = groups[a].sums.requests, groups[b].sums.requests
    if x ~= y then return x > y end
    return a < b
  end)
  return names
end

return figures
