-- SPDX-License-Identifier: MIT
-- How far what was measured may lie from what holds: 95 % intervals of shares and of means.

local intervals = {}

local Z = 1.959964 -- of a normal distribution, 2.5 % on each side

local RESAMPLES, TAIL = 1000, 0.025

--- A share, by Wilson (JASA 22, 1927): right for few counts and near 0 and 1, too.
---@param hits integer
---@param all integer
---@return number? low nil of nothing
---@return number? high
function intervals.wilson(hits, all)
  if all == 0 then return nil end
  local share, z2 = hits / all, Z * Z
  local middle = (share + z2 / (2 * all)) / (1 + z2 / all)
  local half = Z / (1 + z2 / all) * math.sqrt(share * (1 - share) / all + z2 / (4 * all * all))
  return math.max(0, middle - half), math.min(1, middle + half)
end

--- The difference of two shares, second less first, from their Wilson intervals: Newcombe
--- (Statistics in Medicine 17, 1998), method 10.
---@return number? low nil where one of them is of nothing
---@return number? high
function intervals.newcombe(hits_1, all_1, hits_2, all_2)
  local low_1, high_1 = intervals.wilson(hits_1, all_1)
  local low_2, high_2 = intervals.wilson(hits_2, all_2)
  if not low_1 or not low_2 then return nil end
  local p1, p2 = hits_1 / all_1, hits_2 / all_2
  return p2 - p1 - math.sqrt((p2 - low_2) ^ 2 + (high_1 - p1) ^ 2),
    p2 - p1 + math.sqrt((high_2 - p2) ^ 2 + (p1 - low_1) ^ 2)
end

-- The generator of Park and Miller (CACM 31, 1988): the same samples, the same interval.
local function generator()
  local state = 20211
  return function()
    state = state * 48271 % 2147483647
    return (state - 1) / 2147483646
  end
end

--- @param list number[]
---@return number? # nil of nothing
function intervals.mean(list)
  local sum = 0
  for _, value in ipairs(list) do sum = sum + value end
  return #list > 0 and sum / #list or nil
end

local function resampled_mean(list, random)
  local sum, count = 0, #list
  for _ = 1, count do sum = sum + list[1 + math.floor(random() * count)] end
  return sum / count
end

local function middle(means)
  table.sort(means)
  return means[math.floor(TAIL * #means) + 1], means[math.ceil((1 - TAIL) * #means)]
end

--- The difference of two means, second less first, by bootstrap percentiles (Efron, 1979): no
--- shape of the distribution is assumed; latencies have long tails.
---@param first number[]
---@param second number[]
---@return number? low nil where one of them has fewer than two values
---@return number? high
function intervals.bootstrap(first, second)
  if #first < 2 or #second < 2 then return nil end
  local random, differences = generator(), {}
  for i = 1, RESAMPLES do
    differences[i] = resampled_mean(second, random) - resampled_mean(first, random)
  end
  return middle(differences)
end

return intervals
