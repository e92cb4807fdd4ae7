-- SPDX-License-Identifier: MIT
-- Reads a period out of a storage: from its rollups, and record by record where those have no
-- figures: with tags, and at edges that are not whole quarters of an hour (of counts: hours).

local rollup = require "vision.records.rollup"
local task = require "vision.base.task"

local collect = {}

local PAGE = 1000 -- records a query

---@class vision.report.Wanted
---@field edges number[]      wall seconds, ascending: each two are a unit of time
---@field provider string?
---@field tags string[]?

---@class vision.report.Sink
---@field sums fun(row: vision.RollupSums, time: number)    time: when it was, or its unit's start
---@field counts fun(row: vision.RollupCount)

local function up(t, width) return math.ceil(t / width) * width end
local function down(t, width) return math.floor(t / width) * width end

-- Record by record; either kind of row may be unwanted.
local function scan(storage, wanted, from, to, sink)
  if from >= to then return true end
  local filter = { from = from, to = to, provider = wanted.provider, tags = wanted.tags,
    order = "oldest", limit = PAGE }
  repeat
    local page, err = storage:query(filter)
    if not page then return nil, err end
    for _, record in ipairs(page.records) do
      task.breathe()
      local rows = rollup.of(record)
      if sink.sums then sink.sums(rows.sums[1], record.created_at) end
      for _, row in ipairs(sink.counts and rows.counts or {}) do
        if rollup.BY_DAY[row.dimension] then sink.counts(row) end -- each once, not by day too
      end
    end
    filter.cursor, err = page.next_cursor, task.stopped()
    if err then return nil, err end
  until not filter.cursor
  return true
end

-- All at once: a storage may answer several questions at a time. The first fault, if there is one.
local function each_of(questions)
  local results, err = task.gather(questions)
  if not results then return nil, err end
  for _, result in ipairs(results) do
    if not result[1] then return nil, result[2] end
  end
  return true
end

-- Units of the same length that follow each other are one question.
local function next_run(edges, first)
  local width, last = edges[first + 1] - edges[first], first + 1
  while edges[last + 1] and edges[last + 1] - edges[last] == width do last = last + 1 end
  return last, width
end

-- The sums of whole slots; the edges are.
local function whole_sums(storage, wanted, edges, sink)
  local questions, first = {}, 1
  while first < #edges do
    local last, width = next_run(edges, first)
    local run = { from = edges[first], to = edges[last], every = width, provider = wanted.provider }
    questions[#questions + 1] = function()
      local rows, err = storage:sums(run)
      if not rows then return nil, err end
      for _, row in ipairs(rows) do sink.sums(row, row.slot) end
      return true
    end
    first = last
  end
  return each_of(questions)
end

-- The edges with the first and the last brought to whole slots; nil where one between them is none.
local function slot_edges(edges)
  local whole = { up(edges[1], rollup.SLOT) }
  for i = 2, #edges - 1 do
    if edges[i] % rollup.SLOT ~= 0 then return nil end
    if edges[i] > whole[#whole] then whole[#whole + 1] = edges[i] end
  end
  local last = down(edges[#edges], rollup.SLOT)
  if last > whole[#whole] then whole[#whole + 1] = last end
  return #whole > 1 and whole or nil
end

local function collect_sums(storage, wanted, sink)
  local only, edges = { sums = sink.sums }, wanted.edges
  local from, to = edges[1], edges[#edges]
  local whole = slot_edges(edges)
  if not whole then return scan(storage, wanted, from, to, only) end
  local ok, err = scan(storage, wanted, from, whole[1], only)
  if ok then ok, err = whole_sums(storage, wanted, whole, sink) end
  if ok then ok, err = scan(storage, wanted, whole[#whole], to, only) end
  return ok, err
end

local function count_rows(storage, wanted, from, to, dimension, sink)
  if from >= to then return true end
  local rows, err = storage:counts { from = from, to = to, every = to - from,
    provider = wanted.provider, dimension = dimension }
  if not rows then return nil, err end
  for _, row in ipairs(rows) do sink.counts(row) end
  return true
end

-- The counts of whole hours: of the days among them by day.
local function whole_counts(storage, wanted, from, to, sink)
  local first, last = up(from, rollup.DAY), down(to, rollup.DAY)
  if first >= last then first, last = to, to end
  local questions = {}
  local function ask(start, finish, dimension)
    questions[#questions + 1] = function()
      return count_rows(storage, wanted, start, finish, dimension, sink)
    end
  end
  for dimension, by_day in pairs(rollup.BY_DAY) do
    ask(from, first, dimension)
    ask(first, last, by_day)
    ask(last, to, dimension)
  end
  return each_of(questions)
end

local function collect_counts(storage, wanted, sink)
  local only = { counts = sink.counts }
  local from, to = wanted.edges[1], wanted.edges[#wanted.edges]
  local first, last = up(from, rollup.HOUR), down(to, rollup.HOUR)
  if first >= last then return scan(storage, wanted, from, to, only) end
  local ok, err = scan(storage, wanted, from, first, only)
  if ok then ok, err = whole_counts(storage, wanted, first, last, sink) end
  if ok then ok, err = scan(storage, wanted, last, to, only) end
  return ok, err
end

--- Gives all figures of a period to a sink.
---@param storage vision.RecordStorage
---@param wanted vision.report.Wanted
---@param sink vision.report.Sink
---@return true|nil
---@return vision.error? err of the storage
function collect.read(storage, wanted, sink)
  if wanted.tags then
    return scan(storage, wanted, wanted.edges[1], wanted.edges[#wanted.edges], sink)
  end
  return each_of {
    function() return collect_sums(storage, wanted, sink) end,
    function() return collect_counts(storage, wanted, sink) end,
  }
end

return collect
