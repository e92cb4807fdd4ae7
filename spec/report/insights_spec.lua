-- SPDX-License-Identifier: MIT
local analyses = require "spec.support.analyses"
local chance = require "spec.support.chance"
local figures = require "vision.report.figures"
local insights = require "vision.report.insights"
local rollup = require "vision.records.rollup"

local DAY, DAYS, START = 86400, 14, 1790035200

-- A storage of nothing but the rows of records; slots are as narrow as time itself.
local function storage_of(list)
  local function rows(kind, time)
    return function(_, period)
      local found = {}
      for _, one in ipairs(list) do
        if one.created_at >= period.from and one.created_at < period.to then
          for _, row in ipairs(rollup.of(one)[kind]) do
            row[time] = one.created_at
            if not period.dimension or row.dimension == period.dimension then
              found[#found + 1] = row
            end
          end
        end
      end
      return found
    end
  end
  return { sums = rows("sums", "slot"), counts = rows("counts", "hour") }
end

local function read(storage, from)
  local edges = {}
  for day = 0, DAYS do edges[day + 1] = from + day * DAY end
  return assert(figures.read(storage, { edges = edges }))
end

-- What stands out of the second fortnight.
local function find(list)
  local storage = storage_of(list)
  local before, after = read(storage, START), read(storage, START + DAYS * DAY)
  return insights.find { before = before, after = after, days_before = before.units,
    days_after = after.units, units_before = before.units, units_after = after.units, unit = "day",
    label = function(from) return "day " .. math.floor((from - START) / DAY) end }
end

-- Two fortnights; work rests at week-ends.
local function fortnights(seed, number, change)
  local random, list = chance.new(seed), {}
  for day = 0, 2 * DAYS - 1 do
    local later = day >= DAYS
    local quiet = day % 7 >= 5 and 0.2 or 1
    for _ = 1, math.floor(number * quiet * (0.7 + 0.6 * random:fraction())) do
      local differs = change and change(later, random) or {}
      list[#list + 1] = analyses.record(random, START + (day + random:fraction()) * DAY, differs)
    end
  end
  return list
end

local function tested(found)
  local list = {}
  for _, finding in ipairs(found.findings) do
    if finding.test then list[#list + 1] = finding end
  end
  return list
end

local function one_provider(fields)
  return function(later)
    local change = { provider = "openai" }
    for name, value in pairs(later and fields or {}) do change[name] = value end
    return change
  end
end

-- The kinds of changes that are told, of enough work to see them.
local function kinds(fields, number)
  local list = {}
  for _, finding in ipairs(tested(find(fortnights(21, number or 40, one_provider(fields))))) do
    list[finding.kind] = finding
  end
  return list
end

describe("insights", function()
  it("tell of a slower provider, with evidence and test", function()
    local found = kinds { latency = 3400 }
    local finding = found.latency
    assert.matches("^openai answers more slowly than before %(3%.%d s on average in 14 days, "
      .. "before 2%.%d s in 14; Mann%-Whitney test by day, p = 0%.000%d+%)$", finding.text)
    assert.equal("openai", finding.subject)
    assert.is_true(finding.after > 1.2 * finding.before)
    assert.is_true(finding.p <= finding.adjusted_p)
    assert.is_nil(found.cost)
    assert.is_nil(found.confidence)
  end)

  it("tell of more failures, and of their reasons", function()
    local found = kinds { failures = 0.3 }
    assert.matches("^openai fails more often than before %([%d.]+ %% of %d+ requests failed, "
      .. "before [%d.]+ %% of %d+; two%-proportion z%-test, p < 0%.0001%)$", found.success.text)
    assert.matches("^'%a+_?%a*' has become more frequent", found.error.text)
    assert.matches("^openai fails less often", kinds({ failures = 0 }, 150).success.text)
  end)

  it("tell of higher prices, of lower confidence, of more work", function()
    assert.matches("^A request costs more with openai than before %(%$0%.01%d%d on average in 14 "
      .. "days, before %$0%.0%d%d%d in 14; Mann%-Whitney test by day, p",
      kinds({ cost = 0.016 }).cost.text)
    assert.matches("^openai is less confident than before", kinds({ confidence = 0.7 })
      .confidence.text)
    local list = fortnights(9, 20, one_provider())
    for _, one in ipairs(fortnights(10, 30, one_provider())) do
      if one.created_at >= START + DAYS * DAY then list[#list + 1] = one end
    end
    local volume = tested(find(list))[1]
    assert.matches("^More requests are made than before %([%d.]+ a day in 14 days, before [%d.]+ "
      .. "in 14; Poisson rate test, widened", volume.text)
  end)

  it("tell of more disagreement", function()
    local list = fortnights(5, 40, one_provider())
    for _, one in ipairs(list) do
      if one.created_at > START + DAYS * DAY and one.result then one.disagreements = 1 end
    end
    local told
    for _, finding in ipairs(tested(find(list))) do
      if finding.kind == "disagreement" then told = finding.text end
    end
    assert.matches("^Readers disagree more often about answers of openai than before %(%d+ "
      .. "disagreements in %d+ answers, before %d+ in %d+; Poisson rate test, p < 0.0001%)$", told)
  end)

  it("tell how providers differ, each from the next in order, after what has changed", function()
    local found, named, last = find(fortnights(4, 60)), {}, nil
    for _, finding in ipairs(tested(found)) do
      if finding.kind == "latency" then named[finding.subject] = finding end
      assert.is_false(last == "between" and finding.against == "before")
      last = finding.against ~= "before" and "between"
    end
    assert.matches("^local answers faster than openai %([%d.]+ s on average in 14 days, openai ",
      named["local"].text)
    assert.matches("^openai answers faster than anthropic", named.openai.text)
    assert.same({ "openai", "anthropic" }, { named["local"].against, named.openai.against })
    assert.is_nil(named.anthropic)
  end)

  it("tell of a single day that is unlike the others, which is no change", function()
    local list = fortnights(7, 30, function() return { provider = "openai", failures = 0.01 } end)
    for _, one in ipairs(list) do
      if math.floor((one.created_at - START) / DAY) == 17 then
        one.status, one.result, one.error = "failed", nil, { reason = "overloaded", message = "no" }
      end
    end
    local told = {}
    for _, finding in ipairs(tested(find(list))) do told[finding.kind] = finding end
    assert.matches("^openai failed more often on day 17 than on the other days %(%d+ of %d+ "
      .. "requests, on the others %d+ of %d+; .-, of each of 14 days, p < 0.0001%)$",
      told.success.text)
    assert.equal("other days", told.success.against)
    assert.is_nil(told.error)
  end)

  it("tell a change the way that its test has it", function()
    -- Half of the answers took twenty seconds, and none does now: the median is the same.
    local found = kinds()
    assert.is_nil(found.latency)
    local list = fortnights(21, 40, function(later, random)
      local is_slow = not later and random:fraction() < 0.5
      return { provider = "openai", latency = is_slow and 20000 or 1100 }
    end)
    for _, finding in ipairs(tested(find(list))) do found[finding.kind] = finding end
    assert.matches("^openai answers faster than before", found.latency.text)
    assert.is_true(found.latency.after < found.latency.before)
  end)

  it("tell nothing of what is too small to matter, or of too little", function()
    assert.same({}, kinds({ latency = 2650 }, 200)) -- two per cent
    assert.same({}, kinds({ latency = 5000, failures = 0.5 }, 0.3))
    local found = find {}
    assert.same({ {}, {}, 0 }, { found.sentences, found.findings, found.tests })
  end)

  it("say what they are not sure of: unknown prices, and what the cache saved", function()
    local texts = table.concat(find(fortnights(4, 20)).sentences, "\n")
    assert.matches("%d+ of %d+ requests have no known price", texts)
    assert.matches("The cache answered %d+ of %d+ requests, and saved %$%d", texts)
  end)

  it("report almost nothing where nothing has changed", function()
    local reports, alarms, tests = 60, 0, 0
    for seed = 1, reports do
      local found = find(fortnights(seed, 14, function(_, random)
        return { provider = random:fraction() < 0.5 and "openai" or "anthropic", latency = 3000,
          cost = 0.01, failures = 0.05, confidence = 0.85 }
      end))
      tests = tests + found.tests
      alarms = alarms + (#tested(found) > 0 and 1 or 0)
    end
    assert.is_true(tests / reports > 8, tests) -- it did look
    assert.is_true(alarms <= 0.1 * reports, alarms) -- 5 % are expected; 11 % would be one in 100
  end)
end)
