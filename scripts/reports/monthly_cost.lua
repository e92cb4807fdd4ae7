-- SPDX-License-Identifier: MIT
-- What was paid month by month, to whom and for which model, and what the cache saved.
return {
  description = "Costs by month, provider and model",
  days = 365,
  granularity = "month",
  report = function(data)
    local all, trends, stacked, months, models = data.overall, data.trends, {}, {}, {}
    local insights, first = {}, 1
    for i, one in ipairs(data.providers) do
      stacked[i] = { name = one.name, values = trends.providers[one.name].cost_trend }
    end
    while trends.request_trend[first] == 0 do first = first + 1 end -- before the first record
    for i = #trends.labels, first, -1 do
      months[#months + 1] = { trends.labels[i], trends.request_trend[i], trends.cost_trend[i],
        trends.saved_trend[i], trends.unpriced_trend[i] }
    end
    for i, one in ipairs(data.models) do
      models[i] = { one.name, one.total_requests, one.total_cost_usd or false,
        one.avg_cost_per_request or false, one.input_tokens, one.output_tokens }
    end
    local told = { cost = true, volume = true, unpriced = true, cache = true }
    for _, found in ipairs(data.findings) do
      local is_change = not found.against or found.against == "before"
      insights[#insights + 1] = told[found.kind] and is_change and found.text or nil
    end
    local chart = { kind = "columns", unit = "usd", labels = trends.labels, series = stacked }
    return { title = "Costs by month", insights = insights,
      figures = { { label = "Cost", unit = "usd", value = all.total_cost_usd },
        { label = "Per request", unit = "usd", value = all.avg_cost_per_request },
        { label = "Saved by the cache", unit = "usd", value = all.saved_usd } },
      sections = { { title = "Cost", chart = chart },
        { title = "By month", rows = months, columns = { "When", { "Requests", "count" },
          { "Cost", "usd" }, { "Saved", "usd" }, { "Without a price", "count" } } },
        { title = "By model", rows = models, columns = { "Model", { "Requests", "count" },
          { "Cost", "usd" }, { "Per request", "usd" }, { "In", "count" }, { "Out", "count" } } },
      } }
  end,
}
