-- SPDX-License-Identifier: MIT
-- The sums and counts of records in SQLite: what is added with a record, and what a report reads.

local rollup = require "vision.records.rollup"

local rollups = {}

local function each(names, format, between)
  local list = {}
  for i, name in ipairs(names) do list[i] = format:gsub("NAME", name) end
  return table.concat(list, between or ", ")
end

local function join(a, b)
  local list = {}
  for _, names in ipairs { a, b } do
    for _, name in ipairs(names) do list[#list + 1] = name end
  end
  return list
end

local function statements_of(name, key, figures, proof)
  local columns = join(key, figures)
  return {
    key = key, figures = figures, columns = columns,
    add = ("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO UPDATE SET %s"):format(name,
      each(columns, "NAME"), each(columns, "?"), each(figures, "NAME = NAME + excluded.NAME")),
    drop = ("DELETE FROM %s WHERE %s AND %s = 0"):format(name, each(key, "NAME = ?", " AND "),
      proof),
  }
end

local SUMS = statements_of("record_sums", rollup.SUM_KEY, rollup.SUMS, "requests")
local COUNTS = statements_of("record_counts", rollup.COUNT_KEY, rollup.COUNTS, "count")

local function parameters(row, names, figures, sign)
  local list = {}
  for i, name in ipairs(names) do list[i] = row[name] end
  for _, name in ipairs(figures) do list[#list + 1] = sign * row[name] end
  return list
end

local function add(list, of, rows, sign)
  for _, row in ipairs(rows) do
    list[#list + 1] = { of.add, parameters(row, of.key, of.figures, sign) }
    if sign < 0 then list[#list + 1] = { of.drop, parameters(row, of.key, {}, sign) } end
  end
end

--- Appends the statements that add rows, or take them away.
---@param list table[]
---@param rows vision.Rollup
---@param sign integer 1 or -1
function rollups.add(list, rows, sign)
  add(list, SUMS, rows.sums, sign)
  add(list, COUNTS, rows.counts, sign)
end

local PERIOD = [[SELECT ?1 + (TIME - ?1) / ?3 * ?3 AS TIME, %s, %s FROM %s
  WHERE %s TIME >= ?1 AND TIME < ?2 %s GROUP BY %s ORDER BY %s]]

-- The rows of a period, those of `every` seconds as one.
local function period_sql(name, of, time, condition, provider)
  local rest = {}
  for _, key in ipairs(of.key) do
    if key ~= time then rest[#rest + 1] = key end
  end
  local order = "1"
  for i, key in ipairs(rest) do -- of one dimension all are
    if key ~= "dimension" then order = order .. ", " .. i + 1 end
  end
  return (PERIOD:format(each(rest, "NAME"), each(of.figures, "sum(NAME) AS NAME"), name, condition,
    provider and "AND provider = ?4" or "", order, order):gsub("TIME", time))
end

--- The question for the sums of a period.
---@param period vision.RollupPeriod a checked one
---@return string sql
---@return any[] params
function rollups.sums(period)
  return period_sql("record_sums", SUMS, "slot", "", period.provider),
    { period.from, period.to, period.every, period.provider }
end

--- The question for the counts of a period.
---@param period vision.RollupPeriod a checked one
---@return string sql
---@return any[] params
function rollups.counts(period)
  local dimension = period.provider and "?5" or "?4"
  return period_sql("record_counts", COUNTS, "hour", "dimension = " .. dimension .. " AND",
    period.provider), period.provider
      and { period.from, period.to, period.every, period.provider, period.dimension }
      or { period.from, period.to, period.every, period.dimension }
end

return rollups
