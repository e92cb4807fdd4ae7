-- SPDX-License-Identifier: MIT
-- What may be spent: limits for a day, a month and in all, over everything or over one provider,
-- tag or key; and which of them count for a call.

local cost = require "vision.money.cost"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local options = require "vision.base.options"
local prices = require "vision.policy.prices"
local stores = require "vision.money.ledger"
local time_zone = require "vision.base.time_zone"

local budget = {}

-- What an index of every store takes.
local MAX_NAME = 200

local function is_name(value)
  return value ~= "" and #value <= MAX_NAME and not value:find "%c"
    and json.valid_utf8(value) == value
end

local function limit(what)
  return { "USD " .. what, type = "number", min = 0, max = 1e9 }
end

local function name_option(what)
  return { what, type = "string", must_be = "a name of at most 200 bytes", check = is_name }
end

local LIMITS = {
  daily_limit_usd = limit "that may be spent a day",
  monthly_limit_usd = limit "that may be spent a month",
  total_limit_usd = limit "that may be spent in all",
  alert_threshold_percent = { "per cent of a limit at which an alert is raised", type = "number",
    above = 0, max = 100, default = 80 },
  hard_limit = { "refuse what would pass a limit; false: let it through, with an alert",
    type = "boolean", default = true },
}

local function with(more)
  local all = {}
  for _, list in ipairs { LIMITS, more } do
    for name, spec in pairs(list) do all[name] = spec end
  end
  return all
end

local ENTRY = with {
  name = name_option "what it is called",
  provider = name_option "for this provider or endpoint alone",
  tag = name_option "for calls with this tag alone",
  key = name_option "for calls with this budget_key alone",
}

--- What a budget's configuration may hold.
---@type table<string, vision.OptionSpec>
budget.OPTIONS = with {
  budgets = { "further budgets, each for a provider, tag or key", type = "table", default = {},
    must_be = "a list of budgets", check = options.is_list },
  run_limit_usd = limit "that this process may spend",
  time_zone = { "whose days and months count: UTC, Europe/Berlin …", type = "string",
    default = "UTC" },
  store = { "where it is kept: memory:, a file (sqlite:PATH), postgres:// or redis://",
    type = "string", default = "memory:" },
  reservation_seconds = { "after which a reservation that nobody settled is given back",
    type = "number", min = 1, max = 86400, default = 900 },
  on_alert = { "called with a BudgetAlert; must not wait", type = "function" },
  prices = { "prices by provider or endpoint, before those of the catalogue", type = "table",
    default = {} },
}

-- kind -> option, and the length of its period in a date
local KINDS = {
  { name = "day", option = "daily_limit_usd", length = 10 },
  { name = "month", option = "monthly_limit_usd", length = 7 },
  { name = "total", option = "total_limit_usd", length = 0 },
}

---@class vision.Budget
---@field name string
---@field provider string?
---@field tag string?
---@field key string?
---@field limits table<string, integer>  kind (day, month, total) -> micro-dollars
---@field alert_share number             of a limit
---@field hard boolean

local function name_of(given)
  if given.name then return given.name end
  local parts = {}
  for _, field in ipairs { "provider", "tag", "key" } do
    if given[field] then parts[#parts + 1] = field .. " " .. given[field] end
  end
  return parts[1] and table.concat(parts, ", ") or "all"
end

local function budget_of(given)
  local one = { name = name_of(given), provider = given.provider, tag = given.tag, key = given.key,
    alert_share = given.alert_threshold_percent / 100, hard = given.hard_limit, limits = {} }
  for _, kind in ipairs(KINDS) do
    one.limits[kind.name] = cost.from_usd(given[kind.option])
  end
  return one
end

local function refuse(format, ...)
  return nil, errors.new("invalid_option", ("budget: " .. format):format(...))
end

local function add(list, known, one, place)
  if known[one.name] then
    return refuse("%s and %s are both '%s': give one of them a name", known[one.name], place,
      one.name)
  end
  known[one.name] = place
  list[#list + 1] = one
  return true
end

-- All budgets of a configuration; the one of its own limits first.
local function list_of(config)
  local list, known = {}, {}
  local own = budget_of(config)
  if next(own.limits) then add(list, known, own, "the limits without a name") end
  for i, given in ipairs(config.budgets) do
    local place = ("budgets[%d]"):format(i)
    local entry, err = options.check(ENTRY, given, "budget: " .. place)
    if not entry then return nil, err end
    local one = budget_of(entry)
    if not next(one.limits) then
      return refuse("%s has no limit: give daily_limit_usd, monthly_limit_usd or total_limit_usd",
        place)
    end
    local ok
    ok, err = add(list, known, one, place)
    if not ok then return nil, err end
  end
  return list
end

---@class vision.BudgetPlan
---@field budgets vision.Budget[]
---@field prices table<string, vision.Price>
---@field zone vision.TimeZone
---@field store string
---@field reservation_seconds number
---@field run_limit integer?  micro-dollars
---@field on_alert fun(alert: vision.BudgetAlert)?

--- Checks a configuration.
---@param given table? see `budget.OPTIONS`
---@return vision.BudgetPlan|nil
---@return vision.error? err invalid_option
function budget.plan(given)
  local config, err = options.check(budget.OPTIONS, given, "budget")
  local plan = config and { store = config.store, run_limit = cost.from_usd(config.run_limit_usd),
    reservation_seconds = config.reservation_seconds, on_alert = config.on_alert }
  if plan then plan.zone, err = time_zone.open(config.time_zone) end
  if not err then err = select(2, stores.kind(config.store)) end
  if not err then plan.prices, err = prices.check_all(config.prices, "budget: prices") end
  if not err then plan.budgets, err = list_of(config) end
  if err then return nil, err end
  return plan
end

---@class vision.BudgetCall  what is asked of whom
---@field provider string   its name, such as "openai"
---@field endpoint string?  such as "openai/gpt-4o"
---@field model string?
---@field tags string[]?
---@field key string?
---@field is_priced boolean? what a token of it costs is known

local function has(list, word)
  for _, one in ipairs(list or {}) do
    if one == word then return true end
  end
  return false
end

local function counts_for(one, call)
  return (not one.provider or one.provider == call.provider or one.provider == call.endpoint)
    and (not one.tag or has(call.tags, one.tag))
    and (not one.key or one.key == call.key)
end

---@class vision.BudgetLine  one limit of a budget in one of its periods
---@field budget string
---@field kind string      day | month | total
---@field period string    "2026-11-26" | "2026-11" | ""
---@field limit integer    micro-dollars
---@field alert_at integer micro-dollars spent at which an alert is raised
---@field hard boolean

--- The limits that count for a call on a day.
---@param budgets vision.Budget[]
---@param call vision.BudgetCall
---@param date string "2026-11-26"
---@return vision.BudgetLine[]
function budget.lines(budgets, call, date)
  local lines = {}
  for _, one in ipairs(budgets) do
    for _, kind in ipairs(counts_for(one, call) and KINDS or {}) do
      local most = one.limits[kind.name]
      if most then
        lines[#lines + 1] = { budget = one.name, kind = kind.name, limit = most, hard = one.hard,
          period = date:sub(1, kind.length), alert_at = math.ceil(most * one.alert_share) }
      end
    end
  end
  return lines
end

return budget
