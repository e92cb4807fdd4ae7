-- SPDX-License-Identifier: MIT
-- Whether two counts, shares or distributions differ by more than chance. Each test gives the
-- probability of a difference at least so large where there is none (two-sided), and its own name.

local statistics = {}

-- Expected counts below which the normal distribution is no good stand-in (Cochran 1954).
local LEAST_EXPECTED = 5
-- Events up to which the exact binomial test is computed.
local EXACT_EVENTS = 2000
-- Values a side up to which the ranks are tested exactly.
local EXACT_VALUES = 15
-- Outcomes as likely as the one that was seen, but for rounding.
local TIE = 1 + 1e-7

-- ---- distributions ----

-- ln Γ(x), x > 0, to 2e-10: Lanczos's series (Press et al., Numerical Recipes, 6.1).
local function log_gamma(x)
  local terms = { 76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155,
    0.1208650973866179e-2, -0.5395239384953e-5 }
  local sum = 1.000000000190015
  for i, term in ipairs(terms) do sum = sum + term / (x + i) end
  local shifted = x + 5.5
  return (x + 0.5) * math.log(shifted) - shifted + math.log(2.5066282746310005 * sum / x)
end

local function log_choose(n, k)
  return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1)
end

--- The chance of |Z| ≥ |z| under the standard normal distribution; off by less than 1.2e-7 of
--- itself (Chebyshev fit of erfc: Numerical Recipes, 6.2).
---@param z number
---@return number
function statistics.normal(z)
  local x = math.abs(z) / math.sqrt(2)
  local t = 1 / (1 + 0.5 * x)
  local fit = { -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807,
    -1.13520398, 1.48851587, -0.82215223, 0.17087277 }
  local sum = 0
  for i = #fit, 1, -1 do sum = sum * t + fit[i] end
  return t * math.exp(-x * x + sum)
end

-- The continued fraction of the incomplete beta function (Numerical Recipes, 6.4: Lentz's way).
local function beta_fraction(a, b, x)
  local function kept(value) return math.abs(value) < 1e-300 and 1e-300 or value end
  local c, d = 1, 1 / kept(1 - (a + b) * x / (a + 1))
  local result = d
  for m = 1, 300 do
    local even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    local odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    local step
    for _, term in ipairs { even, odd } do
      d, c = 1 / kept(1 + term * d), kept(1 + term / c)
      step = d * c
      result = result * step
    end
    if math.abs(step - 1) < 1e-12 then break end
  end
  return result
end

-- I_x(a, b)
local function incomplete_beta(a, b, x)
  if x <= 0 or x >= 1 then return x <= 0 and 0 or 1 end
  local front = math.exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * math.log(x)
    + b * math.log(1 - x))
  if x < (a + 1) / (a + b + 2) then return front * beta_fraction(a, b, x) / a end
  return 1 - front * beta_fraction(b, a, 1 - x) / b
end

--- The chance of |T| ≥ |t| under Student's distribution.
---@param t number
---@param freedom number degrees, > 0
---@return number
function statistics.student(t, freedom)
  return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))
end

-- The sum of the chances of all outcomes that are no likelier than the one seen.
local function as_unlikely(low, high, seen, log_chance)
  local limit, sum = log_chance(seen) + math.log(TIE), 0
  for outcome = low, high do
    local chance = log_chance(outcome)
    if chance <= limit then sum = sum + math.exp(chance) end
  end
  return math.min(1, sum)
end

-- ---- tests ----

---@class vision.report.Test
---@field p number      0 .. 1
---@field test string   its name

--- Fisher's exact test of two shares (Fisher 1935; two-sided as in R's fisher.test).
---@param a integer  of n
---@param n integer
---@param b integer  of m
---@param m integer
---@return vision.report.Test
function statistics.fisher(a, n, b, m)
  local all = a + b
  local p = as_unlikely(math.max(0, all - m), math.min(all, n), a, function(k)
    return log_choose(n, k) + log_choose(m, all - k) - log_choose(n + m, all)
  end)
  return { p = p, test = "Fisher's exact test" }
