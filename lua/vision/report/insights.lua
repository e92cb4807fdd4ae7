-- SPDX-License-Identifier: MIT
-- What stands out: changes against the time before, and differences between providers. Only what
-- is larger than chance is told, with its evidence and the test that says so; the chances are
-- corrected for the number of comparisons that were made (Holm), so that of twenty reports on times
-- in which nothing has changed about one tells of a change.

local comparisons = require "vision.report.comparisons"
local figures = require "vision.report.figures"
local format = require "vision.report.format"
local statistics = require "vision.report.statistics"

local insights = {}

-- The chance at which a difference is called one.
local LIMIT = 0.05

---@class vision.report.Finding
---@field text string          the sentence
---@field kind string          "success", "volume", "latency", "confidence", "cost",
---  "disagreement", "error", or of a fact "unpriced", "cache"
---@field subject string       provider, reason, or "all"
---@field against string?      "before", "other days" of the same time, or the name of another
---  provider in the same time
---@field before number?       the figure before, of the other days, of the other provider
---@field after number?
---@field test string?         its name; nil: a fact, not a change
---@field p number?            the chance of such a difference where there is none
---@field adjusted_p number?   the same after Holm's correction

---@class vision.report.Compared
---@field before vision.report.Figures
---@field after vision.report.Figures
---@field days_before vision.report.Unit[]   whole days
---@field days_after vision.report.Unit[]
---@field units_before vision.report.Unit[]  all of that time, in days or hours
---@field units_after vision.report.Unit[]
---@field unit "day"|"hour"
---@field label fun(from: number): string    names a unit

local function told(candidate, adjusted)
  candidate.adjusted_p = adjusted
  candidate.text = ("%s (%s; %s, %s)"):format(candidate.claim, candidate.evidence, candidate.test,
    format.chance(adjusted))
  candidate.claim, candidate.evidence, candidate.matters = nil, nil, nil
  return candidate
end

-- What has changed comes first, then single days, then how providers differ.
local function rank(candidate)
  return candidate.against == "before" and 1 or candidate.against == "other days" and 2 or 3
end

-- What passes, of each rank the surest first.
local function chosen(candidates)
  local chances, passed = {}, {}
  for i, candidate in ipairs(candidates) do chances[i] = candidate.p end
  local adjusted = statistics.holm(chances)
  for i, candidate in ipairs(candidates) do
    if adjusted[i] < LIMIT and candidate.matters then
      passed[#passed + 1] = told(candidate, adjusted[i])
    end
  end
  table.sort(passed, function(a, b)
    if rank(a) ~= rank(b) then return rank(a) < rank(b) end
    if a.p ~= b.p then return a.p < b.p end
    return a.text < b.text
  end)
  return passed
end

local function count(value) return format.value(value, "count") end

local function add_fact(findings, kind, after, sentence, ...)
  findings[#findings + 1] = { kind = kind, subject = "all", after = after,
    text = sentence:format(...) }
end

local function add_facts(findings, sums)
  local all = count(sums.requests)
  if sums.unpriced > 0 then
    add_fact(findings, "unpriced", sums.unpriced, "%s of %s requests %s no known price: what was "
      .. "paid for them is not in the costs", count(sums.unpriced), all,
      sums.unpriced == 1 and "has" or "have")
  end
  if sums.cached > 0 then
    local saved = sums.saved_micro_usd > 0
      and ", and saved " .. format.value(sums.saved_micro_usd / 1e6, "usd") or ""
    add_fact(findings, "cache", sums.cached / sums.requests,
      "The cache answered %s of %s requests%s", count(sums.cached), all, saved)
  end
end

--- Finds it.
---@param compared vision.report.Compared
---@return { sentences: string[], findings: vision.report.Finding[], tests: integer }
function insights.find(compared)
  local candidates = {}
  local names = figures.names(compared.after.providers)
  comparisons.volume(candidates, compared)
  comparisons.reasons(candidates, compared)
  for _, name in ipairs(names) do comparisons.provider(candidates, compared, name) end
  comparisons.between(candidates, compared, names)
  local findings, sentences = chosen(candidates), {}
  add_facts(findings, compared.after.overall.sums)
  for i, finding in ipairs(findings) do sentences[i] = finding.text end
  return { sentences = sentences, findings = findings, tests = #candidates }
end

return insights
