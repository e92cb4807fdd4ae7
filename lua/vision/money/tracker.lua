-- SPDX-License-Identifier: MIT
-- Keeps the books of one or several providers: reserves what a call may cost before it is made,
-- books what it did cost after it, and tells how much was spent.

local alerts = require "vision.money.alerts"
local budget = require "vision.money.budget"
local clock = require "vision.base.clock"
local cost = require "vision.money.cost"
local errors = require "vision.base.error"
local ledger = require "vision.money.ledger"
local log = require "vision.base.log"
local summary = require "vision.money.summary"

local tracker = {}

-- Calls whose end could not be written down yet.
local MAX_UNWRITTEN = 1000

---@class vision.CostTracker
---@field plan vision.BudgetPlan
---@field package ledger vision.Ledger
---@field package day { date: string, start: number, stop: number }?  the one `lines` are of
---@field package lines table             endpoint, key -> lines; of calls without a tag that counts
---@field package tags table<string, true>  those that a budget is of
---@field package keys table<string, true>  likewise
---@field package run { spent: integer, reserved: integer }  of this process
---@field package unwritten table[]        what is still to be closed out
---@field package told table<string, true> refusals an alert was raised for
local CostTracker = {}
CostTracker.__index = CostTracker

-- ---- alerts ----

local function say(alert)
  log.warn("%s", alert.message)
end

local function raise(self, alert)
  for _, callback in ipairs(self.callbacks[1] and self.callbacks or { say }) do
    local ok, message = pcall(callback, alert)
    if not ok then log.warn("on_alert failed: %s", tostring(message)) end
  end
end

--- Has a function called with each alert; while there is none, alerts are warnings of the log.
---@param callback fun(alert: vision.BudgetAlert) must not wait
function CostTracker:add_alert_callback(callback)
  table.insert(self.callbacks, callback)
end

-- A budget that is spent is told of once a period, however many calls it refuses.
local function raise_refusal(self, alert)
  local key = alert.budget .. "\0" .. alert.period
  if self.told[key] then return end
  self.told[key] = true
  raise(self, alert)
end

-- ---- days ----

-- A clock that steps back finds the sums of the day it is back in.
local function day_now(self)
  local now, day = clock.wall(), self.day
  if not day or now < day.start or now >= day.stop then
    local zone = self.plan.zone
    local start = zone:start_of(now, "day")
    day = { date = zone:label(start, "day"), start = start, stop = zone:after(start, "day") }
    self.day, self.lines, self.told = day, {}, {}
  end
  return day
end

local NO_LINES = {}

local function new_lines(self, call, date)
  local lines = budget.lines(self.plan.budgets, call, date)
  self.ledger:bind(lines)
  return lines
end

local function has_tag_of(self, tags)
  for _, tag in ipairs(tags or {}) do
    if self.tags[tag] then return true end
  end
  return false
end

local function lines_of(self, call, date)
  if has_tag_of(self, call.tags) then return new_lines(self, call, date) end
  local key = self.keys[call.key or ""] and call.key or ""
  local by_key = self.lines[call.endpoint or call.provider]
  if not by_key then
    by_key = {}
    self.lines[call.endpoint or call.provider] = by_key
  end
  local lines = by_key[key]
  if not lines then
    lines = new_lines(self, call, date)
    by_key[key] = lines
  end
  return lines
end

-- ---- before a call ----

local function is_hard(lines)
  for i = 1, #lines do
    if lines[i].hard then return lines[i].budget end
  end
end

local function unpriced(call, name)
  local who = call.endpoint or call.provider
  return errors.new("budget_exceeded", ("what a call of %s costs is not known, so it cannot be "
    .. "held to the hard limit of budget '%s': give it a price in models.lua or in the budget's "
    .. "prices (prices = { [%q] = { input_per_1k = …, output_per_1k = … } }), or set "
    .. "hard_limit = false"):format(who, name, who), { provider = call.provider, unpriced = true })
end