end

--- Two shares: the z-test with the pooled share (Fleiss, Statistical Methods for Rates and
--- Proportions, 2.1, without correction), or Fisher's where an expected count is small.
---@param a integer  of n
---@param n integer  > 0
---@param b integer  of m
---@param m integer  > 0
---@return vision.report.Test
function statistics.shares(a, n, b, m)
  local share = (a + b) / (n + m)
  if math.min(n, m) * math.min(share, 1 - share) < LEAST_EXPECTED then
    return statistics.fisher(a, n, b, m)
  end
  local z = (a / n - b / m) / math.sqrt(share * (1 - share) * (1 / n + 1 / m))
  return { p = statistics.normal(z), test = "two-proportion z-test" }
end

local function poisson_normal(a, all, share)
  local z = (a - all * share) / math.sqrt(all * share * (1 - share))
  return statistics.normal(z)
end

--- Two counts of events: given their sum, the first is binomial (Przyborowski and Wilenski 1940; as
--- R's poisson.test).
---@param a integer
---@param a_time number  how long was counted, > 0
---@param b integer
---@param b_time number
---@return vision.report.Test
function statistics.rates(a, a_time, b, b_time)
  local all, share = a + b, a_time / (a_time + b_time)
  local p
  if all <= EXACT_EVENTS then
    p = as_unlikely(0, all, a, function(k)
      return log_choose(all, k) + k * math.log(share) + (all - k) * math.log(1 - share)
    end)
  else
    p = poisson_normal(a, all, share)
  end
  return { p = p, test = "Poisson rate test" }
end

-- ---- tests of events that come in bursts ----

---@class vision.report.Events  what was counted in a unit of time
---@field count integer
---@field of number        > 0: of so many (shares), or in so long (rates)

local function totals(units)
  local count, of = 0, 0
  for _, unit in ipairs(units) do count, of = count + unit.count, of + unit.of end
  return count, of
end

-- Pearson's chi-square of counts about what one share, or one rate, makes one expect.
local function spread(units, is_share)
  local count, of = totals(units)
  local rate, sum = count / of, 0
  for _, unit in ipairs(units) do
    local expected = rate * unit.of
    local variance = is_share and expected * (1 - rate) or expected
    if variance > 0 then sum = sum + (unit.count - expected) ^ 2 / variance end
  end
  return sum
end

-- What each unit comes to, as value -> units.
local function values_of(units)
  local values = {}
  for _, unit in ipairs(units) do
    local value = unit.count / unit.of
    values[value] = (values[value] or 0) + 1
  end
  return values
end

-- Failures and work come in bursts, so that units of time differ by more than chance has it: the
-- variance is widened by what they show (quasi-binomial, quasi-Poisson: McCullagh and Nelder,
-- Generalized Linear Models, 4.5 and 6.2), and never made narrower. `calm` is the test without.
local function widened(after, before, is_share, calm, z)
  local freedom = #after + #before - 2
  local dispersion = (spread(after, is_share) + spread(before, is_share)) / freedom
  if dispersion <= 1 then return calm, false end
  return { p = statistics.student(z / math.sqrt(dispersion), freedom), test = calm.test }, true
end

--- Two shares, of what was counted in several units of time each. A few bursts that happen to lie
--- on one side are no change: where there are bursts it is at most as sure as the units' ranks.
---@param after vision.report.Events[]   2 or more
---@param before vision.report.Events[]  2 or more
---@return vision.report.Test
---@return boolean is_widened
function statistics.shares_of_units(after, before)
  local a, n = totals(after)
  local b, m = totals(before)
  local share = (a + b) / (n + m)
  local calm = statistics.shares(a, n, b, m)
  if share == 0 or share == 1 then return calm, false end
  local z = (a / n - b / m) / math.sqrt(share * (1 - share) * (1 / n + 1 / m))
  local test, is_widened = widened(after, before, true, calm, z)
  if not is_widened then return test, false end
  local by_ranks = statistics.ranks(values_of(after), values_of(before))
  test.p = math.max(test.p, by_ranks and by_ranks.p or 1)
  return test, true
end

--- Two rates, of what was counted in several units of time each.
---@param after vision.report.Events[]   2 or more
---@param before vision.report.Events[]  2 or more
---@return vision.report.Test
---@return boolean is_widened
function statistics.rates_of_units(after, before)
  local a, n = totals(after)
  local b, m = totals(before)
  local all, share = a + b, n / (n + m)
  local calm = statistics.rates(a, n, b, m)
  if all == 0 then return calm, false end
  return widened(after, before, false, calm,
    (a - all * share) / math.sqrt(all * share * (1 - share)))
end

-- ---- tests of distributions ----

local function sorted_keys(a, b)
  local keys, seen = {}, {}
  for _, counts in ipairs { a, b } do
    for key in pairs(counts) do
      if not seen[key] then keys[#keys + 1], seen[key] = key, true end
    end
  end
  table.sort(keys)
  return keys
end

-- Ways in which the ranks of `n` values among n + m can be chosen, by how many pairs have the
-- greater value among them: ways[u + 1] for u from 0 to n m (Mann and Whitney 1947, (1)).
local function ways_of(n, m)
  local table_of = {}
  for i = 0, n do
    table_of[i] = {}
    for j = 0, m do
      local ways = {}
      for u = 0, i * j do
        local with_last = i > 0 and u >= j and table_of[i - 1][j][u - j + 1] or 0
        local without = j > 0 and table_of[i][j - 1][u + 1] or 0
        ways[u + 1] = i + j == 0 and 1 or with_last + without
      end
      table_of[i][j] = ways
    end
  end
  return table_of[n][m]
end

-- The chance of a distance from the middle that is at least so large.
local function exact_ranks(n, m, above)
  local ways, all, sum = ways_of(n, m), 0, 0
  local distance = math.abs(above - n * m / 2)
  for u = 0, n * m do
    all = all + ways[u + 1]
    if math.abs(u - n * m / 2) >= distance - 1e-9 then sum = sum + ways[u + 1] end
  end
  return sum / all
end

--- Two distributions, value -> count: the test of Mann and Whitney (1947), exact where there are
--- few values and no ties, else corrected for ties (Lehmann, Nonparametrics, 1.4) and continuity.
--- `chance` is that a value of `a` is above one of `b`, ties counted half.
---@param a table<number, integer>
---@param b table<number, integer>
---@return vision.report.Test|nil # nil where there is nothing to compare; also `chance`
function statistics.ranks(a, b)
  local n, m, above, ties = 0, 0, 0, 0
  for _, key in ipairs(sorted_keys(a, b)) do
    local x, y = a[key] or 0, b[key] or 0
    above = above + x * (m + y / 2)
    n, m, ties = n + x, m + y, ties + (x + y) ^ 3 - (x + y)
  end
  if n == 0 or m == 0 then return nil end
  local all = n + m
  local variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)))
  if variance <= 0 then return nil end -- all values are the same
  local distance = math.max(0, math.abs(above - n * m / 2) - 0.5)
  local is_exact = ties == 0 and math.max(n, m) <= EXACT_VALUES
  return { p = is_exact and exact_ranks(n, m, above)
    or statistics.normal(distance / math.sqrt(variance)), test = "Mann-Whitney test",
    chance = above / (n * m) }
end

--- The chances of several tests, each made as large as the number of tests asks for, so that one
--- that is below a limit is so although so many were looked at (Holm 1979).
---@param chances number[]
---@return number[] # in the same order
function statistics.holm(chances)
  local order, adjusted, least = {}, {}, 0
  for i = 1, #chances do order[i] = i end
  table.sort(order, function(i, j)
    if chances[i] ~= chances[j] then return chances[i] < chances[j] end
    return i < j
  end)
  for rank, i in ipairs(order) do
    least = math.max(least, math.min(1, (#chances - rank + 1) * chances[i]))
    adjusted[i] = least
  end
  return adjusted
end

return statistics
