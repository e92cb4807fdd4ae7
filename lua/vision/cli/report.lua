-- SPDX-License-Identifier: MIT
-- vision report: what was read in a time, by whom, at what cost.

local options = require "vision.cli.options"

local report = {}

report.summary = "Report on what was read: costs, failures, times"
report.description = [[
Prints a report on the records of a store: what was read, how well, by whom, at what cost, and what
has changed more than chance explains. Reports are scripts: --list shows them, 'vision policy new
reports NAME' begins one of your own.

Days are those of a time zone, UTC without --timezone; --to is the last day that counts.]]

report.examples = {
  { "vision report --store records.db", "the last 30 days" },
  { "vision report monthly_cost --store records.db --out cost.html",
    "a page to keep and to print" },
  { "vision report failures --store records.db --from 2026-11-01 --to 2026-11-15",
    "what failed in these days" },
  { "vision report --list", "the reports there are" },
}

--- What --format may be, and the module that writes it; "text" is for terminals.
local FORMATS = {
  html = "vision.report.render.html", markdown = "vision.report.render.markdown",
  json = "vision.report.render.json", csv = "vision.report.render.csv",
}
local FORMAT_NAMES = { "text", "html", "markdown", "json", "csv" }

-- The end of a file's name -> what is written into it.
local ENDINGS = { html = "html", htm = "html", md = "markdown", json = "json", csv = "csv" }

function report.configure(command, words)
  local name = command:argument "NAME" :target "name" :args "?"
    :description "The report. Default: daily."
  if words.reports then name:choices(words.reports) end
  command:option "--store" :argname "STORE"
    :description("Where the records are: a file of SQLite, postgres://… or redis://…. Without it "
      .. "that of the configuration.")
  command:option "--config" :argname "FILE"
    :description "The configuration file; 'vision config path' says which one is used without it."
  local days = command:option "--days" :argname "NUMBER"
    :convert(options.number_between("--days", 1, 36600, true))
    :description "So many days up to today. Default: what the report says, else 30."
  local from = command:option "--from" :argname "DATE"
    :description "From this day on, for example 2026-11-01."
  command:mutex(days, from)
  command:option "--to" :argname "DATE" :description "Until this day, itself included."
  command:option "--provider" :argname "NAME" :description "Requests to this provider alone."
  command:option "--tag" :argname "TAG" :target "tags" :count "*"
    :description "Records with this tag alone; may be given several times."
  command:option "--timezone" :argname "ZONE"
    :description "Whose days these are, for example Europe/Berlin. Default: UTC."
  command:option "--format" :argname "FORMAT" :choices(FORMAT_NAMES)
    :description("How it is written: " .. table.concat(FORMAT_NAMES, ", ")
      .. ". Default: by the name of --out, else text.")
  command:option "--out" :argname "FILE" :description "Write it there."
  command:flag "--list" :description "List the reports, and print none."
end

-- ---- which records ----

-- The store that the configuration keeps records in.
local function configured(given)
  local settings, err = require("vision.policy.config").load(given.config)
  if not settings then return nil, err end
  local records = (settings.stack or {}).records
  return type(records) == "table" and records.store or nil
end

local function open_store(given)
  local storage = require "vision.records.storage"
  local url, err = given.store, nil
  if not url then url, err = configured(given) end
  if not url then
    return nil, err or require("vision.base.error").new("usage",
      "where are the records? Say --store FILE, or 'records' in the configuration")
  end
  return storage.open_to_read(url)
end

-- ---- what is printed ----

local function format_of(given)
  local ending = given.out and given.out:match "%.(%w+)$"
  return given.format or ENDINGS[ending and ending:lower()] or "text"
end

local function written(page, given, context)
  local format = format_of(given)
  if FORMATS[format] then return require(FORMATS[format]).render(page) end
  local terminal = given.out and require("vision.cli.terminal").NONE or context.terminal(1)
  return require("vision.cli.report_output").render(page, terminal)
end

local function make(given)
  local wanted, err = require("vision.report.period").of_words(given)
  if not wanted then return nil, err end
  local store
  store, err = open_store(given)
  if not store then return nil, err end
  local analytics = assert(require("vision.report.analytics").create_analytics(store))
  local page
  page, err = require("vision.report.page").make(analytics, given.name, wanted)
  store:close()
  return page, err
end

local function print_page(page, given, context)
  local text = written(page, given, context)
  if given.out then return require("vision.cli.files").write(given.out, text) end
  context.out:write(text)
  return true
end

local function print_list(context)
  local find, policy = require "vision.policy.find", require "vision.policy"
  local page, rows, fault = require("vision.cli.output").page(context.terminal(1)), {}, nil
  for _, name in ipairs(find.names "reports") do
    local script, err = policy.script("reports", name)
    fault = fault or err
    rows[#rows + 1] = script and { name, script.origin == "user" and "yours" or "",
      script.description or "" }
  end
  page:columns(rows, 3)
  context.out:write(page:text())
  return not fault, fault
end

local ASKED_WRONG = { usage = true, input = true, invalid_option = true }

local function print_report(given, context)
  local page, err = make(given)
  if page then return print_page(page, given, context) end
  return nil, err, ASKED_WRONG[err.reason]
end

function report.run(given, context)
  local cli = require "vision.cli"
  local ok, err, asked_wrong
  if given.list then
    ok, err = print_list(context)
  else
    ok, err, asked_wrong = print_report(given, context)
  end
  if ok then return cli.EXIT.DONE end
  if asked_wrong then return cli.EXIT.USAGE, err.message end
  cli.say(context, "%s", err.message)
  return cli.EXIT.FAILED
end

return report
