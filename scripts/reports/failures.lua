-- SPDX-License-Identifier: MIT
-- What failed, why, when and with whom.
return {
  description = "Failures by reason, provider and day",
  days = 30,
  report = function(data)
    local all, before, trends, insights = data.overall, data.previous, data.trends, {}
    local reasons, counts, stacked, rows = {}, {}, {}, {}
    for i, failure in ipairs(data.errors) do
      reasons[i], counts[i] = failure.reason, failure.requests
    end
    for i, one in ipairs(data.providers) do
      stacked[i] = { name = one.name, values = trends.providers[one.name].failure_trend }
      for _, reason in ipairs(reasons) do
        local failed = one.errors[reason]
        rows[#rows + 1] = failed and { one.name, reason, failed, failed / one.total_requests }
      end
    end
    table.sort(rows, function(a, b)
      return a[3] > b[3] or a[3] == b[3] and a[1] .. "/" .. a[2] < b[1] .. "/" .. b[2]
    end)
    for _, found in ipairs(data.findings) do
      local fits = found.kind == "success" or found.kind == "error"
      insights[#insights + 1] = fits and found.text or nil
    end
    local function figure(label, unit, field)
      return { label = label, unit = unit, value = all[field], before = before[field] }
    end
    local by_reason = { kind = "bars", unit = "count", labels = reasons,
      series = { { name = "failures", values = counts } } }
    local by_time = { kind = "columns", unit = "count", labels = trends.labels, series = stacked }
    local columns = { "Provider", "Reason", { "Failed", "count" }, { "Of its requests", "share" } }
    local figures = { figure("Failed", "count", "failed_requests"),
      figure("Successful", "share", "success_rate") }
    return { title = "What failed", insights = insights, figures = figures, sections = {
      { title = "By reason", chart = by_reason }, { title = "When", chart = by_time },
      { title = "With whom", rows = rows, columns = columns } } }
  end,
}
