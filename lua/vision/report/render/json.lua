-- SPDX-License-Identifier: MIT
-- A report as one JSON object: what the script made of it, and the figures with the names of
-- AnalyticsReport. Times are ISO 8601, in UTC; what is not known is null.

local date = require "vision.base.date"
local json = require "vision.base.json"

local render = {}

local STATS = {
  "success_rate", "total_cost_usd", "avg_cost_per_request", "average_latency_ms", "latency_p50_ms",
  "latency_p95_ms", "latency_p99_ms", "average_confidence", "disagreements_per_request",
}

local function or_null(value)
  return value == false and json.null or value
end

local function with_nulls(list)
  local copy = json.array {}
  for i, value in ipairs(list) do copy[i] = or_null(value) end
  return copy
end

local function stats(of)
  local copy = json.with_nulls(of, STATS)
  copy.confidence_distribution = json.array(of.confidence_distribution)
  return copy
end

local function stats_by_name(groups)
  local copy = {}
  for name, of in pairs(groups) do copy[name] = stats(of) end
  return copy
end

local function trends(data)
  local copy = { granularity = data.granularity, timezone = data.timezone, providers = {},
    starts = json.array {}, labels = json.array(data.labels) }
  for name, list in pairs(data) do
    if name:find "_trend$" then copy[name] = with_nulls(list) end
  end
  for i, start in ipairs(data.starts) do copy.starts[i] = date.iso(start) end
  for name, lists in pairs(data.providers) do
    copy.providers[name] = {}
    for list, values in pairs(lists) do copy.providers[name][list] = with_nulls(values) end
  end
  return copy
end

local function top_tags(list)
  local copy = json.array {}
  for i, pair in ipairs(list) do copy[i] = json.array { pair[1], pair[2] } end
  return copy
end

--- An analytics report as JSON has it.
---@param report vision.AnalyticsReport
---@return table
function render.report(report)
  return {
    report_id = report.report_id, generated_at = date.iso(report.generated_at),
    period_start = date.iso(report.period_start), period_end = date.iso(report.period_end),
    timezone = report.timezone, provider = report.provider or json.null,
    tags = report.tags and json.array(report.tags) or json.null,
    overall_stats = stats(report.overall_stats), previous_stats = stats(report.previous_stats),
    previous_start = date.iso(report.previous_start), previous_end = date.iso(report.previous_end),
    provider_stats = stats_by_name(report.provider_stats),
    model_stats = stats_by_name(report.model_stats), trends = trends(report.trends),
    top_tags = top_tags(report.top_tags), insights = json.array(report.insights),
    findings = json.array(report.findings), tests = report.tests,
  }
end

local function chart(of)
  if not of then return json.null end
  local series = json.array {}
  for i, one in ipairs(of.series) do
    series[i] = { name = one.name, values = with_nulls(one.values) }
  end
  return { kind = of.kind, unit = of.unit, labels = json.array(of.labels), series = series }
end

local function section(of)
  local rows = json.array {}
  for i, cells in ipairs(of.rows) do rows[i] = with_nulls(cells) end
  return { title = of.title, text = of.text or json.null, columns = json.array(of.columns),
    rows = rows, chart = chart(of.chart) }
end

local function document(of)
  local figures, sections = json.array {}, json.array {}
  for i, one in ipairs(of.figures) do
    figures[i] = { label = one.label, unit = one.unit, value = or_null(one.value),
      before = or_null(one.before) }
  end
  for i, one in ipairs(of.sections) do sections[i] = section(one) end
  return { title = of.title, figures = figures, insights = json.array(of.insights),
    sections = sections }
end

--- A report as JSON.
---@param page vision.report.Page
---@return string
function render.render(page)
  return json.encode({ name = page.name, document = document(page.document),
    report = render.report(page.report) }) .. "\n"
end

return render
