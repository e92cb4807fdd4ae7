-- SPDX-License-Identifier: MIT
-- What failed, why, when and with whom.
return {
  description = "Failures by reason, provider and day",
  days = 30,

  report = function(data)
    local all, trends, reasons, counts, stacked, rows = data.overall, data.trends, {}, {}, {}, {}
    for i, failure in ipairs(data.errors) do
      reasons[i], counts[i] = failure.reason, failure.requests
    end
    for i, one in ipairs(data.providers) do
      stacked[i] = { name = one.name, values = trends.providers[one.name].failure_trend }
      for _, failure in ipairs(data.errors) do
        local failed = one.errors[failure.reason]
        if failed then
          rows[#rows + 1] = { one.name, failure.reason, failed, failed / one.total_requests }
        end
      end
    end
    return {
      title = "What failed",
      figures = {
        { label = "Failed", unit = "count", value = all.failed_requests,
          before = data.previous.failed_requests },
        { label = "Successful", unit = "share", value = all.success_rate,
          before = data.previous.success_rate } },
      insights = data.insights,
      sections = {
        { title = "By reason", chart = { kind = "bars", unit = "count", labels = reasons,
          series = { { name = "failures", values = counts } } } },
        { title = "When", chart = { kind = "columns", unit = "count", labels = trends.labels,
          series = stacked } },
        { title = "With whom", columns = { "Provider", "Reason", { "Failed", "count" },
          { "of its requests", "share" } }, rows = rows },
      },
    }
  end,
}
