-- SPDX-License-Identifier: MIT
-- What the service has done, what that cost, and what people should know of it.

local date = require "vision.base.date"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local option_lists = require "vision.base.options"
local overview = require "vision.money.overview"
local period = require "vision.report.period"
local policy_find = require "vision.policy.find"
local replies = require "vision.server.reply"
local schemas = require "vision.server.schemas"
local service_metrics = require "vision.server.metrics"
local summary = require "vision.money.summary"

-- ---- metrics ----

local function metrics(app, request)
  local found, err = service_metrics.of(app.engine)
  if not found then return replies.failure(err, request) end
  return replies.json(200, found)
end

-- ---- alerts ----

local ALERTS = {
  limit = { "so many of the newest", type = "integer", min = 1, max = 500, default = 50 },
}

-- What is active: of budgets and circuits nobody says when they are over; they stand under metrics
-- and costs.
local function active_of(engine)
  local active = json.array {}
  local monitor = engine.shared.monitor
  for i, alert in ipairs(monitor and monitor:get_dashboard().active_alerts or {}) do
    active[i] = alert
  end
  return active
end

local function alerts(app, request)
  local list, err = app.engine.alerts:newest(request.query.limit)
  if not list then return replies.failure(err, request) end
  return replies.json(200, { alerts = list, active = active_of(app.engine) })
end

-- ---- costs ----

local function is_day(value)
  return select(3, date.parse(value)) == true
end

local function day(what)
  return { what, type = "string", check = is_day, must_be = "a day such as 2026-11-01" }
end

local COSTS = {
  by = { "a row for each", type = "string", one_of = summary.GROUPS, default = "provider" },
  days = { "of the last so many days", type = "integer", min = 1, max = 36600 },
  from = day "the first day", to = day "the last day",
}

-- A budget without a store knows this run of the service alone: records know more.
local function source_of(engine, by)
  local tracker = engine.shared.tracker
  if tracker and (tracker.plan.store ~= "memory:" or not engine.shared.persistence) then
    return overview.of_tracker(tracker)
  end
  local records, err = engine:records()
  local storage
  if records then storage, err = records:open() end
  if not storage then return nil, err end
  local source = overview.of_records(storage, by)
  if tracker then source.budgets = overview.of_tracker(tracker).budgets end
  return source
end

local function costs_of(engine, query)
  if query.days and query.from then
    return nil, errors.new("usage", "give days or from, not both")
  end
  local source, err = source_of(engine, query.by)
  if not source then return nil, err end
  local days
  days, err = overview.days(query, source.zone)
  if not days then return nil, err end
  return overview.gather(source, days, query.by)
end

local function costs(app, request)
  local found, err = costs_of(app.engine, request.query)
  if not found then return replies.failure(err, request) end
  return replies.json(200, overview.to_json(found))
end

-- ---- reports ----

local REPORT = {
  days = { "so many days up to today; else what the report says", type = "integer", min = 1,
    max = 36600 },
  from = { "from this day on, for example 2026-11-01", type = "string" },
  to = { "until this day, itself included", type = "string" },
  provider = { "requests to this provider alone", type = "string" },
  tags = { "records with all of these labels, with commas between", type = "table" },
  timezone = { "whose days these are, for example Europe/Berlin", type = "string",
    default = "UTC" },
  format = { "else as Accept says", type = "string",
    one_of = { "json", "html", "markdown", "csv" } },
}

local FORMATS = { json = "application/json", html = "text/html", markdown = "text/markdown",
  csv = "text/csv" }

-- The page has its style and its pictures in it, and asks nobody for anything.
local PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
  .. "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"

local function is_report(name)
  for _, known in ipairs(policy_find.names "reports") do
    if known == name then return true end
  end
end

local function page_of(app, request)
  local name, query = request.params.name, request.query
  if not is_report(name) then
    return nil, errors.new("not_found",
      option_lists.unknown_word("report", name, policy_find.names "reports"))
  elseif query.days and query.from then
    return nil, errors.new("usage", "give days or from, not both")
  end
  local records, err = app.engine:records()
  local wanted
  if records then wanted, err = period.of_words(query) end
  if not wanted then return nil, err end
  local analytics = assert(require("vision.report.analytics").create_analytics(records))
  return require("vision.report.page").make(analytics, name, wanted)
end

local function report(app, request)
  local format, err = replies.format(request, FORMATS, "json")
  local page
  if format then page, err = page_of(app, request) end
  if not page then return replies.failure(err, request) end
  local text = require("vision.report.render." .. format).render(page)
  local reply = replies.text(200, FORMATS[format] .. "; charset=utf-8", text)
  if format == "html" then reply.headers["Content-Security-Policy"] = PAGE_POLICY end
  return reply
end

local function report_names()
  return replies.json(200, { reports = json.array(policy_find.names "reports") })
end

return {
  { method = "GET", path = "/api/v1/vision/metrics", name = "metrics", scope = "read",
    summary = "How the providers do", handler = metrics, answer = schemas.ref "Metrics" },
  { method = "GET", path = "/api/v1/vision/alerts", name = "alerts", scope = "read",
    summary = "The newest alerts, and those of health that are active", query = ALERTS,
    handler = alerts, answer = schemas.object { alerts = schemas.list(schemas.ref "Alert"),
      active = schemas.list(schemas.ref "HealthAlert") } },
  { method = "GET", path = "/api/v1/vision/costs", name = "costs", scope = "read",
    summary = "What was spent, and how far budgets are used up", query = COSTS, handler = costs,
    answer = schemas.ref "Costs" },
  { method = "GET", path = "/api/v1/vision/report", name = "reports", scope = "read",
    summary = "The names of the reports", handler = report_names,
    answer = schemas.object { reports = schemas.list(schemas.TEXT) } },
  { method = "GET", path = "/api/v1/vision/report/{name}", name = "report", scope = "read",
    summary = "A report on what was read", query = REPORT, handler = report,
    answer = schemas.ref "Report", texts = { "text/html", "text/markdown", "text/csv" } },
}
