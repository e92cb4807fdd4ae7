-- SPDX-License-Identifier: MIT
-- How sure the readings are, and where readers disagree.
return {
  description = "Confidence of the answers, and where readers disagree",
  days = 30,

  report = function(data)
    local tenths, sure, rows, labels, insights = {}, 0, {}, {}, {}
    for i, one in ipairs(data.providers) do
      tenths[i] = { name = one.name, values = one.confidence_distribution }
      rows[i] = { one.name, one.successful_requests, one.average_confidence or false,
        one.answers_without_confidence, one.disagreements, one.disagreements_per_request or false }
    end
    for i, answers in ipairs(data.overall.confidence_distribution) do
      labels[i], sure = ("%d–%d %%"):format(10 * i - 10, 10 * i), sure + (i >= 9 and answers or 0)
    end
    for _, found in ipairs(data.findings) do
      local fits = found.kind == "confidence" or found.kind == "disagreement"
      insights[#insights + 1] = fits and found.text or nil
    end
    return {
      title = "How sure the readings are", insights = insights,
      figures = { { label = "Average confidence", unit = "share",
        value = data.overall.average_confidence, before = data.previous.average_confidence },
        { label = "Answers of 80 % and more", unit = "count", value = sure },
        { label = "Disagreements", unit = "count", value = data.overall.disagreements } },
      sections = {
        { title = "Answers by confidence",
          chart = { kind = "columns", unit = "count", labels = labels, series = tenths } },
        { title = "Average confidence", chart = { kind = "line", unit = "share",
          labels = data.trends.labels,
          series = { { name = "average", values = data.trends.confidence_trend } } } },
        { title = "By provider", columns = { "Provider", { "Answers", "count" },
          { "Confidence", "share" }, { "Without", "count" }, { "Disagreements", "count" },
          { "Per request", "number" } }, rows = rows },
      },
    }
  end,
}