local function run_refusal(self, amount)
  local run, limit = self.run, self.plan.run_limit
  return errors.new("budget_exceeded", ("this call may cost %s, but of the %s that this run may "
    .. "spend %s is spent%s"):format(alerts.dollars(amount), alerts.dollars(limit),
    alerts.dollars(run.spent), run.reserved > 0
      and (" and %s reserved by calls under way"):format(alerts.dollars(run.reserved)) or ""),
    { run_limit = true })
end

local function reserve(self, call, lines, amount)
  local run, limit = self.run, self.plan.run_limit
  if limit and run.spent + run.reserved + amount > limit then
    return nil, run_refusal(self, amount)
  end
  run.reserved = run.reserved + amount
  local held, err = self.ledger:reserve(lines, amount, self.plan.reservation_seconds)
  if not held then
    run.reserved = run.reserved - amount
    if err.alert then raise_refusal(self, err.alert) end
    err.provider = err.provider or call.provider
    if err.alert and err.alert.window == "day" then
      err.retry_after = math.max(0, self.day.stop - clock.wall())
    end
  end
  return held, err
end

---@class vision.BudgetToken
---@field call vision.BudgetCall
---@field date string
---@field lines vision.BudgetLine[]
---@field amount integer   reserved, micro-dollars; 0 of what is not known
---@field held vision.Reservation?

--- Reserves what a call may cost.
---@param call vision.BudgetCall
---@param amount integer? the most it may cost, micro-dollars; nil: not known
---@return vision.BudgetToken|nil # for `settle` or `release`, one of which must follow
---@return vision.error? err budget_exceeded; why the store cannot be had
function CostTracker:reserve(call, amount)
  local day = day_now(self)
  local token = { call = call, date = day.date, amount = amount or 0, lines = NO_LINES }
  if amount == 0 then return token end -- what is free passes every limit
  if self.unwritten[1] then self:write_down() end
  token.lines = lines_of(self, call, day.date)
  local name = not amount and (is_hard(token.lines) or self.plan.run_limit and "this run")
  if name then return nil, unpriced(call, name) end
  local err
  token.held, err = reserve(self, call, token.lines, token.amount)
  return token.held and token, err
end

-- ---- after it ----

local function tokens(value)
  return type(value) == "number" and value >= 0 and value < 2 ^ 53 and math.floor(value) or 0
end

local function close_out(self, token, amount, use)
  local raised, err = self.ledger:close_out(token.held, token.lines, amount, use)
  if not raised then return nil, err end
  for i = 1, #raised do raise(self, raised[i]) end
  return true
end

-- What was paid is not forgotten because a store cannot be had for a while.
local function keep_for_later(self, token, amount, use, err)
  if #self.unwritten >= MAX_UNWRITTEN then table.remove(self.unwritten, 1) end
  table.insert(self.unwritten, { token = token, amount = amount, use = use })
  log.warn("what a call cost cannot be booked now and is kept for later: %s", tostring(err))
end

--- Writes down what could not be before.
---@return true|nil
---@return vision.error? err
function CostTracker:write_down()
  local waiting = self.unwritten
  self.unwritten = {}
  for i, entry in ipairs(waiting) do
    local ok, err = close_out(self, entry.token, entry.amount, entry.use)
    if not ok then
      for rest = i, #waiting do table.insert(self.unwritten, waiting[rest]) end
      return nil, err
    end
  end
  return true
end

local function finish(self, token, amount, use)
  local run = self.run
  run.reserved, run.spent = run.reserved - token.amount, run.spent + amount
  local ok, err = close_out(self, token, amount, use)
  if not ok then keep_for_later(self, token, amount, use, err) end
end

---@class vision.Outcome
---@field micro integer?   what it cost; nil: not known
---@field failed boolean?
---@field usage table?     input_tokens, output_tokens
---@field estimated boolean? `micro` is no more than an estimate

