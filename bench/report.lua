-- SPDX-License-Identifier: MIT
-- A report of 30 days, compared with the 30 before, over a million records in an SQLite file:
--
--   figures, trends and insights (generate_report)      at most 60 ms
--   the same with the script and the page in HTML
--   a year of months, as `vision report monthly_cost` has it
--
-- The file holds the rollups of a million records, and not the records: a report reads none, which
-- spec/report/analytics_spec.lua checks. Run in the project's folder after ./vision has built it
-- once: `lua5.4 bench/report.lua [--check] [RECORDS]`. With --check it ends with 1 where the limit
-- is passed.

package.path = "lua/?.lua;lua/?/init.lua;./?.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local analyses = require "spec.support.analyses"
local chance = require "spec.support.chance"
local clock = require "vision.base.clock"
local core = require "vision.core"
local page = require "vision.report.page"
local rollup = require "vision.records.rollup"
local rollups = require "vision.records.storage.sqlite_rollups"
local storage = require "vision.records.storage"
local vision = require "vision"

local NOW, DAYS, LIMIT_MS, ROUNDS = 1795694400, 60, 60, 15
local checking = arg[1] == "--check"
local RECORDS = tonumber(arg[#arg]) or 1000000
local SAMPLES = 20000 -- different records; each stands for its share of the million

local folder = (os.getenv "TMPDIR" or "/tmp") .. "/vision-report-" .. core.random()
assert(core.make_folder(folder))

-- Rollups of records by chance, spread over the days.
local function totals_of()
  local random, totals, samples = chance.new(7), rollup.totals(), {}
  for i = 1, SAMPLES do samples[i] = rollup.of(analyses.record(random, NOW)) end
  for i = 1, RECORDS do
    local rows, t = samples[i % SAMPLES + 1], NOW - random:fraction() * DAYS * 86400
    rows.sums[1].slot = math.floor(t / rollup.SLOT) * rollup.SLOT
    for _, row in ipairs(rows.counts) do
      local width = rollup.BY_DAY[row.dimension] and rollup.HOUR or rollup.DAY
      row.hour = math.floor(t / width) * width
    end
    totals:add(rows)
  end
  return totals:rows()
end

local function fill(store)
  local rows, list = totals_of(), {}
  local function flush()
    assert(store.db:write(list))
    list = {}
  end
  for kind, other in pairs { sums = "counts", counts = "sums" } do
    for _, row in ipairs(rows[kind]) do
      rollups.add(list, { [kind] = { row }, [other] = {} }, 1)
      if #list >= 500 then flush() end
    end
  end
  flush()
  return #rows.sums, #rows.counts
end

-- The best of some rounds, for whatever else the machine does is in the others; and their median.
local function rounds_ms(body)
  local times = {}
  for i = 1, ROUNDS do
    local begin = clock.mono()
    body()
    times[i] = (clock.mono() - begin) * 1000
  end
  table.sort(times)
  return times[1], times[math.ceil(ROUNDS / 2)]
end

local failed = false

local function show(name, limit, body)
  local best, median = rounds_ms(body)
  local missed = limit and best > limit
  failed = failed or missed
  print(("%-50s best %6.1f ms   median %6.1f ms%s%s"):format(name, best, median,
    limit and ("   limit %d ms"):format(limit) or "", missed and "  MISSED" or ""))
end

local store = assert(storage.open(folder .. "/records.db"))
local sums, counts = fill(store)
clock.install { wall = function() return NOW end }
local analytics = assert(vision.create_analytics(store, { timezone = "Europe/Berlin" }))
print(("%d records: %d rows of sums, %d of counts; %s"):format(RECORDS, sums, counts,
  rawget(_G, "jit") and "LuaJIT" or _VERSION))
show("a report of 30 days, compared with the 30 before", LIMIT_MS, function()
  local report = assert(analytics:generate_report { days = 30 })
  assert(report.overall_stats.total_requests > RECORDS / 3)
end)
show("its page in HTML, by the script 'daily'", nil, function()
  local made = assert(page.make(analytics, "daily"))
  assert(#require("vision.report.render.html").render(made) > 10000)
end)
show("a year by months, 'monthly_cost'", nil, function()
  assert(page.make(analytics, "monthly_cost"))
end)
clock.install()
store:close()
os.execute("rm -rf '" .. folder .. "'")
os.exit(checking and failed and 1 or 0)
