-- SPDX-License-Identifier: MIT
-- The sums and counts of records in SQLite: what is added with a record, and what a report reads.
-- Each row is kept twice, by its own time and by its day (UTC), for a month has thirty days and
-- three thousand quarters of an hour.

local rollup = require "vision.records.rollup"

local rollups = {}

local DAY = 86400

local function each(names, format, between)
  local list = {}
  for i, name in ipairs(names) do list[i] = format:gsub("NAME", name) end
  return table.concat(list, between or ", ")
end

local function join(...)
  local list = {}
  for _, names in ipairs { ... } do
    for _, name in ipairs(names) do list[#list + 1] = name end
  end
  return list
end

-- `proof`: a figure that is 0 only where all are.
local function of_table(name, width, key, figures, proof)
  local columns = join({ "width" }, key, figures)
  return {
    name = name, width = width, key = key, figures = figures, time = key[1],
    add = ("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO UPDATE SET %s"):format(name,
      each(columns, "NAME"), each(columns, "?"), each(figures, "NAME = NAME + excluded.NAME")),
    drop = ("DELETE FROM %s WHERE width = ? AND %s AND %s = 0"):format(name,
      each(key, "NAME = ?", " AND "), proof),
  }
end

local SUMS = of_table("record_sums", rollup.SLOT, rollup.SUM_KEY, rollup.SUMS, "requests")
local COUNTS = of_table("record_counts", rollup.HOUR, rollup.COUNT_KEY, rollup.COUNTS, "count")

-- ---- adding ----

local function add_row(list, of, row, width, sign)
  local key = { width, math.floor(row[of.time] / width) * width }
  for i = 2, #of.key do key[i + 1] = row[of.key[i]] end
  local params = join(key)
  for _, name in ipairs(of.figures) do params[#params + 1] = sign * row[name] end
  list[#list + 1] = { of.add, params }
  if sign < 0 then list[#list + 1] = { of.drop, key } end
end

local function add(list, of, rows, sign)
  for _, row in ipairs(rows) do
    add_row(list, of, row, of.width, sign)
    add_row(list, of, row, DAY, sign)
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

-- ---- asking ----

-- Where whole days can be taken: they must not be parted between two rows of the answer.
local function days_of(period)
  local whole = period.from % DAY == 0 and period.every % DAY == 0
  if not whole and period.every < period.to - period.from then return nil end
  local first, last = math.ceil(period.from / DAY) * DAY, math.floor(period.to / DAY) * DAY
  if first >= last then return nil end
  return first, last
end

-- The stretches of a period, each with the width of its rows.
local function stretches_of(of, period)
  local first, last = days_of(period)
  if not first then return { { of.width, period.from, period.to } } end
  local list = { { DAY, first, last } }
  if period.from < first then list[#list + 1] = { of.width, period.from, first } end
  if last < period.to then list[#list + 1] = { of.width, last, period.to } end
  return list
end

local ROWS = "SELECT * FROM %s WHERE width = ? AND %s >= ? AND %s < ?"

local function rows_of(of, period, params)
  local texts = {}
  for i, stretch in ipairs(stretches_of(of, period)) do
    texts[i] = ROWS:format(of.name, of.time, of.time)
    for _, value in ipairs(stretch) do params[#params + 1] = value end
    for _, name in ipairs { "provider", "dimension" } do
      if period[name] then
        texts[i] = ("%s AND %s = ?"):format(texts[i], name)
        params[#params + 1] = period[name]
      end
    end
  end
  return table.concat(texts, " UNION ALL ")
end

-- One row for each `every` seconds and key, sorted.
local function question(of, period)
  local params, order = { period.from, period.from, period.every, period.every }, {}
  for i = 1, #of.key do order[i] = i end
  order = table.concat(order, ", ")
  return ("SELECT ? + (%s - ?) / ? * ? AS %s, %s, %s FROM (%s) GROUP BY %s ORDER BY %s"):format(
    of.time, of.time, each({ (table.unpack or unpack)(of.key, 2) }, "NAME"),
    each(of.figures, "sum(NAME) AS NAME"), rows_of(of, period, params), order, order), params
end

--- The question for the sums of a period.
---@param period vision.RollupPeriod a checked one
---@return string sql
---@return any[] params
function rollups.sums(period)
  return question(SUMS, period)
end

--- The question for the counts of a period.
---@param period vision.RollupPeriod a checked one
---@return string sql
---@return any[] params
function rollups.counts(period)
  return question(COUNTS, period)
end

return rollups
