-- SPDX-License-Identifier: MIT
local analyses = require "spec.support.analyses"
local calendar = require "vision.base.calendar"
local clock = require "vision.base.clock"
local create_analytics = require("vision.report.analytics").create_analytics
local rollup = require "vision.records.rollup"
local task = require "vision.base.task"
local time_zone = require "vision.base.time_zone"

local DAY = 86400
-- Over both changes of the clock of the northern year 2026.
local FROM = calendar.days_of(2026, 3, 20) * DAY
local NOW = calendar.days_of(2026, 11, 26) * DAY + 13 * 3600

local function at(now, body)
  return function()
    clock.install { wall = function() return now end }
    local ok, err = pcall(body)
    clock.install()
    if not ok then error(err, 0) end
  end
end

local function near(expected, actual, what)
  assert.is_true(math.abs(expected - actual) <= 1e-6 * math.max(1, math.abs(expected)),
    ("%s: %.10g is not %.10g"):format(what, actual, expected))
end

-- ---- the same by reading every record ----

local function selected(list, period)
  local found = {}
  for _, one in ipairs(list) do
    local has = {}
    for _, tag in ipairs(one.tags) do has[tag] = true end
    local tagged = true
    for _, tag in ipairs(period.tags or {}) do tagged = tagged and has[tag] end
    if one.created_at >= period.from and one.created_at < period.to and tagged
      and (not period.provider or one.provider == period.provider) then
      found[#found + 1] = one
    end
  end
  return found
end

local function micro(usd) return math.floor((usd or 0) * 1e6 + 0.5) / 1e6 end

local function scanned(list)
  local sum = { n = #list, failed = 0, cost = 0, unpriced = 0, cached = 0, tokens = 0, tags = {},
    errors = {}, paid = 0, tenths = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, none = 0, ms = {},
    disagreements = 0 }
  for _, one in ipairs(list) do
    sum.failed = sum.failed + (one.error and 1 or 0)
    sum.cost = sum.cost + micro(one.cost_usd)
    sum.unpriced = sum.unpriced + (one.cost_usd and 0 or 1)
    sum.cached = sum.cached + (one.cached and 1 or 0)
    sum.paid = sum.paid + (one.cost_usd and not one.cached and 1 or 0)
    sum.tokens = sum.tokens + (not one.cached and one.usage and one.usage.input_tokens or 0)
    sum.disagreements = sum.disagreements + (one.disagreements or 0)
    for _, tag in ipairs(one.tags) do sum.tags[tag] = (sum.tags[tag] or 0) + 1 end
    if one.error then
      sum.errors[one.error.reason] = (sum.errors[one.error.reason] or 0) + 1
    else
      local confidence = one.result.confidence
      local tenth = confidence and math.min(9, math.floor(confidence * 10)) + 1
      if tenth then sum.tenths[tenth] = sum.tenths[tenth] + 1 else sum.none = sum.none + 1 end
      if not one.cached then sum.ms[#sum.ms + 1] = one.processing_time_ms end
    end
  end
  table.sort(sum.ms)
  return sum
end

local function assert_stats(list, stats)
  local sum = scanned(list)
  assert.equal(sum.n, stats.total_requests)
  assert.equal(sum.failed, stats.failed_requests)
  assert.equal(sum.unpriced, stats.unpriced_requests)
  assert.equal(sum.cached, stats.cached_requests)
  assert.equal(sum.tokens, stats.input_tokens)
  assert.equal(sum.disagreements, stats.disagreements)
  assert.same(sum.errors, stats.errors)
  assert.same(sum.tenths, stats.confidence_distribution)
  assert.equal(sum.none, stats.answers_without_confidence)
  if sum.n > sum.unpriced then
    near(sum.cost, stats.total_cost_usd, "cost")
    near(sum.cost / sum.paid, stats.avg_cost_per_request, "cost a request")
  else
    assert.is_nil(stats.total_cost_usd)
  end
  if #sum.ms > 0 then
    for name, share in pairs { p50 = 0.5, p95 = 0.95, p99 = 0.99 } do
      local exact = sum.ms[math.ceil(share * #sum.ms)]
      local said = stats["latency_" .. name .. "_ms"]
      assert.is_true(math.abs(said / exact - 1) < 0.0101, name)
    end
  end
end

local function labels_of(zone, period, unit)
  local labels, seen = {}, {}
  for t = period.from, period.to - 1, 900 do -- every quarter of an hour, without calendar rules
    local label = zone:label(zone:start_of(t, unit), unit)
    if unit == "hour" then label = label .. zone:start_of(t, unit) end
    if not seen[label] then labels[#labels + 1], seen[label] = label, true end
  end
  return labels
end

local function assert_trends(list, trends, zone, period)
  local unit = trends.granularity
  local by_label, labels = {}, labels_of(zone, period, unit)
  for _, one in ipairs(list) do
    local start = zone:start_of(one.created_at, unit)
    local label = zone:label(start, unit) .. (unit == "hour" and start or "")
    by_label[label] = by_label[label] or {}
    table.insert(by_label[label], one)
  end
  assert.equal(#labels, #trends.labels)
  for i, label in ipairs(labels) do
    local sum = scanned(by_label[label] or {})
    assert.equal(sum.n, trends.request_trend[i], label)
    assert.equal(sum.failed, trends.failure_trend[i], label)
    near(sum.cost, trends.cost_trend[i], label)
    local rate = sum.n > 0 and (sum.n - sum.failed) / sum.n
    assert.equal(rate, trends.success_rate_trend[i])
  end
end

local LIST = analyses.records(3, 2000, FROM, NOW)

local CASES = {
  { timezone = "UTC", days = 30 },
  { timezone = "Europe/Berlin", from = FROM + 5 * DAY, to = FROM + 20 * DAY }, -- 23 hours
  { timezone = "America/New_York", days = 60, granularity = "week" }, -- 25 hours
  { timezone = "Asia/Kolkata", days = 200, granularity = "month" }, -- no whole hours
  { timezone = "Asia/Kathmandu", days = 3, granularity = "hour" },
  { timezone = "Australia/Lord_Howe", days = 40, provider = "openai" }, -- half an hour
  { timezone = "Pacific/Auckland", days = 100, tags = { "urgent" } },
  { timezone = "Europe/Berlin", from = FROM + 1234.5, to = FROM + 9 * DAY + 17.25 }, -- ragged
  { timezone = "UTC", from = FROM + 100, to = FROM + 400 }, -- less than a slot
  { timezone = "UTC", from = DAY + 1000, to = 3 * DAY }, -- nothing there
}

-- In a file of its own, which is gone afterwards.
local function in_sqlite()
  local path = os.tmpname()
  os.remove(path)
  local store = assert(require("vision.records.storage").open(path))
  for first = 1, #LIST, 200 do
    assert(store:save { (table.unpack or unpack)(LIST, first, first + 199) })
  end
  return store, function()
    store:close()
    os.execute("rm -f '" .. path .. "'*")
  end
end

local STORAGES = {
  memory = function() return analyses.storage(LIST), function() end end,
  SQLite = in_sqlite,
}

for kind, open in pairs(STORAGES) do
  describe("a report from " .. kind, function()
    local storage, close
    setup(function() storage, close = open() end)
    teardown(function() close() end)

    for _, case in ipairs(CASES) do
      it(("equals a full scan: %s"):format(require("vision.base.json").encode(case)),
        at(NOW, function()
          local analytics = assert(create_analytics(storage))
          local report = assert(analytics:generate_report(case))
          local zone = assert(time_zone.open(case.timezone))
          local period = { from = report.period_start, to = report.period_end,
            provider = case.provider, tags = case.tags }
          local found = selected(LIST, period)
          assert_stats(found, report.overall_stats)
          local providers = 0
          for name, stats in pairs(report.provider_stats) do
            period.provider = name
            assert_stats(selected(found, period), stats)
            providers = providers + stats.total_requests
          end
          assert.equal(#found, providers)
          period.provider = case.provider
          assert_trends(found, report.trends, zone, period)
          for _, pair in ipairs(report.top_tags) do
            assert.equal(scanned(found).tags[pair[1]], pair[2])
          end
          local models = 0
          for _, stats in pairs(report.model_stats) do models = models + stats.total_requests end
          assert.equal(#found, models)
        end))
    end
  end)
end

describe("analytics", function()
  local storage = analyses.storage(LIST)

  it("reads no record where rollups serve", at(NOW, function()
    local counted = { sums = 0, counts = 0 }
    local watched = setmetatable({
      sums = function(_, ...) counted.sums = counted.sums + 1 return storage:sums(...) end,
      counts = function(_, ...) counted.counts = counted.counts + 1 return storage:counts(...) end,
      query = function() error "a record was read" end,
    }, { __index = storage })
    local analytics = assert(create_analytics(watched, { timezone = "Europe/Berlin" }))
    assert.truthy(analytics:generate_report { days = 90 })
    assert.is_true(counted.sums <= 8, counted.sums)
    assert.is_true(counted.counts <= 18, counted.counts)
  end))

  it("lets others go on at each record that it reads, and ends when it is stopped", function()
    local ticks, turns = 0, 0
    finally(function() clock.install() end)
    clock.install { wall = function() return NOW end, mono = function()
      ticks = ticks + 1
      return ticks -- each look at the clock is a second later: no turn may go on
    end }
    local analytics, wanted = assert(create_analytics(storage)), { tags = { "urgent" }, days = 100 }
    local read, stopped
    task.spawn(function()
      local reading = task.spawn(analytics.get_provider_stats, analytics, wanted)
      while not reading:done() do
        task.sleep(0)
        turns = turns + 1
      end
      read = reading:join()
      reading = task.spawn(analytics.get_provider_stats, analytics, wanted)
      task.sleep(0)
      reading:cancel()
      stopped = { reading:join() }
    end):join()
    local count = 0
    for _, stats in pairs(read) do count = count + stats.total_requests end
    assert.is_true(count > 20)
    assert.is_true(turns >= 2 * count, ("%d turns of %d records"):format(turns, count))
    assert.same({ nil, "cancelled" }, { stopped[1], stopped[2].reason })
  end)

  it("has statistics and trends as the report has them", at(NOW, function()
    local analytics = assert(create_analytics { open = function() return storage end })
    local report = assert(analytics:generate_report {})
    assert.same(report.provider_stats, analytics:get_provider_stats())
    assert.same(report.trends, analytics:get_trends { granularity = "day", days = 30 })
    assert.equal(30, #report.trends.labels)
    assert.equal("2026-11-26", report.trends.labels[30])
    assert.equal(report.period_end, calendar.days_of(2026, 11, 27) * DAY)
    local cost = 0
    for _, value in ipairs(report.trends.cost_trend) do cost = cost + value end
    near(report.overall_stats.total_cost_usd, cost, "cost")
  end))

  it("compares with as many days before", at(NOW, function()
    local analytics = assert(create_analytics(storage, { timezone = "Europe/Berlin" }))
    local report = assert(analytics:generate_report { days = 40 }) -- a day of 25 hours before it
    -- Today is not over: nor is that day, whose clock was an hour ahead.
    assert.equal(NOW - 40 * DAY - 3600, report.previous_end)
    local found = selected(LIST, { from = report.previous_start, to = report.previous_end })
    assert_stats(found, report.previous_stats)
    local zone = assert(time_zone.open "Europe/Berlin")
    assert.equal(40, zone:day(report.period_start) - zone:day(report.previous_start))
  end))

  it("knows nothing of an empty store, and says so with nils and zeros", at(NOW, function()
    local analytics = assert(create_analytics(analyses.storage {}))
    local report = assert(analytics:generate_report { days = 2 })
    assert.same({}, report.provider_stats)
    assert.same({}, report.insights)
    assert.same({}, report.top_tags)
    assert.equal(0, report.overall_stats.total_requests)
    assert.is_nil(report.overall_stats.success_rate)
    assert.is_nil(report.overall_stats.total_cost_usd)
    assert.equal(24 + 14, #report.trends.request_trend) -- what is to come is no quiet time
    assert.is_false(report.trends.success_rate_trend[1])
  end))

  it("goes back as far as there is time", at(NOW, function()
    local report = assert(create_analytics(storage)):generate_report { days = 36600 }
    assert.equal(#LIST, report.overall_stats.total_requests)
    assert.equal("month", report.trends.granularity)
    assert.equal("1970-01", report.trends.labels[1])
  end))

  it("hands on what goes wrong in the storage", at(NOW, function()
    local errors = require "vision.base.error"
    local down = errors.new("internal", "the disk is gone")
    for _, name in ipairs { "sums", "counts", "query" } do
      local broken = setmetatable({ [name] = function() return nil, down end },
        { __index = storage })
      local analytics = assert(create_analytics(broken))
      local report, err = analytics:generate_report { from = FROM + 1, to = FROM + 5 * DAY }
      assert.is_nil(report)
      assert.equal(down, err)
    end
  end))

  it("refuses what it cannot mean", at(NOW, function()
    local analytics = assert(create_analytics(storage))
    for words, given in pairs {
      ["it would end %(1970%-01%-02 00:00%) before it begins"] = { from = DAY, to = DAY },
      ["option 'days' must be a whole number"] = { days = 0 },
      ["option 'granularity' must be one of hour, day, week, month"] = { granularity = "year" },
      ["there is no time zone 'Mars/Olympus'"] = { timezone = "Mars/Olympus" },
      ["a period of 1000 days has too many units of one hour"] =
        { days = 1000, granularity = "hour" },
      ["did you mean 'timezone'"] = { timezones = "UTC" },
    } do
      local report, err = analytics:generate_report(given)
      assert.is_nil(report)
      assert.matches(words, err.message)
    end
    local gone = { open = function() return nil, "gone" end }
    local missing, reason = assert(create_analytics(gone)):generate_report()
    assert.is_nil(missing)
    assert.equal("gone", reason)
    local none, err = create_analytics(storage, { timezone = "X" })
    assert.is_nil(none)
    assert.equal("invalid_option", err.reason)
    assert.has_error(function() create_analytics {} end)
  end))

  it("adds up latencies in buckets that are right to a hundredth", function()
    for ms = 2, 90000, 373 do
      assert.is_true(math.abs(rollup.bucket_ms(rollup.bucket(ms)) / ms - 1) < 0.0101)
    end
  end)
end)
