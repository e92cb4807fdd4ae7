-- SPDX-License-Identifier: MIT
-- What people should know of a stack, in one shape: a budget that is nearly spent, a provider whose
-- health has changed, a circuit that opened or closed.

local clock = require "vision.base.clock"

local alerts = {}

---@class vision.Alert
---@field kind string       "budget" | "health" | "circuit"
---@field severity string   "info" | "warning" | "error" | "critical"
---@field subject string    the budget, or the provider
---@field message string
---@field timestamp number  seconds since 1970
---@field details table     what else its kind says

local function of_budget(alert)
  local severity = alert.kind == "limit" and (alert.hard_limit and "error" or "warning")
    or "warning"
  return { kind = "budget", severity = severity, subject = alert.budget, message = alert.message,
    timestamp = clock.wall(), details = { of = alert.kind, window = alert.window,
      period = alert.period, limit_usd = alert.limit_usd, spent_usd = alert.spent_usd,
      percent = alert.percent, hard_limit = alert.hard_limit } }
end

local function of_health(alert)
  return { kind = "health", severity = alert.severity, subject = alert.provider,
    message = alert.message, timestamp = alert.timestamp, details = { status = alert.status } }
end

local SAID = {
  open = { "error", "is left alone: its circuit is open" },
  forced_open = { "warning", "is left alone: its circuit is held open by hand" },
  closed = { "info", "is asked again: its circuit is closed" },
  disabled = { "warning", "is asked whatever happens: its circuit is disabled" },
}

-- nil: nobody need know.
local function of_circuit(to, from, breaker)
  local said = SAID[to]
  if not said then return nil end
  local name = tostring(breaker.endpoint_name or breaker.name)
  local why = to == "open" and breaker.opened_by or nil
  return { kind = "circuit", severity = said[1], subject = name, timestamp = clock.wall(),
    message = ("%s %s%s"):format(name, said[2], why and " (" .. why.message .. ")" or ""),
    details = { state = to, previous_state = from, reason = why and why.reason or nil } }
end

local function to(on_alert, translate)
  return function(...)
    local alert = translate(...)
    if alert then on_alert(alert) end
  end
end

--- The callbacks that layers take, by the name of the layer and of its option.
---@param on_alert fun(alert: vision.Alert) must not wait
---@return table<string, table<string, function>>
function alerts.callbacks(on_alert)
  return {
    circuit_breaker = { on_state_change = to(on_alert, of_circuit) },
    health = { on_alert = to(on_alert, of_health) },
  }
end

--- The callback of a cost tracker.
---@param on_alert fun(alert: vision.Alert) must not wait
---@return fun(alert: vision.BudgetAlert)
function alerts.budget(on_alert)
  return to(on_alert, of_budget)
end

return alerts
