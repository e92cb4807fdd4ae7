-- SPDX-License-Identifier: MIT
-- Keeps the books of one or several providers: reserves what a call may cost before it is made,
-- books what it did cost after it, and tells how much was spent.

local budget = require "vision.money.budget"
local clock = require "vision.base.clock"
local cost = require "vision.money.cost"
local day_lines = require "vision.money.day_lines"
local labels = require "vision.money.labels"
local ledger = require "vision.money.ledger"
local log = require "vision.base.log"
local refusals = require "vision.money.refusals"
local summary = require "vision.money.summary"
local task = require "vision.base.task"
local writer = require "vision.money.writer"

local tracker = {}

local floor, type = math.floor, type -- of each call

---@class vision.CostTracker
---@field plan vision.BudgetPlan
---@field package ledger vision.Ledger
---@field package lines vision.DayLines
---@field package run { spent: integer, reserved: integer }  of this process
---@field package writer vision.LedgerWriter? before a ledger that waits
---@field package books vision.LedgerWriter|vision.Ledger  what steps go to
---@field package hearers table<any, true> who is told of alerts
---@field package told table<string, string>  budget, window -> the last period of which a refusal
---  was told
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
---@param whom? any who is told by it: nobody is told twice, however many stacks share the tracker
function CostTracker:add_alert_callback(callback, whom)
  if whom ~= nil then
    if self.hearers[whom] then return end
    self.hearers[whom] = true
  end
  table.insert(self.callbacks, callback)
end

-- A budget that is spent is told of once a period, however many calls it refuses.
local function raise_refusal(self, alert)
  local key = alert.budget .. "\0" .. alert.window
  if self.told[key] == alert.period then return end
  self.told[key] = alert.period
  raise(self, alert)
end

