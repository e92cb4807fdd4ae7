-- SPDX-License-Identifier: MIT
-- What other parts tell of by a callback, as events. None of these callbacks waits.

local events = require "vision.webhooks.events"

local notices = {}

local Type = events.WebhookEventType

local OPENED = { open = true, forced_open = true }
local CLOSED = { closed = true, disabled = true }

local function circuit(manager, to, from, breaker)
  local event_type = OPENED[to] and Type.CIRCUIT_OPENED or CLOSED[to] and Type.CIRCUIT_CLOSED
  if not event_type or not manager:wants(event_type) then return end
  local name = breaker.endpoint_name or breaker.name
  local why = OPENED[to] and breaker.opened_by or nil
  manager:post(event_type, { provider = name, state = to, previous_state = from,
    error = why and events.error_of(why) }, "provider:" .. tostring(name))
end

local function health(manager, alert)
  manager:post(Type.HEALTH_CHANGED, { provider = alert.provider, severity = alert.severity,
    status = alert.status, message = alert.message }, "provider:" .. alert.provider)
end

local function disagreement(manager, found)
  manager:post(Type.CONSENSUS_DISAGREEMENT, found)
end

--- The callbacks that layers take, by the name of the layer and of its option.
---@param manager vision.WebhookManager
---@return table<string, table<string, function>>
function notices.callbacks(manager)
  local function to(call)
    return function(...) call(manager, ...) end
  end
  return {
    circuit_breaker = { on_state_change = to(circuit) },
    health = { on_alert = to(health) },
    compare = { on_disagreement = to(disagreement) },
  }
end

--- The callback of a cost tracker.
---@param manager vision.WebhookManager
---@return fun(alert: vision.BudgetAlert)
function notices.budget(manager)
  return function(alert)
    manager:post(Type.BUDGET_ALERT, { kind = alert.kind, budget = alert.budget,
      window = alert.window, period = alert.period, limit_usd = alert.limit_usd,
      spent_usd = alert.spent_usd, percent = alert.percent, hard_limit = alert.hard_limit,
      message = alert.message }, "budget:" .. alert.budget)
  end
end

return notices
