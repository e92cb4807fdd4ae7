-- SPDX-License-Identifier: MIT
-- What was read in a time, by whom, at what cost.
return {
  description = "Requests, failures and cost by provider and day",

  report = function(data)
    local function usd(value) return value and ("%.2f"):format(value) or "n/a" end
    local function rows(list, field)
      local all = {}
      for i, row in ipairs(list or {}) do
        all[i] = { row[field], row.requests, row.failures, usd(row.cost_usd) }
      end
      return all
    end
    local overall = data.overall
    local sum = ("%d requests, %d failures, %s USD"):format(overall.requests, overall.failures,
      usd(overall.cost_usd))
    local function section(title, list, field)
      return { title = title, columns = { title, "requests", "failures", "USD" },
        rows = rows(list, field) }
    end
    return {
      title = ("Drawings read from %s to %s"):format(data.from, data.to),
      sections = {
        { title = "Overall", text = sum },
        section("Provider", data.providers, "name"),
        section("Day", data.days, "date"),
      },
    }
  end,
}
