-- SPDX-License-Identifier: MIT
-- A report as it is to be shown: the figures, what a script has made of them, and the words around.

local analytics_data = require "vision.report.data"
local dates = require "vision.report.render.dates"
local errors = require "vision.base.error"
local policy = require "vision.policy"
local time_zone = require "vision.base.time_zone"

local page = {}

---@class vision.report.Page
---@field name string                of the script
---@field document vision.report.Document
---@field report vision.AnalyticsReport
---@field about string               the time, whose requests: "1 – 30 Nov 2026 · UTC"
---@field compared string?           what insights are compared with, and by how many tests
---@field empty string?              why there is nothing to show
---@field made string                when and by what

local function about(report, zone)
  local parts = { dates.span(zone, report.period_start, report.period_end, report.generated_at),
    zone.name }
  if report.provider then parts[#parts + 1] = report.provider .. " only" end
  if report.tags then parts[#parts + 1] = "tagged " .. table.concat(report.tags, ", ") end
  return table.concat(parts, " · ")
end

local function compared(report, zone)
  if report.tests == 0 then return nil end
  local before = ""
  if report.previous_stats.total_requests > 0 then
    before = ("Compared with %s. "):format(
      dates.span(zone, report.previous_start, report.previous_end))
  end
  return before .. ("%d difference%s looked at; told are those larger than chance: "
    .. "p < 0.05 after Holm's correction."):format(report.tests,
    report.tests == 1 and " was" or "s were")
end

-- What to do where a time is empty: look elsewhere, or begin to keep records.
local function emptiness(analytics, report, zone)
  local latest
  local storage, err = analytics:storage()
  if storage then
    latest, err = storage:query { limit = 1, provider = report.provider, tags = report.tags }
  end
  if not latest then return nil, err end
  local last = latest.records[1]
  if last then
    return ("Nothing was recorded in this time. The last record is of %s."):format(
      dates.moment(zone, last.created_at))
  elseif report.provider or report.tags then
    return "There is no such record in this store."
  end
  return "There is no record in this store yet. 'vision batch --store FILE' and 'vision analyze "
    .. "--store FILE' keep what they read."
end

local function written(name, given, generate)
  local script, err = policy.script("reports", name)
  if not script then return nil, err end
  local wanted = { days = script.days, granularity = script.granularity }
  if given.from then wanted.days = nil end
  for key, value in pairs(given) do wanted[key] = value end
  local report
  report, err = generate(wanted)
  if not report then return nil, err end
  local document
  document, err = script:decide { data = analytics_data.of(report) }
  if document then return report, document end
  return nil, err or errors.new("script", ("%s: %s: nothing was returned; a report returns "
    .. "{ title =, sections = }"):format(script.path, "report"))
end

-- Of a time in which nothing was recorded there is no figure to stand beside another.
local function without_before(document)
  for _, figure in ipairs(document.figures or {}) do figure.before = false end
end

--- Makes one.
---@param analytics vision.Analytics
---@param name string?   of a script of reports; "daily" by default
---@param given table?   as of `Analytics:generate_report`
---@return vision.report.Page|nil
---@return vision.error? err invalid_option, script (file, line, reason), or of the storage
function page.make(analytics, name, given)
  name = name or "daily"
  local report, document = written(name, given or {}, function(wanted)
    return analytics:generate_report(wanted)
  end)
  if not report then return nil, document end
  local zone = assert(time_zone.open(report.timezone))
  if report.previous_stats.total_requests == 0 then without_before(document) end
  local empty, err
  if report.overall_stats.total_requests == 0 then
    empty, err = emptiness(analytics, report, zone)
    if not empty then return nil, err end
  end
  return {
    name = name, document = document, report = report, about = about(report, zone),
    compared = compared(report, zone), empty = empty,
    made = ("vision %s, %s"):format(require "vision.version",
      dates.moment(zone, report.generated_at)),
  }
end

return page
