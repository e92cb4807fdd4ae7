-- SPDX-License-Identifier: MIT
-- The tables of records in PostgreSQL, and what is asked of them.

local rollup = require "vision.records.rollup"

local sql = {}

local function each(names, format, between)
  local list = {}
  for i, name in ipairs(names) do list[i] = format:gsub("NAME", name) end
  return table.concat(list, between or ", ")
end

-- ---- tables, version by version; what has been released stays as it is ----

-- `keys` holds what is searched for in a record: its words and its tags (see postgres.lua).
-- Texts are compared by their bytes, so that the order is the same everywhere.
sql.MIGRATIONS = {
  {
    [[CREATE TABLE records (
        record_id text COLLATE "C" PRIMARY KEY,
        created_ms bigint NOT NULL,
        provider text COLLATE "C" NOT NULL,
        model text COLLATE "C",
        status text COLLATE "C" NOT NULL,
        image_hash text COLLATE "C" NOT NULL,
        settings_key text COLLATE "C",
        request_id text COLLATE "C",
        confidence double precision,
        keys text[] COLLATE "C" NOT NULL,
        json text NOT NULL)]],
    "CREATE INDEX records_time ON records (created_ms, record_id)",
    "CREATE INDEX records_provider ON records (provider, created_ms, record_id)",
    "CREATE INDEX records_model ON records (model, created_ms, record_id)",
    "CREATE INDEX records_status ON records (status, created_ms, record_id)",
    "CREATE INDEX records_confidence ON records (confidence)",
    "CREATE INDEX records_image ON records (image_hash)",
    "CREATE INDEX records_settings ON records (settings_key)",
    "CREATE INDEX records_request ON records (request_id)",
    "CREATE INDEX records_keys ON records USING gin (keys)",
    [[CREATE TABLE record_sums (
        slot bigint, provider text COLLATE "C", model text COLLATE "C", status text COLLATE "C",
        reason text COLLATE "C", requests bigint, cached bigint, cost_micro_usd bigint,
        unpriced bigint, input_tokens bigint, output_tokens bigint, cached_tokens bigint,
        processing_us bigint, confidence_ppm bigint, confidence_count bigint, disagreements bigint,
        saved_micro_usd bigint, PRIMARY KEY (slot, provider, model, status, reason))]],
    "CREATE INDEX record_sums_empty ON record_sums (slot) WHERE requests = 0",
    [[CREATE TABLE record_counts (
        dimension text COLLATE "C", hour bigint, provider text COLLATE "C",
        value text, digest text COLLATE "C", count bigint,
        PRIMARY KEY (dimension, hour, provider, digest))]],
    "CREATE INDEX record_counts_empty ON record_counts (hour) WHERE count = 0",
  },
}

-- ---- saving and deleting: both change the rollups by the records that they really touch ----

-- Whoever changes rollups does it alone until the commit: rows are locked in whatever order records
-- come, and two processes would wait for each other.
sql.LOCK = "SELECT pg_advisory_xact_lock(hashtext('vision records'))"

-- Rows of a JSON list, with the types that its columns have.
local function rows_of(types)
  local columns = {}
  for i, column in ipairs(types) do columns[i] = column[1] .. " " .. column[2] end
  return ("json_to_recordset(?::json) AS given (%s)"):format(table.concat(columns, ", "))
end

