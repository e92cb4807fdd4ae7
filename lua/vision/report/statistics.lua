-- SPDX-License-Identifier: MIT
-- Whether two counts, shares or distributions differ by more than chance. Each test gives the
-- probability of a difference at least so large where there is none (two-sided), and its own name.

local statistics = {}

-- Expected counts below which the normal distribution is no good stand-in (Cochran 1954).
local LEAST_EXPECTED = 5
-- Events up to which the exact binomial test is computed.
local EXACT_EVENTS = 2000
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

local function sum_of(list)
  local sum = 0
  for _, value in ipairs(list) do sum = sum + value end
  return sum
end

-- Pearson's chi-square of counts about their mean.
local function spread(list)
  local mean, sum = sum_of(list) / #list, 0
  for _, value in ipairs(list) do sum = sum + (value - mean) ^ 2 end
  return mean > 0 and sum / mean or 0
end

--- Two lists of counts, a unit of time each. Work comes in bursts, so that days differ by more than
--- Poisson's distribution has it: its variance is widened by what the units show (quasi-Poisson:
--- McCullagh and Nelder, Generalized Linear Models, 6.2), and never made narrower.
---@param a integer[]  2 or more
---@param b integer[]  2 or more
---@return vision.report.Test
function statistics.counts(a, b)
  local freedom = #a + #b - 2
  local dispersion = (spread(a) + spread(b)) / freedom
  local first, second = sum_of(a), sum_of(b)
  if dispersion <= 1 or first + second == 0 then
    return statistics.rates(first, #a, second, #b)
  end
  local all, share = first + second, #a / (#a + #b)
  local t = (first - all * share) / math.sqrt(dispersion * all * share * (1 - share))
  return { p = statistics.student(t, freedom),
    test = "Poisson rate test, widened by the spread of the days" }
end

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

--- Two distributions, value -> count: the test of Mann and Whitney (1947), corrected for ties
--- (Lehmann, Nonparametrics, 1.4) and continuity. `chance` is that a value of `a` is above one
--- of `b`, ties counted half.
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
  return { p = statistics.normal(distance / math.sqrt(variance)), test = "Mann-Whitney test",
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
