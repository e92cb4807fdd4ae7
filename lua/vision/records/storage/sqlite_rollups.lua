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

-- Rows of one statement: many at a time cost half as much.
local SIZES = { 16, 4, 1 }

-- A text of so many rows.
local function of_rows(format, size, between)
  return format .. (between .. format):rep(size - 1)
end

local function statements_of(name, key, figures, proof)
  local columns, adds, drops = join(key, figures), {}, {}
  local row, is_row = ("(%s)"):format(each(columns, "?")), ("(%s)"):format(each(key, "NAME = ?",
    " AND "))
  for _, size in ipairs(SIZES) do
    adds[size] = ("INSERT INTO %s (%s) VALUES %s ON CONFLICT DO UPDATE SET %s"):format(name,
      each(columns, "NAME"), of_rows(row, size, ", "), each(figures, "NAME = NAME + excluded.NAME"))
    drops[size] = ("DELETE FROM %s WHERE %s = 0 AND (%s)"):format(name, proof,
      of_rows(is_row, size, " OR "))
  end
  return { key = key, figures = figures, adds = adds, drops = drops }
end

local SUMS = statements_of("record_sums", rollup.SUM_KEY, rollup.SUMS, "requests")
local COUNTS = statements_of("record_counts", rollup.COUNT_KEY, rollup.COUNTS, "count")

-- The parameters of some rows, one after the other.
local function parameters(of, rows, first, last, sign)
  local list, n, key, figures = {}, 0, of.key, sign and of.figures or {}
  for i = first, last do
    local row = rows[i]
    for k = 1, #key do list[n + k] = row[key[k]] end
    n = n + #key
    for k = 1, #figures do list[n + k] = sign * row[figures[k]] end
    n = n + #figures
  end
  return list
end

-- Appends what does something with some rows; with the figures of those where there is a sign.
local function append(list, statements, of, rows, sign)
  local first = 1
  for _, size in ipairs(SIZES) do
    while #rows - first + 1 >= size do
      list[#list + 1] = { statements[size], parameters(of, rows, first, first + size - 1, sign) }
      first = first + size
    end
  end
end

--- Appends the statements that add rows, or take them away. Rows of one key may come several times.
---@param list table[]
---@param rows vision.Rollup
---@param sign integer 1 or -1
function rollups.add(list, rows, sign)
  append(list, SUMS.adds, SUMS, rows.sums, sign)
  append(list, COUNTS.adds, COUNTS, rows.counts, sign)
  if sign > 0 then return end
  append(list, SUMS.drops, SUMS, rows.sums)
  append(list, COUNTS.drops, COUNTS, rows.counts)
end

-- `group_sums` is csrc/core/sqlite_sums.c: to GROUP BY, SQLite would sort each row of the period.
local PERIOD = [[SELECT group_sums('%s;%s', %s, %s) AS list FROM %s
  WHERE %s TIME >= ?1 AND TIME < ?2]]

-- The rows of a period, those of `every` seconds as one, as a list in JSON.
local function period_sql(name, of, condition)
  local keys = { "?1 + (TIME - ?1) / ?3 * ?3" }
  for i = 2, #of.key do keys[i] = of.key[i] end
  return (PERIOD:format(table.concat(of.key, ","), table.concat(of.figures, ","),
    table.concat(keys, ", "), table.concat(of.figures, ", "), name, condition)
    :gsub("TIME", of.key[1]))
end

local SUMS_OF_ALL = period_sql("record_sums", SUMS, "")
local COUNTS_OF_ALL = period_sql("record_counts", COUNTS, "dimension = ?4 AND")
local OF_PROVIDER = " AND provider = "

--- The question for the sums of a period.
---@param period vision.RollupPeriod a checked one
---@return string sql of one row, whose `list` is the rows as JSON
---@return any[] params
function rollups.sums(period)
  return SUMS_OF_ALL .. (period.provider and OF_PROVIDER .. "?4" or ""),
    { period.from, period.to, period.every, period.provider }
end

--- The question for the counts of a period.
---@param period vision.RollupPeriod a checked one
---@return string sql of one row, whose `list` is the rows as JSON
---@return any[] params
function rollups.counts(period)
  return COUNTS_OF_ALL .. (period.provider and OF_PROVIDER .. "?5" or ""),
    { period.from, period.to, period.every, period.dimension, period.provider }
end

return rollups
