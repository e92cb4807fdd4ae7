-- SPDX-License-Identifier: MIT
-- What the layers of one stack share: the budgets of retries and of money, the state of several
-- processes, and who tells other systems.

local layers = require "vision.stack.layers"

local common = {}

---@class vision.StackCommon
---@field budget vision.RetryBudget?
---@field shared table?             a vision.core.SharedState or a vision.Fleet: limits and breakers
---@field figures table?            a vision.core.SharedState: what metrics count
---@field cost_tracker table?
---@field webhook_manager vision.WebhookManager?
---@field callbacks table<string, table<string, function>>? layer -> option -> a function that is
---  called beside the layer's own

local function budget_of(wanted)
  if wanted == false then return nil end
  if wanted ~= true and type(wanted) ~= "table" then
    return layers.refuse("retry_budget must be true, false or a table of its options, not a %s",
      type(wanted))
  end
  local budget, err = require("vision.layers.retry_budget").RetryBudget.new(
    wanted ~= true and wanted or nil)
  return budget, err and layers.at("retry_budget", err)
end

-- One for all endpoints, or the caller's own for several stacks; with `dry` no store is opened.
local function tracker_of(value, dry)
  local settings, err = layers.settings("budget", value)
  if not settings then return nil, err end
  if settings.cost_tracker then return settings.cost_tracker end
  if dry then
    local plan
    plan, err = require("vision.money.budget").plan(settings)
    return plan and require("vision.money.tracker").CostTracker.new(), err
  end
  return require("vision.money.tracker").CostTracker.new(settings)
end

-- Opens nothing yet.
local function webhooks_of(value)
  local settings, err = layers.settings("webhooks", value)
  if not settings then return nil, err end
  if settings.webhook_manager then return settings.webhook_manager end
  return require("vision.webhooks.manager").WebhookManager.new(settings)
end

-- Whoever hears of several layers hears of each of them, in this order.
local function add(all, callbacks)
  for name, options in pairs(callbacks) do
    all[name] = all[name] or {}
    for option, callback in pairs(options) do
      local before = all[name][option]
      all[name][option] = before and function(...)
        before(...)
        callback(...)
      end or callback
    end
  end
end

-- `telling` makes callbacks (of layers, of a budget) for `whom`.
local function wire(shared, telling, whom)
  shared.callbacks = shared.callbacks or {}
  add(shared.callbacks, telling.callbacks(whom))
  if shared.cost_tracker then shared.cost_tracker:add_alert_callback(telling.budget(whom), whom) end
end

local function state_of(path, dry)
  if not path then return nil end
  local shared_state = require "vision.layers.shared_state"
  if not dry then return shared_state.shared_state(path) end
  local ok, err = shared_state.check(path)
  return nil, not ok and err or nil
end

local function figures_of(options, shared, dry)
  local ok, err = true, nil
  if options.figures_state then
    ok, err = require("vision.base.address").check_path(options.figures_state, "figures_state")
  end
  if not ok then return nil, err end
  local path = require("vision.layers.shared_state").figures_path(options)
  if path == options.shared_state then return shared end
  return state_of(path, dry)
end

--- Makes what the options of a stack ask for.
---@param options table
---@param dry boolean  nothing is opened
---@return vision.StackCommon|nil
---@return vision.error? err
function common.make(options, dry)
  local shared, err = {}
  shared.budget, err = budget_of(options.retry_budget)
  if not err then shared.shared, err = state_of(options.shared_state, dry) end
  if not err then shared.figures, err = figures_of(options, shared.shared, dry) end
  if not err then shared.webhook_manager, err = webhooks_of(options.webhooks) end
  if not err then shared.cost_tracker, err = tracker_of(options.budget, dry) end
  if err then return nil, err end
  if shared.webhook_manager then
    wire(shared, require "vision.webhooks.notices", shared.webhook_manager)
  end
  if options.on_alert then wire(shared, require "vision.stack.alerts", options.on_alert) end
  return shared
end

--- Begins what works by itself.
---@param shared vision.StackCommon
---@return true|nil
---@return vision.error? err
function common.start(shared)
  if not shared.webhook_manager then return true end
  local ok, err = shared.webhook_manager:start()
  return ok, err and layers.at("webhooks", err)
end

return common