--- Books what a call cost and gives its reservation back. Where that is not known, what was
--- reserved is booked.
---@param token vision.BudgetToken
---@param outcome vision.Outcome
---@return integer micro-dollars that were booked
function CostTracker:settle(token, outcome)
  local usage, call = outcome.usage, token.call
  local amount = outcome.micro or token.amount
  local unknown = outcome.micro == nil
  finish(self, token, amount, {
    date = token.date, provider = call.provider, model = call.model or "", tags = call.tags,
    failed = outcome.failed and 1 or 0,
    unpriced = unknown and amount == 0 and 1 or 0,
    estimated = (outcome.estimated or unknown and amount > 0) and 1 or 0,
    input_tokens = usage and tokens(usage.input_tokens) or 0,
    output_tokens = usage and tokens(usage.output_tokens) or 0,
  })
  return amount
end

--- Gives the reservation of a call back that failed before it cost anything.
---@param token vision.BudgetToken
function CostTracker:release(token)
  self:settle(token, { micro = 0, failed = true })
end

-- ---- what was spent ----

--- The price of what a provider does: the given one of the endpoint, of the provider, else its own.
---@param provider table
---@return vision.Price? # nil: not known
function CostTracker:price_of(provider)
  local given = self.plan.prices
  return given[provider.endpoint_name or ""] or given[provider.name or ""] or provider.price
end

--- USD spent today, in the zone of the budget.
---@param filter? { provider: string?, model: string?, tag: string? }
---@return number|nil
---@return vision.error? err why the store cannot be had
function CostTracker:get_daily_cost(filter)
  local date = day_now(self).date
  return summary.cost(self.ledger, date, date, filter)
end

--- USD spent in this month.
---@param filter? { provider: string?, model: string?, tag: string? }
---@return number|nil
---@return vision.error? err
function CostTracker:get_monthly_cost(filter)
  local date = day_now(self).date
  return summary.cost(self.ledger, date:sub(1, 7) .. "-01", date, filter)
end

--- What was used, in all or in some days.
---@param filter? { provider: string?, model: string?, tag: string?, from: string?, to: string? }
---  `from`, `to`: dates such as "2026-11-01"; both days are in it
---@return vision.UsageSummary|nil
---@return vision.error? err invalid_option, or why the store cannot be had
function CostTracker:get_usage_summary(filter)
  return summary.of(self.ledger, filter)
end

---@class vision.BudgetState : vision.BudgetLine
---@field spent_usd number
---@field reserved_usd number by calls under way
---@field limit_usd number

--- How far each limit is used up, today.
---@return vision.BudgetState[]|nil
---@return vision.error? err
function CostTracker:get_budgets()
  local lines, date = {}, day_now(self).date
  for _, one in ipairs(self.plan.budgets) do
    local own = budget.lines({ one }, { provider = one.provider, key = one.key,
      tags = { one.tag } }, date)
    for _, line in ipairs(own) do lines[#lines + 1] = line end
  end
  self.ledger:bind(lines)
  local standing, err = self.ledger:standing(lines)
  if not standing then return nil, err end
  for i, line in ipairs(lines) do
    line.account = nil
    line.limit_usd, line.spent_usd = cost.usd(line.limit), cost.usd(standing[i].spent)
    line.reserved_usd = cost.usd(standing[i].reserved)
  end
  return lines
end

--- Gives the store back. What could not be written down is tried once more.
---@return true|nil
---@return vision.error? err what is lost
function CostTracker:close()
  local ok, err = self:write_down()
  self.ledger:close()
  return ok, err
end

local function named(plan, field)
  local words = {}
  for _, one in ipairs(plan.budgets) do
    if one[field] then words[one[field]] = true end
  end
  return words
end

--- Makes a tracker.
---@param budget_config? table see `budget.OPTIONS`
---@return vision.CostTracker|nil
---@return vision.error? err invalid_option; why the store could not be opened
function CostTracker.new(budget_config)
  local plan, err = budget.plan(budget_config)
  local books
  if plan then books, err = ledger.open(plan.store) end
  if not books then return nil, err end
  return setmetatable({ plan = plan, ledger = books, callbacks = { plan.on_alert }, lines = {},
    told = {}, unwritten = {}, run = { spent = 0, reserved = 0 },
    tags = named(plan, "tag"), keys = named(plan, "key") }, CostTracker)
end

tracker.CostTracker = CostTracker

return tracker
