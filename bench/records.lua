-- SPDX-License-Identifier: MIT
-- What it costs to keep records in SQLite (synchronous FULL), of about 1 KB each:
--
--   saved by 64 tasks, beside a bare C loop (sqlite_rows.c) that carries out the very same
--   statements, 64 records a transaction                                      at least 60 %
--   processor time of a turn of the loop meanwhile, p99.9, with Lua's
--   collector as the command sets it, and without                             at most 1 ms
--   with a million records: a report of 30 days from the rollups              at most 60 ms
--   a page of 50 by each filter, by tag and by text                           at most 5 ms
--   a backup while others save, and whether the copy is whole
--
-- Run in the project's folder after ./vision has built it once:
-- `lua5.4 bench/records.lua [--check] [RECORDS]`. With --check it ends with 1 where a limit is
-- passed. The million takes a minute to make and 4 GB of /tmp (TMPDIR); fewer may be asked for.

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local clock = require "vision.base.clock"
local core = require "vision.core"
local description = require "vision.drawing.description"
local records = require "vision.records.record"
local rollup = require "vision.records.rollup"
local sqlite = require "vision.records.storage.sqlite"
local task = require "vision.base.task"
local ulid = require "vision.records.ulid"
local words = require "vision.records.words"

local TASKS, EACH, ROUNDS = 64, 50, 15
local START, DAYS = 1793491200, 30 -- 2026-11-01

