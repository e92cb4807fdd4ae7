-- SPDX-License-Identifier: MIT
-- The providers side by side: how often they fail, how long they take, what they cost.
return {
  description = "Providers side by side: failures, time, cost, confidence",
  days = 30,

  report = function(data)
    local names, rows, insights = {}, {}, {}
    local half, most, cost = {}, {}, {}
    for i, one in ipairs(data.providers) do
      names[i] = one.name
      half[i], most[i] = one.latency_p50_ms or false, one.latency_p95_ms or false
      cost[i] = one.avg_cost_per_request or false
      rows[i] = { one.name, one.total_requests, one.success_rate or false, half[i], most[i],
        cost[i], one.average_confidence or false, one.disagreements }
    end
    for _, found in ipairs(data.findings) do
      insights[#insights + 1] = found.subject ~= "all" and found.text or nil
    end
    return {
      title = "Providers compared",
      insights = insights,
      sections = {
        { title = "At a glance", columns = { "Provider", { "Requests", "count" },
          { "Success", "share" }, { "Median", "ms" }, { "95 %", "ms" }, { "Cost each", "usd" },
          { "Confidence", "share" }, { "Disagreed", "count" } }, rows = rows },
        { title = "Time to an answer", text = "Answers from the cache are left out.",
          chart = { kind = "bars", unit = "ms", labels = names, series = {
            { name = "median", values = half }, { name = "95 % are faster", values = most } } } },
        { title = "Cost of a request", chart = { kind = "bars", unit = "usd", labels = names,
          series = { { name = "cost", values = cost } } } },
      },
    }
  end,
}
