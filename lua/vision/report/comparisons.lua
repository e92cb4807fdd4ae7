-- SPDX-License-Identifier: MIT
-- The comparisons of which insights are chosen: each states its figures, and has a test. One that
-- is sure but so small that nobody would act on it does not matter.
--
-- What happens on one day has causes in common, so days are compared (in short times, hours), not
-- requests: an outage of an hour is one event, whatever number of requests failed in it.

local format = require "vision.report.format"
local statistics = require "vision.report.statistics"

local comparisons = {}

-- Fewer units of time are no course.
comparisons.LEAST_UNITS = 5
local LEAST_UNITS = comparisons.LEAST_UNITS
-- Fewer answers are no distribution.
local LEAST_ANSWERS = 20
-- What matters: points of a share, parts of the figure before.
local POINTS, PART, VOLUME_PART = 0.005, 0.05, 0.1
-- Of a day that stands out: failures, and points above the other days.
local OUTAGE, OUTAGE_POINTS = 5, 0.05
-- Reasons of failures that are looked at, the most frequent ones.
local REASONS = 8

---@class vision.report.Part  what is compared: of all, or of a provider
---@field whole vision.report.Tally
---@field units { tally: vision.report.Tally, from: number }[]  days or hours, those with requests
---@field unit "day"|"hour"

---@class vision.report.Words  how what it is compared with is called
---@field against string   of a finding: "before", "other days", or the name of a provider
---@field than string      "more often than …"
---@field other string     "…, before 3 of 40"

local BEFORE = { against = "before", than = "before", other = "before" }

