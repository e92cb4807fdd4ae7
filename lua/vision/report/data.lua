-- SPDX-License-Identifier: MIT
-- What a script of reports is given: an analytics report as lists that it can go through, its times
-- as texts.

local time_zone = require "vision.base.time_zone"

local data = {}

-- Groups by name as a list, most requests first.
local function listed(groups)
  local list = {}
  for name, stats in pairs(groups) do
    local item = { name = name }
    for field, value in pairs(stats) do item[field] = value end
    list[#list + 1] = item
  end
  table.sort(list, function(a, b)
    if a.total_requests ~= b.total_requests then return a.total_requests > b.total_requests end
    return a.name < b.name
  end)
  return list
end

local function counted(counts, name)
  local list = {}
  for key, requests in pairs(counts) do list[#list + 1] = { [name] = key, requests = requests } end
  table.sort(list, function(a, b)
    if a.requests ~= b.requests then return a.requests > b.requests end
    return a[name] < b[name]
  end)
  return list
end

local function tags_of(top)
  local list = {}
  for i, pair in ipairs(top) do list[i] = { name = pair[1], requests = pair[2] } end
  return list
end

local function findings_of(findings)
  local list = {}
  for i, one in ipairs(findings) do
    list[i] = { text = one.text, kind = one.kind, subject = one.subject,
      against = one.against }
  end
  return list
end

-- What has changed, and facts; not how providers differ in the same time.
local function changes_of(findings)
  local list = {}
  for _, one in ipairs(findings) do
    local is_change = one.against == nil or one.against == "before" or one.against == "other days"
    list[#list + 1] = is_change and one.text or nil
  end
  return list
end

--- The data of a report.
---@param report vision.AnalyticsReport
---@return vision.ReportData
function data.of(report)
  local zone = assert(time_zone.open(report.timezone))
  return {
    from = zone:label(report.period_start, "day"), to = zone:label(report.period_end - 1, "day"),
    timezone = report.timezone, granularity = report.trends.granularity,
    provider = report.provider,
    overall = report.overall_stats, previous = report.previous_stats,
    providers = listed(report.provider_stats), models = listed(report.model_stats),
    trends = report.trends, tags = tags_of(report.top_tags),
    errors = counted(report.overall_stats.errors, "reason"),
    insights = report.insights, changes = changes_of(report.findings),
    findings = findings_of(report.findings),
  }
end

return data