local function typed(list, names, kind)
  for _, name in ipairs(names) do
    local is_number = kind == "bigint" or name == "slot" or name == "hour"
    list[#list + 1] = { name, is_number and "bigint" or "text" }
  end
  return list
end

-- Adds the rows of the records in TOUCHED, each key once.
local ROLLUP = [[INSERT INTO %table (%columns) SELECT %key, %figures FROM %given
  JOIN touched USING (record_id) GROUP BY %key ORDER BY %key
  ON CONFLICT (%unique) DO UPDATE SET %updates]]

local function rollup_sql(name, key, unique, figures, sign)
  local columns = typed(typed({ { "record_id", "text" } }, key), figures, "bigint")
  local texts = {
    table = name, columns = each(key, "NAME") .. ", " .. each(figures, "NAME"),
    key = each(key, "NAME"), figures = each(figures, sign .. "sum(NAME)::bigint"),
    given = rows_of(columns), unique = each(unique, "NAME"),
    updates = each(figures, ("NAME = %s.NAME + excluded.NAME"):format(name)),
  }
  return (ROLLUP:gsub("%%(%l+)", texts))
end

-- A value may be longer than an index takes: its digest stands for it.
local COUNT_KEY = { "hour", "provider", "dimension", "value", "digest" }
local COUNT_UNIQUE = { "dimension", "hour", "provider", "digest" }

local function with_rollups(touch, sign)
  return ("WITH touched AS (%s), sums AS (%s), counts AS (%s) SELECT count(*) AS n FROM touched")
    :format(touch, rollup_sql("record_sums", rollup.SUM_KEY, rollup.SUM_KEY, rollup.SUMS, sign),
      rollup_sql("record_counts", COUNT_KEY, COUNT_UNIQUE, rollup.COUNTS, sign))
end

local COLUMNS = {
  { "record_id", "text" }, { "created_ms", "bigint" }, { "provider", "text" }, { "model", "text" },
  { "status", "text" }, { "image_hash", "text" }, { "settings_key", "text" },
  { "request_id", "text" }, { "confidence", "double precision" }, { "keys", "text[]" },
  { "json", "text" },
}

local NAMES = {}
for i, column in ipairs(COLUMNS) do NAMES[i] = column[1] end

--- Saves records that are not there yet. Parameters: JSON lists of rows, of sums, of counts.
sql.SAVE = with_rollups(("INSERT INTO records (%s) SELECT %s FROM %s "
  .. "ON CONFLICT (record_id) DO NOTHING RETURNING record_id"):format(each(NAMES, "NAME"),
    each(NAMES, "NAME"), rows_of(COLUMNS)), "")

--- Deletes records. Parameters: a JSON list of rows with their ids, and as for SAVE.
sql.DELETE = with_rollups(("DELETE FROM records WHERE record_id IN (SELECT record_id FROM %s) "
  .. "RETURNING record_id"):format(rows_of { COLUMNS[1] }), "-")

--- After a deletion: rows that have come to nothing.
sql.SWEEP = { "DELETE FROM record_sums WHERE requests = 0",
  "DELETE FROM record_counts WHERE count = 0" }

-- ---- reading rollups ----

local PERIOD = [[SELECT ? + (TIME - ?) / ? * ? AS TIME, %s, %s FROM %s
  WHERE TIME >= ? AND TIME < ?%s GROUP BY %s ORDER BY %s]]

-- The rows of a period, those of `every` seconds as one.
local function period_sql(name, key, figures, conditions)
  local rest, order = {}, "1"
  for i = 2, #key do
    rest[#rest + 1] = key[i]
    order = order .. ", " .. i
  end
  return (PERIOD:format(each(rest, 'NAME COLLATE "C" AS NAME'),
    each(figures, "sum(NAME)::bigint AS NAME"), name, conditions, order, order)
    :gsub("TIME", key[1]))
end

local function period_query(name, key, figures, period)
  local conditions = ""
  local params = { period.from, period.from, period.every, period.every, period.from, period.to }
  for _, column in ipairs { "provider", "dimension" } do
    if period[column] then
      conditions = conditions .. " AND " .. column .. " = ?"
      params[#params + 1] = period[column]
    end
  end
  return period_sql(name, key, figures, conditions), params
end

--- The question for the sums of a period.
---@param period vision.RollupPeriod a checked one
---@return string query
---@return any[] params
function sql.sums(period)
  return period_query("record_sums", rollup.SUM_KEY, rollup.SUMS, period)
end

--- The question for the counts of a period.
---@param period vision.RollupPeriod a checked one
---@return string query
---@return any[] params
function sql.counts(period)
  return period_query("record_counts", rollup.COUNT_KEY, rollup.COUNTS, period)
end

return sql