local function add(candidates, kind, subject, words, test, more)
  if not test then return end
  local candidate = { kind = kind, subject = subject, against = words.against, test = test.test,
    p = test.p }
  for name, value in pairs(more) do candidate[name] = value end
  candidates[#candidates + 1] = candidate
end

local function differs(a, b, part)
  return math.abs(a - b) >= part * math.max(math.abs(a), math.abs(b))
end

local function count(value) return format.value(value, "count") end

-- Both with as many digits as tell one from the other.
local function two(a, b, unit)
  local said = format.apart(a, b, unit)
  return said[1], said[2]
end

-- ---- parts ----

local function part_of(figures, units, unit, name)
  local whole = figures.overall
  if name then whole = figures.providers[name] end
  local part = { whole = whole, units = {}, unit = unit }
  for _, one in ipairs(units) do
    local tally = one.overall
    if name then tally = one.providers[name] end
    if tally and tally.sums.requests > 0 then
      part.units[#part.units + 1] = { tally = tally, from = one.from }
    end
  end
  return part
end

local function have_course(after, before)
  return math.min(#after.units, #before.units) >= LEAST_UNITS
end

-- Of each unit: how many of how many; units of nothing are left out.
local function events(part, of)
  local list = {}
  for _, unit in ipairs(part.units) do
    local number, all = of(unit.tally)
    if all > 0 then list[#list + 1] = { count = number, of = all } end
  end
  return list
end

local function named(test, is_widened, part)
  if is_widened then
    test.test = ("%s, widened by the spread of the %ss"):format(test.test, part.unit)
  end
  return test
end

-- ---- shares ----

local function share_test(after, before, of)
  local a, n = of(after.whole)
  local b, m = of(before.whole)
  if n == 0 or m == 0 then return nil end
  if not have_course(after, before) then return statistics.shares(a, n, b, m) end
  local test, is_widened = statistics.shares_of_units(events(after, of), events(before, of))
  return named(test, is_widened, after)
end

local function failed_of(tally) return tally.failed, tally.sums.requests end

local function failures(candidates, name, after, before, words)
  local a, n = failed_of(after.whole)
  local b, m = failed_of(before.whole)
  if n == 0 or m == 0 then return end
  local now, was = two(a / n, b / m, "share")
  add(candidates, "success", name, words, share_test(after, before, failed_of), {
    before = 1 - b / m, after = 1 - a / n, matters = math.abs(a / n - b / m) >= POINTS,
    claim = ("%s fails %s often than %s"):format(name, a / n > b / m and "more" or "less",
      words.than),
    evidence = ("%s of %s requests failed, %s %s of %s"):format(now, count(n), words.other, was,
      count(m)),
  })
end

-- The day on which most more failed than on the others.
local function worst_of(part)
  local worst, most
  local share = part.whole.failed / part.whole.sums.requests
  for _, unit in ipairs(part.units) do
    local excess = unit.tally.failed - share * unit.tally.sums.requests
    if not most or excess > most then worst, most = unit, excess end
  end
  return worst
end

-- One day that is unlike the others; any of them might have been it, so its chance is theirs all.
local function outage(candidates, name, part, label)
  if part.unit ~= "day" or #part.units < LEAST_UNITS then return end
  local worst = worst_of(part)
  local a, n = failed_of(worst.tally)
  local b, m = part.whole.failed - a, part.whole.sums.requests - n
  local test = statistics.shares(a, n, b, m)
  test.p = math.min(1, test.p * #part.units)
  test.test = ("%s, of each of %d days"):format(test.test, #part.units)
  add(candidates, "success", name, { against = "other days" }, test, {
    before = 1 - b / m, after = 1 - a / n,
    matters = a >= OUTAGE and a / n - b / m >= OUTAGE_POINTS,
    claim = ("%s failed more often on %s than on the other days"):format(name, label(worst.from)),
    evidence = ("%s of %s requests, on the others %s of %s"):format(count(a), count(n), count(b),
      count(m)),
  })
end

-- ---- averages ----

-- What a tally comes to, and of how many answers: nil where of none.
local AVERAGES = {
  latency = { unit = "ms", value = function(tally) return tally:answer_ms() end,
    matters = function(now, was) return differs(now, was, PART) end,
    claim = function(name, is_more, than)
      return ("%s answers %s than %s"):format(name, is_more and "more slowly" or "faster", than)
    end },
  cost = { unit = "usd", value = function(tally) return tally:cost_each() end,
    matters = function(now, was) return differs(now, was, PART) end,
    claim = function(name, is_more, than)
      return ("A request costs %s with %s than %s%s"):format(is_more and "more" or "less", name,
        than == BEFORE.than and "" or "with ", than)
    end },
  confidence = { unit = "share", value = function(tally) return tally:confidence() end,
    matters = function(now, was) return math.abs(now - was) >= 0.01 end,
    claim = function(name, is_more, than)
      return ("%s is %s confident than %s"):format(name, is_more and "more" or "less", than)
    end },
}

-- The average of each unit, as value -> units.
local function by_unit(part, value)
  local values, number, answers = {}, 0, 0
  for _, unit in ipairs(part.units) do
    local average, of = value(unit.tally)
    if average then
      values[average], number = (values[average] or 0) + 1, number + 1
      answers = answers + of
    end
  end
  return values, number, answers
end

local function averages(candidates, kind, name, after, before, words)
  local about = AVERAGES[kind]
  local now, was = about.value(after.whole), about.value(before.whole)
  local a, n, answers = by_unit(after, about.value)
  local b, m, answers_before = by_unit(before, about.value)
  if math.min(n, m) < LEAST_UNITS or math.min(answers, answers_before) < LEAST_ANSWERS then
    return
  end
  local test = statistics.ranks(a, b)
  if not test then return end
  test.test = test.test .. " by " .. after.unit
  local said_now, said_was = two(now, was, about.unit)
  add(candidates, kind, name, words, test, {
    before = was, after = now,
    -- A few odd days may move the average against the others: then it is no change of either kind.
    matters = about.matters(now, was) and (now > was) == (test.chance > 0.5),
    claim = about.claim(name, now > was, words.than),
    evidence = ("%s on average in %d %ss, %s %s in %d"):format(said_now, n, after.unit, words.other,
      said_was, m),
  })
end

-- ---- disagreement, volume, reasons ----

local function disagreed_of(tally)
  return tally.sums.disagreements, tally.sums.requests - tally.failed
end

local function disagreements(candidates, name, after, before)
  local a, n = disagreed_of(after.whole)
  local b, m = disagreed_of(before.whole)
  if a + b == 0 or n <= 0 or m <= 0 or not have_course(after, before) then return end
  local of_after, of_before = events(after, disagreed_of), events(before, disagreed_of)
  if math.min(#of_after, #of_before) < LEAST_UNITS then return end
  local test, is_widened = statistics.rates_of_units(of_after, of_before)
  add(candidates, "disagreement", name, BEFORE, named(test, is_widened, after), {
    before = b / m, after = a / n, matters = differs(a / n, b / m, VOLUME_PART),
    claim = ("Readers disagree %s often about answers of %s than before"):format(
      a / n > b / m and "more" or "less", name),
    evidence = ("%s disagreements in %s answers, before %s in %s"):format(count(a), count(n),
      count(b), count(m)),
  })
end

local function requests_of(days)
  local list, sum = {}, 0
  for i, day in ipairs(days) do
    list[i] = { count = day.overall.sums.requests, of = 1 }
    sum = sum + list[i].count
  end
  return list, sum
end

--- How much is asked.
---@param candidates table[]
---@param compared vision.report.Compared
function comparisons.volume(candidates, compared)
  local a, n = requests_of(compared.days_after)
  local b, m = requests_of(compared.days_before)
  if math.min(#a, #b) < LEAST_UNITS or n == 0 or m == 0 then return end
  local now, was = n / #a, m / #b
  local said_now, said_was = two(now, was, "number")
  local test, is_widened = statistics.rates_of_units(a, b)
  add(candidates, "volume", "all", BEFORE, named(test, is_widened, { unit = "day" }), {
    before = was, after = now, matters = differs(now, was, VOLUME_PART),
    claim = ("%s requests are made than before"):format(now > was and "More" or "Fewer"),
    evidence = ("%s a day in %d days, before %s in %d"):format(said_now, #a, said_was, #b),
  })
end

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

-- Of the parts of a comparison with before: of all, or of a provider.
local function parts_of(compared, name)
  return part_of(compared.after, compared.units_after, compared.unit, name),
    part_of(compared.before, compared.units_before, compared.unit, name)
end

--- What goes wrong.
---@param candidates table[]
---@param compared vision.report.Compared
function comparisons.reasons(candidates, compared)
  local after, before = parts_of(compared)
  local n, m = after.whole.sums.requests, before.whole.sums.requests
  if n == 0 or m == 0 then return end
  for _, reason in ipairs(frequent(after.whole.reasons, before.whole.reasons)) do
    local function of(tally) return tally.reasons[reason] or 0, tally.sums.requests end
    local a, b = of(after.whole), of(before.whole)
    add(candidates, "error", reason, BEFORE, share_test(after, before, of), {
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
  local after, before = parts_of(compared, name)
  outage(candidates, name, after, compared.label)
  if not before.whole then return end
  failures(candidates, name, after, before, BEFORE)
  for _, kind in ipairs { "latency", "confidence", "cost" } do
    averages(candidates, kind, name, after, before, BEFORE)
  end
  disagreements(candidates, name, after, before)
end

-- ---- between providers ----

local function value_of(kind, tally)
  if kind == "success" then return tally.failed / tally.sums.requests end
  return (AVERAGES[kind].value(tally))
end

-- Those that have a figure, the least first.
local function ordered(compared, names, kind)
  local list = {}
  for _, name in ipairs(names) do
    local part = part_of(compared.after, compared.units_after, compared.unit, name)
    local value = value_of(kind, part.whole)
    if value then list[#list + 1] = { name = name, part = part, value = value } end
  end
  table.sort(list, function(a, b)
    if a.value ~= b.value then return a.value < b.value end
    return a.name < b.name
  end)
  return list
end

--- How providers differ from each other in this time: each from the next in order.
---@param candidates table[]
---@param compared vision.report.Compared
---@param names string[]
function comparisons.between(candidates, compared, names)
  for _, kind in ipairs { "success", "latency", "confidence", "cost" } do
    local list = ordered(compared, names, kind)
    for i = 1, #list - 1 do
      local one, next_one = list[i], list[i + 1]
      local words = { against = next_one.name, than = next_one.name, other = next_one.name }
      if kind == "success" then
        failures(candidates, one.name, one.part, next_one.part, words)
      else
        averages(candidates, kind, one.name, one.part, next_one.part, words)
      end
    end
  end
end

return comparisons
