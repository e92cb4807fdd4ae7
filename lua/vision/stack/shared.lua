-- SPDX-License-Identifier: MIT
-- What all stacks of one program have in common: one store of records, one budget, one who watches
-- and one who tells other systems. Made of the same table that a stack is made of.
--
--   local shared = assert(shares.new(settings))
--   local provider = assert(vision.stack(shared:apply(settings)))

local layer = require "vision.layers.layer"
local shared_state = require "vision.layers.shared_state"

local shares = {}

---@class vision.Shared
---@field persistence vision.ResultPersistence?  the store of records
---@field store string?                          where that is
---@field fleet_state string?                    the address of limits and breakers in Redis
---@field figures_state string?                  the file of figures, where processes share one
---@field tracker vision.CostTracker?
---@field monitor vision.HealthMonitor?
---@field webhook_manager vision.WebhookManager?
---@field package layers table<string, table>  the settings that name them
local Shared = {}
Shared.__index = Shared

-- The options of a layer, where it is wanted; what is neither true nor a table the stack refuses.
local function wanted(settings, name)
  local value = settings[name]
  if value == true then return {} end
  return type(value) == "table" and layer.copy(value) or nil
end

-- Takes what `specs` names out of the options: for what is shared, not for the layer around it.
local function taken(options, specs)
  local own = {}
  for name in pairs(specs) do own[name], options[name] = options[name], nil end
  return own
end

-- ---- each of them ----

local make = {}

function make.records(self, options)
  local results = require "vision.records.persistence"
  local err
  self.store = options.store
  self.persistence, err = results.ResultPersistence.new(taken(options, results.OPTIONS))
  options.persistence = self.persistence
  return err
end

function make.budget(self, options)
  local err
  self.tracker = options.cost_tracker
  if not self.tracker then
    self.tracker, err = require("vision.money.tracker").CostTracker.new(options)
  end
  return err, { cost_tracker = self.tracker }
end

function make.health(self, options)
  local err
  self.monitor = options.monitor
  if not self.monitor then
    local given = layer.copy(options)
    given.on_alert = nil
    self.monitor, err = require("vision.ensemble.health").HealthMonitor.new(given)
  end
  return err, { monitor = self.monitor, on_alert = options.on_alert }
end

function make.webhooks(self, options)
  local err
  self.webhook_manager = options.webhook_manager
  if not self.webhook_manager then
    self.webhook_manager, err = require("vision.webhooks.manager").WebhookManager.new(options)
  end
  return err, { webhook_manager = self.webhook_manager }
end

-- ---- the whole ----

--- The settings of a stack in which what is shared stands.
---@param settings table
---@return table
function Shared:apply(settings)
  local all = layer.copy(settings)
  for name, options in pairs(self.layers) do
    if all[name] ~= false then all[name] = options end
  end
  return all
end

--- The folder in which pictures are kept beside their records, where they are.
---@return string?
function Shared:kept_pictures()
  return self.layers.records and self.layers.records.keep_pictures
end

--- Gives the store of records back when what is on its way has arrived.
function Shared:close()
  if self.monitor then self.monitor:stop() end
  if self.persistence then self.persistence:close() end
end

--- Makes what the settings ask for. Opens no store of records yet.
---@param settings table as of `vision.stack`
---@return vision.Shared|nil
---@return vision.error? err invalid_option, or why the store of a budget could not be opened
function shares.new(settings)
  local self = setmetatable({ layers = {}, fleet_state = shared_state.fleet_address(settings),
    figures_state = shared_state.figures_path(settings) }, Shared)
  for name, of in pairs(make) do
    local options = wanted(settings, name)
    if options then
      local err, instead = of(self, options)
      if err then return nil, err end
      self.layers[name] = instead or options
    end
  end
  return self
end

return shares
