-- SPDX-License-Identifier: MIT
-- What `vision policy new` writes: a script of each kind that decides nothing yet and says what it
-- is given and what it may return.

local skeletons = {}

skeletons.selection = [[
-- Which of several answers counts. Try it: vision policy test selection/NAME
---@type vision.SelectionScript
return {
  description = "",
  early = false, -- true: the first good answer ends the waiting for the others
  options = {
    least = { "The lowest confidence that is taken", 0.5, min = 0, max = 1 },
  },

  -- answers[i]: name, ok (false: it failed), error, confidence (0 .. 1, or nil), summary, details,
  --             latency_ms, cost_usd, weight
  -- job:        pages, format, bytes, prompt, tags …
  -- Returns a name, or an answer of your own: { summary =, details =, confidence =, from = names }.
  -- Nothing returned: the default stands.
  select = function(answers, job, options)
    for _, answer in ipairs(answers) do
      if answer.ok and (answer.confidence or 0) >= options.least then
        -- return answer.name
      end
    end
  end,
}
]]

skeletons.failover = [[
-- Who is asked first, and who next. Try it: vision policy test failover/NAME
---@type vision.FailoverScript
return {
  description = "",
  options = {
    busy = { "Requests under way from which an endpoint is left out", 10, min = 1 },
  },

  -- endpoints[i]: name, priority (lower is earlier), weight, region, health ("healthy", "degraded",
  --               "unhealthy", "unknown"), latency_ms, in_flight, consecutive_failures, cost_usd
  -- job:          pages, format, region …; turn (counts jobs), random (0 .. 1, drawn for this job)
  -- Returns the names in the order to try; one left out is not used. Nothing: the default stands.
  order = function(endpoints, job, options)
    local names = {}
    for _, endpoint in ipairs(endpoints) do
      if endpoint.in_flight < options.busy then
        names[#names + 1] = endpoint.name
      end
    end
    -- return names
  end,
}
]]

skeletons.routing = [[
-- Which provider and model reads a job. Try it: vision policy test routing/NAME
---@type vision.RoutingScript
return {
  description = "",
  options = {
    thick = { "Pages from which the best model reads", 8, min = 1 },
  },

  -- job: file, format, bytes, pages, width, height, prompt, provider, model, tags, region
  -- Returns "provider", "provider/model" or { provider =, model =, prompt = }.
  -- Nothing returned: the default stands.
  route = function(job, options)
    if (job.pages or 1) >= options.thick then
      -- return "anthropic"
    end
  end,
}
]]

skeletons.retry = [[
-- What is tried again, and when. Try it: vision policy test retry/NAME
---@type vision.RetryScript
return {
  description = "",
  options = {
    most = { "Tries after the first", 2, min = 0 },
  },

  -- attempt: how many attempts have failed so far, from 1
  -- error:   reason ("timeout", "rate_limited", "overloaded" …), status, retryable, retry_after
  --          (seconds the provider asked to wait, or nil), provider, fault
  -- job:     elapsed (seconds so far), random (0 .. 1) …
  -- Returns { retry = true or false, delay = seconds }. Nothing returned: the default stands.
  decide = function(attempt, error, job, options)
    if error.reason == "overloaded" and attempt <= options.most then
      -- return { retry = true, delay = 5 * attempt }
    end
  end,
}
]]

skeletons.alerts = [[
-- What raises an alert. Try it: vision policy test alerts/NAME
---@type vision.AlertScript
return {
  description = "",

  -- change: provider, from, to ("healthy", "degraded", "unhealthy"; from may be "unknown"),
  --         consecutive_failures, failure_threshold, latency_ms, success_rate, last_error
  -- Returns { severity = "info", "warning", "error" or "critical", message = }; nothing: no alert.
  alert = function(change, options)
    if change.to == "unhealthy" and change.from ~= "unhealthy" then
      -- return { severity = "critical", message = change.provider .. " is down" }
    end
  end,
}
]]

skeletons.reports = [[
-- What a report says. Print it: vision report NAME --store FILE
---@type vision.ReportScript
return {
  description = "",
  days = 30, -- how far back, where --days does not say

  -- data: overall, previous (as many days before), providers[i], models[i]: name, total_requests,
  --       failed_requests, success_rate, total_cost_usd, latency_p50_ms, errors …; trends: labels,
  --       request_trend, cost_trend …; tags[i] and errors[i]; insights; from, to, timezone
  -- Returns { title =, figures =, insights =, sections = { { title =, text =, chart =, columns =,
  -- rows = }, … } }. A cell is a text, a number, or false where it is not known.
  report = function(data, options)
    local rows = {}
    for i, provider in ipairs(data.providers) do
      rows[i] = { provider.name, provider.total_requests, provider.total_cost_usd or false }
    end
    return {
      title = "Drawings since " .. data.from,
      insights = data.insights,
      sections = {
        { title = "Requests", chart = { kind = "columns", unit = "count",
          labels = data.trends.labels,
          series = { { name = "requests", values = data.trends.request_trend } } } },
        { title = "Providers", columns = { "Name", { "Requests", "count" }, { "Cost", "usd" } },
          rows = rows },
      },
    }
  end,
}
]]

skeletons.prompts = [[
-- What a model is asked. Use it: vision analyze --prompt NAME FILE
---@type vision.PromptScript
return {
  description = "",

  system_prompt = "You read engineering drawings. What is not visible is null, never a guess.",

  -- A name in braces is a variable: {focus} here, --var focus="thread sizes" on the command line.
  user_prompt = "Read this drawing. Look at {focus} above all.",
}
]]

return skeletons
