-- SPDX-License-Identifier: MIT
-- vision costs: what was spent, and how far budgets are used up.

local costs_view = require "vision.cli.costs_view"
local options = require "vision.cli.options"

local costs = {}

costs.summary = "Say what was spent"
costs.description = [[
Adds up what readings have cost, by provider, model, tag or day, and says how far each budget is
used up. The figures come from the store of the budget (--budget) or from a store of records
(--store); without a word from the one that the configuration names.

What is not known is said to be unknown: a call without a price is counted, and in no sum.]]

costs.examples = {
  { "vision costs", "the last 30 days, with the store that the configuration names" },
  { "vision costs --budget budget.db --by day --days 7", "a week, day by day" },
  { "vision costs --store records.db --by model --json", "from records, for programs" },
}

local function date(name)
  return function(value)
    local seconds, err, is_day = require("vision.base.date").parse(value)
    if not seconds or not is_day then
      return nil, ("%s: %s"):format(name, err and err.message or "a day without a time is wanted")
    end
    return value
  end
end

function costs.configure(command)
  local budget = command:option "--budget" :argname "STORE"
    :description("Where the budget is kept: a file, sqlite:PATH, postgres://… or redis://…")
  local store = command:option "--store" :argname "STORE"
    :description "A store of records, in the place of a budget's."
  command:mutex(budget, store)
  command:option "--by" :argname "WHAT" :choices { "provider", "model", "tag", "day" }
    :description "A row for each provider, model, tag or day. Default: provider."
  command:option "--days" :argname "NUMBER"
    :convert(options.number_between("--days", 1, 36600, true))
    :description "Of the last so many days. Default: 30."
  command:option "--from" :argname "DATE" :convert(date "--from")
    :description "From this day on, for example 2026-11-01."
  command:option "--to" :argname "DATE" :convert(date "--to")
    :description "Up to this day."
  command:flag "--json" :description "Print as one JSON object."
  command:option "--config" :argname "FILE"
    :description "The configuration file; 'vision config path' says which one is used without it."
end

-- ---- where the figures come from ----

local function missing(path)
  local errors = require "vision.base.error"
  return errors.new("not_found", ("there is no file %s"):format(path))
end

-- To look is not to make one.
local function missing_file(url)
  return require("vision.database.sqlite").missing(url)
end

local NO_STORE = "no store is known: name one with --budget or --store, or set budget.store or "
  .. "records.store in the configuration"

local function of_budget(configured, store)
  local path = missing_file(store)
  if path then return nil, missing(path) end
  local config = { store = store }
  for name, value in pairs(configured) do config[name] = config[name] or value end
  local tracker, err = require("vision.money.tracker").CostTracker.new(config)
  if not tracker then return nil, err end
  return require("vision.money.overview").of_tracker(tracker), function() tracker:close() end
end

local function of_records(store, by)
  local storage, err = require("vision.records.storage").open_to_read(store)
  if not storage then return nil, err end
  return require("vision.money.overview").of_records(storage, by), function() storage:close() end
end

local function configured(settings, layer)
  local value = settings.stack[layer]
  return type(value) == "table" and value or {}
end

-- What the command line names, else what the configuration does: a budget's first.
local function source_of(given)
  if given.store then return of_records(given.store, given.by) end
  local settings, err = require("vision.policy.config").load(given.config)
  if not settings then return nil, err end
  local budget = configured(settings, "budget")
  local store = given.budget or budget.store ~= "memory:" and budget.store
  if store then return of_budget(budget, store) end
  store = configured(settings, "records").store
  if store then return of_records(store, given.by) end
  return nil, require("vision.base.error").new("usage", NO_STORE)
end

-- ---- the whole ----

local function report(given)
  local overview = require "vision.money.overview"
  local source, close = source_of(given)
  if not source then return nil, close end
  local days, err = overview.days(given, source.zone)
  local found
  if days then found, err = overview.gather(source, days, given.by or "provider") end
  close()
  return found, err
end

function costs.run(given, context)
  local cli = require "vision.cli"
  if given.days and given.from then
    return cli.EXIT.USAGE, "give --days or --from, not both"
  end
  local found, err = report(given)
  if not found then
    if err.reason == "usage" then return cli.EXIT.USAGE, err.message end
    cli.say(context, "%s", err.message)
    return cli.EXIT.FAILED
  end
  context.out:write(given.json and costs_view.json(found)
    or costs_view.text(found, context.terminal(1)))
  return cli.EXIT.DONE
end

return costs