local checking = arg[1] == "--check"
local MILLION = tonumber(arg[#arg]) or 1000000
local folder = (os.getenv "TMPDIR" or "/tmp") .. "/vision-records-" .. core.random()
assert(os.execute("mkdir -p build/bench '" .. folder .. "'"))

local failed = false

local function report(name, figure, unit, limit, at_least)
  local verdict = limit and ("   limit %g %s"):format(limit, unit) or ""
  if limit and (at_least and figure < limit or not at_least and figure > limit) then
    failed, verdict = true, verdict .. "  MISSED"
  end
  print(("%-56s %10.2f %s%s"):format(name, figure, unit, verdict))
end

-- ---- a record ----

local PROVIDERS = { "openai", "anthropic", "local" }
local MODELS = { openai = "gpt-5.4-mini", anthropic = "claude-haiku-4-5" }
local PARTS = { "flange", "shaft", "bracket", "housing", "cover", "gear", "bushing", "plate" }

local function reading(i, part)
  return description.new {
    summary = ("Drawing of a %s number %d with four holes and a chamfer"):format(part, i),
    details = { "2x Ø19,9 0/-0,1 through", "thread M8x1 depth 14", "surface finish Ra 1,6" },
    confidence = (i * 37 % 100) / 100,
    drawing = {
      kind = "mechanical", units = "mm",
      title_block = { title = part, drawing_number = ("47-%05d"):format(i), material = "S235JR",
        scale = "1:2", general_tolerance = "ISO 2768-mK" },
      callouts = { { type = "diameter", text = "2x Ø19,9 0/-0,1", quantity = 2, nominal = 19.9,
        upper = 0, lower = -0.1, unit = "mm", confidence = 0.88, page = 1,
        box = { 812, 440, 96, 22 }, sources = { "local" } } },
      notes = { "Break all sharp edges." }, missing = {},
    },
  }
end

local function record(i, seconds)
  local provider = PROVIDERS[i % 3 + 1]
  return assert(records.make {
    image_hash = ("%064x"):format(i), provider = provider, model = MODELS[provider],
    created_at = seconds, processing_time_ms = 800 + i % 500, cost_usd = 0.0025,
    usage = { input_tokens = 1000, output_tokens = 200 }, tags = { "line-" .. i % 20 },
    request_id = "req-" .. i, page = 1, file = ("drawings/part-%d.pdf"):format(i),
    settings_key = "0123456789abcdef", prompt_version = "v1",
    result = reading(i, PARTS[i % #PARTS + 1]),
  })
end

-- ---- what the loop does meanwhile ----

-- Seconds of each turn of the loop, of the processor and of the clock (where others use the
-- machine, too, that has the time in which they had it): with Lua's collector, and without.
local turns = {
  [true] = { own = core.histogram(), wall = core.histogram() },
  [false] = { own = core.histogram(), wall = core.histogram() },
}
local collecting = true
local since, used -- when this turn began, if it is watched

assert(os.execute("cc -std=c11 -D_GNU_SOURCE -O2 -shared -fPIC "
  .. "$(pkg-config --cflags lua5.4) -o build/bench/thread_time.so bench/thread_time.c"))
package.cpath = "build/bench/?.so;" .. package.cpath
local processor_seconds = require "thread_time"

-- The machine's loop, whose waits are timed: between two of them nothing else goes on.
local function watch_loop()
  local loop = assert(core.loop())
  clock.install { loop = function()
    return {
      timer = function(_, seconds) return loop:timer(seconds) end,
      next = function() return loop:next() end,
      wait = function(_, seconds)
        if since then
          turns[collecting].own:record(processor_seconds() - used)
          turns[collecting].wall:record(core.mono() - since)
        end
        local news = loop:wait(seconds)
        if since then since, used = core.mono(), processor_seconds() end
        return news
      end,
    }
  end }
end

local function quantile(list, share)
  table.sort(list)
  return list[math.max(1, math.ceil(#list * share))]
end

-- ---- saving, beside the bare loop ----

local number = 0

-- Strings that are never collected let Lua's table of them grow, and each time it doubles it is
-- gone through in one go: 1.2 ms at 32 768. With a collector they are not that many.
local function grow_string_table()
  for i = 1, 200000 do local _ = "string " .. i end
end

-- What it costs to make a record is its maker's: these are copies with names of their own.
local models = {}
for i = 1, 60 do models[i] = record(i, START) end

local function next_record()
  number = number + 1
  local one = {}
  for name, value in pairs(models[number % #models + 1]) do one[name] = value end
  one.created_at = START + number % (DAYS * 86400)
  one.record_id, one.request_id = ulid.new(one.created_at), "req-" .. number
  one.image_hash = ("%064x"):format(number)
  return one
end

local function save_by_tasks(store)
  local list = {}
  for i = 1, TASKS do
    list[i] = function()
      for _ = 1, math.floor(i / 4) do task.sleep(0) end -- they do not begin in one turn
      for _ = 1, EACH do assert(store:save { next_record() }) end
    end
  end
  local start = core.mono()
  since, used = start, processor_seconds()
  for _, result in ipairs(assert(task.gather(list))) do assert(result.n == 0, result[2]) end
  since = nil
  return core.mono() - start
end

-- The statements that a store carries out, as sqlite_rows.c reads them.
local function recorded(store, path)
  local file, known, count = assert(io.open(path, "wb")), {}, 0
  local open_records = 0 -- of the transaction that is being written down
  local db = store.db
  local function note(statement)
    local sql, params = statement[1], statement[2] or {}
    if not known[sql] then
      known[sql], count = count, count + 1
      file:write("S ", #sql, "\n", sql, "\n")
    end
    for i = 1, params.n or #params do
      local value = params[i]
      if value == nil then
        file:write "N\n"
      elseif type(value) == "string" then
        file:write("T ", #value, "\n", value, "\n")
      else
        file:write(value % 1 == 0 and ("I %d\n"):format(value) or ("F %.17g\n"):format(value))
      end
    end
    file:write("R ", known[sql], "\n")
  end
  store.saver.db = {
    read = function(_, ...) return db:read(...) end,
    write = function(_, statements)
      if open_records == 0 then file:write "B\n" end
      for _, statement in ipairs(statements) do
        note(statement)
        if statement[1]:find "^INSERT INTO records " then open_records = open_records + 1 end
      end
      if open_records >= TASKS then
        file:write "C\n"
        open_records = 0
      end
      return db:write(statements)
    end,
  }
  return function()
    if open_records > 0 then file:write "C\n" end
    file:close()
    store.saver.db = db
  end
end

local function open(name)
  return assert(sqlite.open(folder .. "/" .. name))
end

local function read(command)
  local pipe = assert(io.popen(command))
  local said = pipe:read "*a"
  assert(pipe:close(), command)
  return said
end

local function bare(name)
  open(name):close() -- the tables
  return tonumber(read(("build/bench/sqlite_rows '%s/%s' '%s/statements'"):format(folder, name,
    folder)))
end

local function saving()
  assert(os.execute("cc -std=c11 -D_GNU_SOURCE -O2 -o build/bench/sqlite_rows "
    .. "bench/sqlite_rows.c -lsqlite3"))
  local store = open "recorded.db"
  local finish = recorded(store, folder .. "/statements")
  save_by_tasks(store)
  finish()
  local size = store.db:read("SELECT avg(length(json)) AS n FROM records")[1].n
  store:close()
  report("a record, as JSON", size, "bytes")
  local ours, theirs, shares = {}, {}, {}
  for round = 1, ROUNDS do
    theirs[round] = TASKS * EACH / bare("bare-" .. round .. ".db")
    store = open("ours-" .. round .. ".db")
    collecting = round % 2 == 1
    if not collecting then
      collectgarbage "stop"
      grow_string_table()
    end
    ours[round] = TASKS * EACH / save_by_tasks(store)
    collectgarbage "restart"
    collectgarbage() -- what the round has left is not for the next
    store:close()
    shares[round] = 100 * ours[round] / theirs[round]
  end
  report("saved by 64 tasks, median", quantile(ours, 0.5), "a second")
  report("  a bare C loop, median", quantile(theirs, 0.5), "a second")
  report("  ours beside theirs, median of the rounds", quantile(shares, 0.5), "%", 60, true)
  for with, list in pairs(turns) do
    local name = with and "with Lua's collector" or "without Lua's collector"
    report("the loop held up, p99.9, " .. name, 1e3 * list.own:quantile(0.999), "ms", 1)
    report("  p50, p99, and p99.9 by the clock", 1e3 * list.own:quantile(0.5), "ms")
    report("", 1e3 * list.own:quantile(0.99), "ms")
    report("", 1e3 * list.wall:quantile(0.999), "ms")
  end
end

-- ---- a million ----

-- Made by SQL, since a million calls take longer; the same rows as if they had been saved.
local MAKE = {
  "CREATE TABLE made (i INTEGER PRIMARY KEY, ms, provider, model, status, reason, confidence, "
    .. "took, bucket)",
  "CREATE TABLE buckets (took INTEGER PRIMARY KEY, bucket)",
}

local FILL = {
  [[WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i + 1 < COUNT)
    INSERT INTO made SELECT i, START * 1000 + i * STEP,
      CASE i % 3 WHEN 0 THEN 'openai' WHEN 1 THEN 'anthropic' ELSE 'local' END,
      CASE i % 3 WHEN 0 THEN 'gpt-5.4-mini' WHEN 1 THEN 'claude-haiku-4-5' END,
      CASE WHEN i % 50 = 7 THEN 'failed' ELSE 'completed' END,
      CASE WHEN i % 50 = 7 THEN 'timeout' ELSE '' END,
      CASE WHEN i % 50 <> 7 THEN (i * 37 % 100) / 100.0 END, 800 + i % 500, bucket
    FROM c JOIN buckets ON took = 800 + i % 500]],
  [[INSERT INTO records SELECT ms << 20, printf('0%025d', i), provider, model, status,
      printf('%064x', i), 'settings-' || (i % 97), 'req-' || i, confidence,
      CAST(confidence * 10 AS INTEGER),
      replace(replace(replace(replace(replace(replace(
        CASE status WHEN 'failed' THEN ?1 ELSE ?2 END,
        '@id', printf('0%025d', i)), '@hash', printf('%064x', i)), '@provider', provider),
        '@model', coalesce(model, '')), '"@ms"', took), '"@confidence"', coalesce(confidence, 0))
    FROM made]],
  [[INSERT INTO record_words (rowid, words) SELECT ms << 20, ' part ' || i ||
      CASE status WHEN 'failed' THEN '' ELSE ?1 || CASE WHEN i % 1000 = 3 THEN ' rare' ELSE '' END
      END FROM made]],
  "INSERT INTO record_tags SELECT 'line-' || (i % 20), ms << 20 FROM made",
  [[INSERT INTO record_sums SELECT ms / 900000 * 900, provider, coalesce(model, ''), status,
      reason, count(*), 0, count(*) * 2500, 0, count(*) * 1000, count(*) * 200, 0,
      sum(took) * 1000, coalesce(sum(CAST(round(confidence * 1000000) AS INTEGER)), 0),
      count(confidence), 0, 0 FROM made GROUP BY 1, 2, 3, 4, 5]],
  "CREATE TABLE widths AS SELECT '' AS name, 3600 AS width UNION SELECT '_by_day', 86400",
  [[INSERT INTO record_counts SELECT 'tag' || name, ms / 1000 / width * width, provider,
      'line-' || (i % 20), count(*) FROM made, widths GROUP BY 1, 2, 3, 4]],
  [[INSERT INTO record_counts SELECT 'confidence' || name, ms / 1000 / width * width, provider,
      CAST(CAST(confidence * 10 AS INTEGER) AS TEXT), count(*) FROM made, widths
    WHERE reason = '' GROUP BY 1, 2, 3, 4]],
  [[INSERT INTO record_counts SELECT 'latency' || name, ms / 1000 / width * width, provider,
      CAST(bucket AS TEXT), count(*) FROM made, widths WHERE reason = '' GROUP BY 1, 2, 3, 4]],
  "DROP TABLE widths",
  "DROP TABLE made",
  "DROP TABLE buckets",
}

-- A record's JSON with marks where the rows differ.
local function template(status)
  local one = record(1, START)
  if status == "failed" then
    one.status, one.result = "failed", nil
    one.error = { code = "EXTERNAL_SERVICE_ERROR", reason = "timeout", message = "too late" }
  else
    one.result.confidence = "@confidence"
  end
  one.record_id, one.image_hash, one.provider, one.model = "@id", "@hash", "@provider", "@model"
  one.processing_time_ms = "@ms"
  return assert(records.to_json(one))
end

local function make_million(store)
  local db = store.db
  local step = math.floor(DAYS * 86400 * 1000 / MILLION)
  for _, sql in ipairs(MAKE) do assert(db:write { { sql } }) end
  local buckets = {}
  for i = 0, 499 do
    buckets[i + 1] = { "INSERT INTO buckets VALUES (?, ?)", { 800 + i, rollup.bucket(800 + i) } }
  end
  assert(db:write(buckets))
  local words_of_one = words.line(record(1, START)):gsub(" part 1 ", " ")
  local params = { [2] = { template "failed", template "completed" }, [3] = { words_of_one } }
  for i, sql in ipairs(FILL) do
    sql = sql:gsub("COUNT", ("%d"):format(MILLION)):gsub("START", START):gsub("STEP", step)
    assert(db:write { { sql, params[i] } })
  end
end

local function best_ms(count, body)
  local best = math.huge
  for _ = 1, count do
    local start = core.mono()
    body()
    best = math.min(best, core.mono() - start)
  end
  return 1e3 * best
end

-- Sums of each day, and how tags, confidences and latencies are spread over the whole.
local function report_of(store)
  local from, to = START, START + DAYS * 86400
  local sums = assert(store:sums { from = from, to = to, every = 86400 })
  local count, requests = #sums, 0
  for _, row in ipairs(sums) do requests = requests + row.requests end
  for _, dimension in pairs(rollup.BY_DAY) do
    count = count + #assert(store:counts { from = from, to = to, every = to - from,
      dimension = dimension })
  end
  return requests, count
end

local function reports(store)
  local requests, count
  report("  what a report of 30 days asks for", best_ms(5, function()
    requests, count = report_of(store)
  end), "ms", 60)
  assert(requests == MILLION and count > 0, requests)
end

local function pages(store)
  local middle = START + DAYS * 43200
  for _, asked in ipairs {
    { "newest", {} }, { "from the middle", { to = middle } },
    { "provider", { provider = "local" } },
    { "model", { model = "gpt-5.4-mini" } }, { "status", { status = "failed" } },
    { "request_id", { request_id = "req-77" } },
    { "settings_key", { settings_key = "settings-5" } },
    { "image_hash", { image_hash = ("%064x"):format(4711) } },
    { "confidence, the rarest", { max_confidence = 0 } },
    { "confidence, half of all", { min_confidence = 0.5, order = "oldest" } },
    { "tag", { tags = { "line-7" } } },
    { "provider and tag", { provider = "local", tags = { "line-7" } } },
    { "text, a word that all have", { text = "chamfer" } },
    { "text, a word of one in a thousand", { text = "rare" } },
    { "text, two words, in a time", { text = "Rare shaft", to = middle } },
    { "text and provider", { text = "chamfer", provider = "openai", order = "oldest" } },
  } do
    local name, filter, found = asked[1], asked[2], nil
    report("  a page of 50: " .. name, best_ms(5, function()
      found = assert(store:query(filter)).records
    end), "ms", 5)
    assert(#found > 0, name)
  end
end

local function backup(store)
  local copy, saved, stop = folder .. "/copy.db", 0, false
  local saving_on = task.spawn(function()
    while not stop do
      saved = saved + 1
      assert(store:save { record(number + saved, START + saved) })
    end
  end)
  local start = core.mono()
  assert(store:backup(copy))
  report("  a backup while others save", core.mono() - start, "s")
  stop = true
  saving_on:join()
  report("    saved meanwhile", saved, "records")
  local restored = open "copy.db"
  local count = assert(restored:count())
  report("    records of the copy, opened", count, "")
  assert(count >= MILLION)
  restored:close()
end

local function million()
  local store = open "million.db"
  local start = core.mono()
  make_million(store)
  print(("with %d records (made in %.0f s)"):format(MILLION, core.mono() - start))
  store:close()
  store = open "million.db"
  reports(store)
  pages(store)
  backup(store)
  store:close()
end

local ok, message = xpcall(function()
  require("vision.base.collector").go_gently()
  watch_loop()
  saving()
  clock.install()
  million()
end, debug.traceback)
os.execute("rm -rf '" .. folder .. "'")
if not ok then error(message, 0) end
os.exit(not (failed and checking))
