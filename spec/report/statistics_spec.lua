-- SPDX-License-Identifier: MIT
-- Values that textbooks and R's manual pages have.
local chance = require "spec.support.chance"
local statistics = require "vision.report.statistics"

local function near(expected, actual, within)
  assert.is_true(math.abs(expected - actual) <= (within or 5e-5),
    ("%.8g is not %.8g"):format(actual, expected))
end

-- { 1.2, 3, 3 } -> value -> count
local function distribution(values)
  local counts = {}
  for _, value in ipairs(values) do counts[value] = (counts[value] or 0) + 1 end
  return counts
end

describe("statistics", function()
  it("has the normal distribution of the tables", function()
    near(1, statistics.normal(0), 1e-6)
    near(0.05, statistics.normal(1.959964), 1e-6)
    near(0.05, statistics.normal(-1.959964), 1e-6)
    near(0.0026998, statistics.normal(3), 1e-7)
    near(1.97e-9, statistics.normal(6), 1e-11)
  end)

  it("has Student's distribution of the tables", function()
    near(0.05, statistics.student(12.706, 1), 1e-5)
    near(0.05, statistics.student(2.228, 10), 1e-4)
    near(0.01, statistics.student(2.750, 30), 1e-4)
    near(1, statistics.student(0, 5), 1e-9)
  end)

  it("tests as Fisher did", function()
    near(34 / 70, statistics.fisher(3, 4, 1, 4).p, 1e-6) -- the lady tasting tea
    near(0.0027594562, statistics.fisher(1, 12, 9, 12).p, 1e-7)
    near(1, statistics.fisher(0, 10, 0, 20).p, 1e-9)
  end)

  it("tests two shares, exactly where they are small", function()
    local found = statistics.shares(15, 50, 25, 50) -- chi-square 4.1667
    near(0.041227, found.p)
    assert.equal("two-proportion z-test", found.test)
    assert.equal("Fisher's exact test", statistics.shares(1, 10, 3, 10).test)
    assert.equal("Fisher's exact test", statistics.shares(1000, 1000, 998, 1000).test)
    near(1, statistics.shares(0, 10, 0, 10).p, 1e-9)
  end)

  it("tests two rates as R's poisson.test", function()
    near(0.07967, statistics.rates(11, 800, 21, 3011).p)
    near(1, statistics.rates(0, 10, 0, 10).p, 1e-9)
    near(statistics.normal((1100 - 1050) / math.sqrt(525)), statistics.rates(1100, 1, 1000, 1).p,
      1e-9)
  end)

  -- { 10, 11 } -> counts of units as long as `of`
  local function units(counts, of)
    local list = {}
    for i, count in ipairs(counts) do list[i] = { count = count, of = of or 1 } end
    return list
  end

  it("widens a rate test where the units differ by more than Poisson's", function()
    local calm, is_widened = statistics.rates_of_units(units { 15, 16, 14, 15 },
      units { 15, 17, 13, 16 })
    assert.same({ "Poisson rate test", false }, { calm.test, is_widened })
    near(statistics.rates(60, 4, 61, 4).p, calm.p, 1e-12)
    local wild
    wild, is_widened = statistics.rates_of_units(units { 0, 40, 0, 0 }, units { 0, 0, 80, 0 })
    assert.is_true(is_widened)
    assert.is_true(wild.p > 0.5)
    near(1, statistics.rates_of_units(units { 0, 0 }, units { 0, 0 }).p, 1e-9)
  end)

  it("widens a test of shares by bursts, and not by a change", function()
    local before = units({ 1, 0, 2, 1, 0, 1, 1, 0 }, 40)
    local outage, is_widened = statistics.shares_of_units(units({ 0, 1, 24, 0, 1, 2, 0, 1 }, 40),
      before)
    assert.is_true(is_widened)
    assert.is_true(outage.p > 0.1)
    assert.is_true(statistics.shares(29, 320, 6, 320).p < 1e-4) -- what it would be without
    local change = statistics.shares_of_units(units({ 4, 3, 5, 4, 3, 4, 5, 3 }, 40), before)
    assert.is_true(change.p < 0.001)
    near(1, statistics.shares_of_units(units({ 0, 0 }, 9), units({ 0, 0 }, 9)).p, 1e-9)
  end)

  it("compares distributions by ranks, few values exactly", function()
    -- Hollander and Wolfe 1973, 69f., as R's wilcox.test(x, y): W = 35, exact p = 0.2544
    local found = statistics.ranks(
      distribution { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 },
      distribution { 1.15, 0.88, 0.90, 0.74, 1.21 })
    near(35 / 50, found.chance, 1e-12)
    near(0.2544, found.p)
    local apart = statistics.ranks(distribution { 1, 2, 3, 4, 5 }, distribution { 6, 7, 8, 9, 10 })
    near(2 / 252, apart.p, 1e-12) -- two of all ways to choose five of ten
    local many = {}
    for i = 1, 16 do many[i] = i end
    local of_many = statistics.ranks(distribution(many), distribution { 3.5, 5.5, 6.5, 8.5, 12.5 })
    near(46 / 80, of_many.chance, 1e-12)
    near(statistics.normal(5.5 / math.sqrt(80 * 22 / 12)), of_many.p, 1e-9)
    assert.is_nil(statistics.ranks({}, { [1] = 3 }))
    assert.is_nil(statistics.ranks({ [1] = 3 }, { [1] = 3 })) -- all the same
  end)

  it("corrects ranks for ties", function()
    -- Two by two is the chi-square of the shares, but for N - 1 in place of N and continuity.
    local found = statistics.ranks({ [0] = 350, [1] = 150 }, { [0] = 250, [1] = 250 })
    near(statistics.shares(150, 500, 250, 500).p, found.p, 1e-9)
  end)

  it("adjusts for the number of tests, as Holm", function()
    local adjusted = statistics.holm { 0.01, 0.04, 0.03, 0.005 }
    for i, expected in ipairs { 0.03, 0.06, 0.06, 0.02 } do near(expected, adjusted[i], 1e-12) end
    assert.same({}, statistics.holm {})
    assert.same({ 1, 1 }, statistics.holm { 0.8, 0.9 })
  end)

  it("errs as often as it says where there is no difference", function()
    local random, rounds = chance.new(5), 400
    local alarms = { shares = 0, ranks = 0, rates = 0, bursts = 0 }
    local function heads(n, share)
      local count = 0
      for _ = 1, n do count = count + (random:fraction() < share and 1 or 0) end
      return count
    end
    local function values(n)
      local counts = {}
      for _ = 1, n do
        local value = math.floor(random:fraction() ^ 2 * 30)
        counts[value] = (counts[value] or 0) + 1
      end
      return counts
    end
    local function days()
      local list = {}
      for i = 1, 14 do list[i] = heads(40, i % 7 < 2 and 0.1 or 0.6) end -- week-ends are quiet
      return units(list)
    end
    local function failures() -- one day in twelve has an outage
      local list = {}
      for i = 1, 30 do list[i] = heads(20, random:fraction() < 1 / 12 and 0.5 or 0.02) end
      return units(list, 20)
    end
    for _ = 1, rounds do
      for name, p in pairs {
        shares = statistics.shares(heads(200, 0.1), 200, heads(300, 0.1), 300).p,
        ranks = statistics.ranks(values(80), values(120)).p,
        rates = statistics.rates_of_units(days(), days()).p,
        bursts = statistics.shares_of_units(failures(), failures()).p,
      } do
        alarms[name] = alarms[name] + (p < 0.05 and 1 or 0)
      end
    end
    for name, count in pairs(alarms) do
      assert.is_true(count / rounds < 0.08, ("%s: %d"):format(name, count))
    end
  end)
end)
