-- SPDX-License-Identifier: MIT
-- What was paid month by month, to whom and for which model, and what the cache saved.
return {
  description = "Costs by month, provider and model",
  days = 365,
  granularity = "month",

  report = function(data)
    local all, trends, stacked, months, models = data.overall, data.trends, {}, {}, {}
    for i, provider in ipairs(data.providers) do
      stacked[i] = { name = provider.name, values = trends.providers[provider.name].cost_trend }
    end
    for i = #trends.labels, 1, -1 do
      months[#months + 1] = { trends.labels[i], trends.request_trend[i], trends.cost_trend[i],
        trends.saved_trend[i], trends.unpriced_trend[i] }
    end
    for i, model in ipairs(data.models) do
      models[i] = { model.name, model.total_requests, model.total_cost_usd or false,
        model.avg_cost_per_request or false, model.input_tokens, model.output_tokens }
    end
    return {
      title = "What reading cost",
      insights = data.insights,
      figures = { { label = "Cost", unit = "usd", value = all.total_cost_usd },
        { label = "Per request", unit = "usd", value = all.avg_cost_per_request },
        { label = "Saved by the cache", unit = "usd", value = all.saved_usd } },
      sections = {
        { title = "Cost",
          chart = { kind = "columns", unit = "usd", labels = trends.labels, series = stacked } },
        { title = "By month", rows = months, columns = { "When", { "Requests", "count" },
          { "Cost", "usd" }, { "Saved", "usd" }, { "Without a price", "count" } } },
        { title = "By model", rows = models, columns = { "Model", { "Requests", "count" },
          { "Cost", "usd" }, { "Per request", "usd" }, { "Tokens in", "count" },
          { "Tokens out", "count" } } },
      },
    }
  end,
}
