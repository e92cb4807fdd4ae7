-- SPDX-License-Identifier: MIT
-- The comparisons of which insights are chosen: each states its figures, and has a test. One that
-- is sure but so small that nobody would act on it does not matter.

local format = require "vision.report.format"
local statistics = require "vision.report.statistics"

local comparisons = {}

-- Fewer values on one side are no distribution, fewer days no course.
local LEAST_VALUES, LEAST_DAYS = 20, 5
-- What matters: points of a share, parts of the figure before.
local POINTS, PART, VOLUME_PART = 0.005, 0.05, 0.1
-- Reasons of failures that are looked at, the most frequent ones.
local REASONS = 8

local function add(candidates, kind, subject, test, more)
  if not test then return end
  local candidate = { kind = kind, subject = subject, against = "before", test = test.test,
    p = test.p }
  for name, value in pairs(more) do candidate[name] = value end
  candidates[#candidates + 1] = candidate
end

local function differs(a, b, part)
  return math.abs(a - b) >= part * math.max(math.abs(a), math.abs(b))
end

local function count(value) return format.value(value, "count") end
local function share(value) return format.value(value, "share") end

local function provider_of(figures, name)
  return figures.providers[name]
end

-- ---- shares ----

local function failures(candidates, name, after, before, words)
  local a, n, b, m = after.failed, after.sums.requests, before.failed, before.sums.requests
  if n == 0 or m == 0 then return end
  add(candidates, "success", name, statistics.shares(a, n, b, m), {
    against = words.against, before = 1 - b / m, after = 1 - a / n,
    matters = math.abs(a / n - b / m) >= POINTS,
    claim = ("%s fails %s often than %s"):format(name, a / n > b / m and "more" or "less",
      words.than),
    evidence = ("%s of %s requests failed, %s %s of %s"):format(share(a / n), count(n), words.other,
      share(b / m), count(m)),
  })
end

local function disagreements(candidates, name, after, before)
  local a, n = after.sums.disagreements, after.sums.requests - after.failed
  local b, m = before.sums.disagreements, before.sums.requests - before.failed
  if a + b == 0 or n <= 0 or m <= 0 then return end
  add(candidates, "disagreement", name, statistics.rates(a, n, b, m), {
    before = b / m, after = a / n, matters = differs(a / n, b / m, VOLUME_PART),
    claim = ("Readers disagree %s often about answers of %s than before"):format(
      a / n > b / m and "more" or "less", name),
    evidence = ("%s disagreements in %s answers, before %s in %s"):format(count(a), count(n),
      count(b), count(m)),
  })
end

-- ---- distributions ----

local function size(counts)
  local sum = 0
  for _, number in pairs(counts) do sum = sum + number end
  return sum
end

local function median_ms(of)
  return of:latency_ms({ 0.5 })[1]
end

local function latencies(candidates, name, after, before, words)
  local a, b = after:latencies(), before:latencies()
  if math.min(size(a), size(b)) < LEAST_VALUES then return end
  local now, was = median_ms(after), median_ms(before)
  local said = format.column({ now, was }, "ms")
  add(candidates, "latency", name, statistics.ranks(a, b), {
    against = words.against, before = was, after = now, matters = differs(now, was, PART),
    claim = ("%s answers %s than %s"):format(name, now > was and "more slowly" or "faster",
      words.than),
    evidence = ("median %s of %s answers, %s %s of %s"):format(said[1], count(size(a)), words.other,
      said[2], count(size(b))),
  })
end

-- Tenths of confidence as number -> count, without those that have none.
local function tenths(of)
  local counts = {}
  for value, number in pairs(of.values.confidence) do
    if value ~= "none" then counts[tonumber(value)] = number end
  end
  return counts
end

local function mean_confidence(of)
  return of.sums.confidence_count > 0 and of.sums.confidence_ppm / of.sums.confidence_count / 1e6
end

local function confidences(candidates, name, after, before)
  local a, b = tenths(after), tenths(before)
  local now, was = mean_confidence(after), mean_confidence(before)
  if not now or not was or math.min(size(a), size(b)) < LEAST_VALUES then return end
  add(candidates, "confidence", name, statistics.ranks(a, b), {
    before = was, after = now, matters = math.abs(now - was) >= 0.01,
    claim = ("The confidence of %s has %s"):format(name, now > was and "risen" or "fallen"),
    evidence = ("%s on average of %s answers, before %s of %s"):format(share(now), count(size(a)),
      share(was), count(size(b))),
  })
end

-- ---- days ----

local function part_of(day, name)
  return name and day.providers[name] or not name and day.overall or nil
end

-- Cost of a request on each day that had any, as value -> days.
local function daily_costs(days, name)
  local counts, number = {}, 0
  for _, day in ipairs(days) do
    local part = part_of(day, name)
    local cost = part and part:cost_usd()
    if cost then
      local each = cost / (part.sums.requests - part.sums.unpriced)
      counts[each], number = (counts[each] or 0) + 1, number + 1
    end
  end
  return counts, number
end

local function costs(candidates, compared, name)
  local a, n = daily_costs(compared.days_after, name)
  local b, m = daily_costs(compared.days_before, name)
  if math.min(n, m) < LEAST_DAYS then return end
  local now = provider_of(compared.after, name):stats().avg_cost_per_request
  local was = provider_of(compared.before, name):stats().avg_cost_per_request
  if not now or not was then return end
  local said = format.column({ now, was }, "usd")
  add(candidates, "cost", name, statistics.ranks(a, b), {
    before = was, after = now, matters = differs(now, was, PART),
    claim = ("%s costs %s a request than before"):format(name, now > was and "more" or "less"),
    evidence = ("%s, before %s; by day, %d and %d days"):format(said[1], said[2], n, m),
  })
end

local function daily_requests(days)
  local list, sum = {}, 0
  for i, day in ipairs(days) do
    list[i] = day.overall.sums.requests
    sum = sum + list[i]
  end
  return list, sum
end

--- How much is asked.
---@param candidates table[]
---@param compared vision.report.Compared
function comparisons.volume(candidates, compared)
  local a, n = daily_requests(compared.days_after)
  local b, m = daily_requests(compared.days_before)
  if math.min(#a, #b) < LEAST_DAYS or n == 0 or m == 0 then return end
  local now, was = n / #a, m / #b
  add(candidates, "volume", "all", statistics.counts(a, b), {
    before = was, after = now, matters = differs(now, was, VOLUME_PART),
    claim = ("%s requests are made than before"):format(now > was and "More" or "Fewer"),
    evidence = ("%s a day in %d days, before %s in %d"):format(format.value(now, "number"), #a,
      format.value(was, "number"), #b),
  })
end

-- ---- by reason, by provider ----

local function frequent(reasons, others)
  local list, seen = {}, {}
  for _, counts in ipairs { reasons, others } do
    for reason in pairs(counts) do
      if not seen[reason] then list[#list + 1], seen[reason] = reason, true end
    end
  end
  local function all(reason) return (reasons[reason] or 0) + (others[reason] or 0) end
  table.sort(list, function(a, b)
    if all(a) ~= all(b) then return all(a) > all(b) end
    return a < b
  end)
  for i = #list, REASONS + 1, -1 do list[i] = nil end
  return list
end

--- What goes wrong.
---@param candidates table[]
---@param compared vision.report.Compared
function comparisons.reasons(candidates, compared)
  local after, before = compared.after.overall, compared.before.overall
  local n, m = after.sums.requests, before.sums.requests
  if n == 0 or m == 0 then return end
  for _, reason in ipairs(frequent(after.reasons, before.reasons)) do
    local a, b = after.reasons[reason] or 0, before.reasons[reason] or 0
    add(candidates, "error", reason, statistics.shares(a, n, b, m), {
      before = b / m, after = a / n, matters = math.abs(a / n - b / m) >= POINTS,
      claim = ("'%s' has become %s frequent"):format(reason, a / n > b / m and "more" or "less"),
      evidence = ("%s of %s requests, before %s of %s"):format(count(a), count(n), count(b),
        count(m)),
    })
  end
end

--- What has changed with one provider.
---@param candidates table[]
---@param compared vision.report.Compared
---@param name string
function comparisons.provider(candidates, compared, name)
  local after, before = provider_of(compared.after, name), provider_of(compared.before, name)
  if not before then return end
  local words = { against = "before", than = "before", other = "before" }
  failures(candidates, name, after, before, words)
  latencies(candidates, name, after, before, words)
  confidences(candidates, name, after, before)
  costs(candidates, compared, name)
  disagreements(candidates, name, after, before)
end

-- All providers but one, as one.
local function the_others(figures, name)
  local tally = require "vision.report.tally"
  local others = tally.new()
  for other, part in pairs(figures.providers) do
    if other ~= name then
      others:merge(part)
      for value, number in pairs(part.values.latency) do
        others:count { dimension = "latency", value = value, count = number }
      end
    end
  end
  return others
end

--- How one provider differs from the others in this time.
---@param candidates table[]
---@param figures vision.report.Figures
---@param name string
function comparisons.between(candidates, figures, name)
  local one, others = provider_of(figures, name), the_others(figures, name)
  local words = { against = "others", than = "the others", other = "theirs" }
  failures(candidates, name, one, others, words)
  latencies(candidates, name, one, others, words)
end

return comparisons
