-- SPDX-License-Identifier: MIT
-- What was read day by day, by whom, at what cost.
return {
  description = "Requests, failures, time and cost, day by day",
  days = 30,

  report = function(data)
    local all, before, trends = data.overall, data.previous, data.trends
    local stacked, rows, tags, first = {}, {}, {}, 1
    for i, provider in ipairs(data.providers) do
      stacked[i] = { name = provider.name, values = trends.providers[provider.name].request_trend }
    end
    while trends.request_trend[first] == 0 do first = first + 1 end -- before the first record
    for i = #trends.labels, first, -1 do
      rows[#rows + 1] = { trends.labels[i], trends.request_trend[i], trends.failure_trend[i],
        trends.latency_trend[i], trends.cost_trend[i] }
    end
    for i, tag in ipairs(data.tags) do tags[i] = { tag.name, tag.requests } end
    local function figure(label, unit, field)
      return { label = label, unit = unit, value = all[field], before = before[field] }
    end
    return {
      title = "Drawings read, day by day",
      figures = { figure("Requests", "count", "total_requests"),
        figure("Successful", "share", "success_rate"), figure("Cost", "usd", "total_cost_usd"),
        figure("Median time", "ms", "latency_p50_ms") },
      insights = data.changes,
      sections = {
        { title = "Requests", chart = { kind = "columns", unit = "count", labels = trends.labels,
          series = stacked } },
        { title = "Cost", chart = { kind = "columns", unit = "usd", labels = trends.labels,
          series = { { name = "cost", values = trends.cost_trend } } } },
        { title = "In figures", columns = { "When", { "Requests", "count" }, { "Failed", "count" },
          { "Average time", "ms" }, { "Cost", "usd" } }, rows = rows },
        { title = "Tags", columns = { "Tag", { "Requests", "count" } }, rows = tags },
      },
    }
  end,
}