-- A tag that is said twice counts once, also where two are kept as one.
local function each_once(tags)
  if #tags < 2 then return tags end
  local list, known = {}, {}
  for _, tag in ipairs(tags) do
    local name = labels.kept(tag)
    if not known[name] then list[#list + 1] = tag end
    known[name] = true
  end
  return list
end

-- ---- before a call ----

local NO_LINES = {}

local function is_hard(lines)
  for i = 1, #lines do
    if lines[i].hard then return lines[i].budget end
  end
end

-- A call that the ledger has reserved nothing for: false where it may be made all the same, for a
-- soft limit stops no call because its store is away.
local function unreserved(self, call, token, err)
  if err.reason ~= "budget_exceeded" and not is_hard(token.lines) and not task.stopped() then
    return false
  end
  self.run.reserved = self.run.reserved - token.amount
  if err.alert then
    raise_refusal(self, err.alert)
    err.provider = call.provider
    if err.alert.window == "day" then
      err.retry_after = math.max(0, self.lines:today().stop - clock.wall())
    end
  end
  return nil, err
end

---@class vision.BudgetToken : vision.Use  a call under way
---@field lines vision.BudgetLine[]
---@field amount integer   reserved, micro-dollars; 0 of what is not known
---@field held table|false   what the ledger keeps of it

--- Reserves what a call may cost.
---@param call vision.BudgetCall
---@param amount integer? the most it may cost, micro-dollars; nil: not known
---@return vision.BudgetToken|nil # for `settle` or `release`, one of which must follow
---@return vision.error? err budget_exceeded; why the store cannot be had
function CostTracker:reserve(call, amount)
  local day, plan, run = self.lines:today(), self.plan, self.run
  local token = { lines = NO_LINES, amount = amount or 0, held = false, date = day.date,
    provider = call.provider, model = call.model or "", tags = call.tags and each_once(call.tags) }
  if amount == 0 then return token end -- what is free passes every limit
  local lines = self.lines:of(call, day.date)
  local name = not amount and (is_hard(lines) or plan.run_limit and "this run")
  if name then return nil, refusals.unpriced(call, name) end
  amount, token.lines = token.amount, lines
  if plan.run_limit and run.spent + run.reserved + amount > plan.run_limit then
    return nil, refusals.run(run, amount, plan.run_limit)
  end
  run.reserved = run.reserved + amount
  local held, err = self.books:reserve(lines, amount, plan.reservation_seconds)
  if not held then held, err = unreserved(self, call, token, err) end
  token.held = held
  if held == nil then return nil, err end
  return token
end

-- ---- after it ----

local function tokens(value)
  if type(value) == "number" and value >= 0 and value < 2 ^ 53 then return floor(value) end
end

--- Writes down what could not be before, because its store was away.
---@return true|nil
---@return vision.error? err why it still cannot
function CostTracker:write_down()
  if not self.writer then return true end
  return self.writer:write_down()
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
  local usage, micro, run = outcome.usage, outcome.micro, self.run
  local amount = micro or token.amount
  run.reserved, run.spent = run.reserved - token.amount, run.spent + amount
  if outcome.failed then token.failed = 1 end
  if not micro and amount == 0 then token.unpriced = 1 end
  if outcome.estimated or not micro and amount > 0 then token.estimated = 1 end
  if usage then
    token.input_tokens, token.output_tokens = tokens(usage.input_tokens),
      tokens(usage.output_tokens)
  end
  local alerts = self.books:close_out(token.held, token.lines, amount, token)
  for i = 1, #alerts do raise(self, alerts[i]) end
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
  local date = self.lines:today().date
  return summary.cost(self.ledger, date, date, filter)
end

--- USD spent in this month.
---@param filter? { provider: string?, model: string?, tag: string? }
---@return number|nil
---@return vision.error? err
function CostTracker:get_monthly_cost(filter)
  local date = self.lines:today().date
  return summary.cost(self.ledger, date:sub(1, 7) .. "-01", date, filter)
end

--- USD spent by this process.
---@return number
function CostTracker:get_run_cost()
  return cost.usd(self.run.spent)
end

--- What was used, in all or in some days.
---@param filter? { provider: string?, model: string?, tag: string?, from: string?, to: string? }
---  `from`, `to`: dates such as "2026-11-01"; both days are in it
---@return vision.UsageSummary|nil
---@return vision.error? err invalid_option, or why the store cannot be had
function CostTracker:get_usage_summary(filter)
  return summary.of(self.ledger, filter)
end

--- The rows behind the summaries: a day, provider, model and tag each ("" where all are counted).
---@param filter { from: string, to: string } dates; both days are in it
---@return vision.UseRow[]|nil
---@return vision.error? err
function CostTracker:get_use(filter)
  return self.ledger:uses(filter.from, filter.to)
end

---@class vision.BudgetState : vision.BudgetLine
---@field spent_usd number
---@field reserved_usd number by calls under way
---@field limit_usd number

--- How far each limit is used up, today.
---@return vision.BudgetState[]|nil
---@return vision.error? err
function CostTracker:get_budgets()
  local lines, date = {}, self.lines:today().date
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

--- Gives the store back, when what is under way in it has ended. What could not be written down is
--- tried once more.
---@return true|nil
---@return vision.error? err what is lost
function CostTracker:close()
  local ok, err = true
  if self.writer then ok, err = self.writer:finish() end
  self.ledger:close()
  return ok, err
end

-- Those whose store outlives this process.
local open = setmetatable({}, { __mode = "k" })

--- Waits until all trackers have written down what was paid: for the end of a program.
---@param seconds number at most
function tracker.finish(seconds)
  for self in pairs(open) do
    local _, err = task.timeout(seconds, self.writer.finish, self.writer)
    if err then log.warn("what calls cost is not booked: %s", tostring(err)) end
  end
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
  local self = setmetatable({ plan = plan, ledger = books, callbacks = { plan.on_alert },
    hearers = {}, lines = day_lines.new(plan, books), told = {},
    run = { spent = 0, reserved = 0 } }, CostTracker)
  if books.waits then
    self.writer, open[self] = writer.new(books, function(alert) raise(self, alert) end), true
  end
  self.books = self.writer or books
  return self
end

tracker.CostTracker = CostTracker

return tracker
