-- SPDX-License-Identifier: MIT
-- What reads for the service: one tower of layers for all requests, and one for each provider that
-- a request names, made when it is first asked for and kept, so that limits and breakers hold. With
-- it what all towers share: records, budget, health, alerts.

local VisionManager = require("vision.manager").VisionManager
local alerts = require "vision.server.alerts"
local errors = require "vision.base.error"
local option_lists = require "vision.base.options"
local providers = require "vision.providers"
local shares = require "vision.stack.shared"
local shelves = require "vision.server.shelf"

local engine = {}

-- Towers that are kept of providers and models that requests name, and bytes of such a name.
local TOWERS_MAX, NAME_MAX = 64, 200

local OPTIONS = {
  provider = { "who reads where a request names nobody", type = "string" },
  create = { "(wanted, options) -> provider | nil, err", type = "function",
    default = providers.create_vision_provider },
  shared = { "what all towers share: vision.stack.shared", type = "table",
    default = shares.new {} },
  shelf = { "where jobs and alerts are kept (vision.server.shelf); in this process by default",
    type = "table" },
}

---@class vision.server.Engine
---@field manager vision.VisionManager
---@field shared vision.Shared
---@field shelf vision.server.Shelf
---@field alerts vision.server.Alerts
---@field package create function
---@field package known table<string, table>  provider, or provider/model -> its tower
---@field package used string[]  the same names, the last one used at the end
---@field package users integer  requests and jobs that hold it
---@field package retired fun()?
local Engine = {}
Engine.__index = Engine

-- Of the service's own tower, the endpoint that asks a provider: its limits hold for both.
local function endpoint_of(self, name, model)
  local own = self.manager:current_provider()
  for _, endpoint in ipairs(own and own.endpoints or {}) do
    local asked = endpoint.provider
    if not endpoint.lacks and asked.name == name and (not model or asked.model == model) then
      return asked
    end
  end
end

-- "openai/gpt-5.4" -> "openai", "gpt-5.4"
local function parted(whole)
  local name, model = whole:match "^([%w_]+)/(%S+)$"
  name = name or whole
  if providers.get_available_providers()[name] and #whole <= NAME_MAX then return name, model end
  return nil, errors.new("invalid_option", ("there is no provider '%s'; GET "
    .. "/api/v1/vision/providers lists all"):format(option_lists.shown_word(name)))
end

local function make(self, whole)
  local name, model = parted(whole)
  if not name then return nil, model end
  local endpoint = endpoint_of(self, name, model)
  return self.create(endpoint or name, { model = not endpoint and model or nil })
end

-- Of too many the one that was asked for the longest time ago goes; calls under way keep theirs.
local function keep(self, whole, tower)
  for i, name in ipairs(self.used) do
    if name == whole then
      table.remove(self.used, i)
      break
    end
  end
  self.used[#self.used + 1], self.known[whole] = whole, tower
  if #self.used > TOWERS_MAX then self.known[table.remove(self.used, 1)] = nil end
  return tower
end

--- The provider that a request names.
---@param whole string?  a provider, or "provider/model"; nil: the service's own
---@return table|nil
---@return vision.error? err invalid_option (there is no such provider), missing_key …
function Engine:provider(whole)
  if not whole then return self.manager:current_provider() end
  local tower, err = self.known[whole], nil
  if not tower then tower, err = make(self, whole) end
  return tower and keep(self, whole, tower), err
end

--- The same for an estimate: nothing is sent, so where the key is missing any text will do for one.
---@param whole string?
---@return table|nil
---@return vision.error? err
function Engine:estimator(whole)
  local provider, err = self:provider(whole)
  if provider or err.reason ~= "missing_key" then return provider, err end
  local name, model = parted(whole)
  return providers.create_vision_provider(name, { model = model, api_key = "none",
    fallback_to_stub = false })
end

--- The endpoints of all towers, each once, the service's own first.
---@return vision.StackEndpoint[]
function Engine:endpoints()
  local list, seen = {}, {}
  local function add(tower)
    for _, endpoint in ipairs(tower and tower.endpoints or {}) do
      if not seen[endpoint.provider] then list[#list + 1] = endpoint end
      seen[endpoint.provider] = true
    end
  end
  add(self.manager:current_provider())
  for _, name in ipairs(option_lists.names(self.known)) do add(self.known[name]) end
  return list
end

--- The store of records.
---@return vision.ResultPersistence|nil
---@return vision.error? err no_store
function Engine:records()
  if self.shared.persistence then return self.shared.persistence end
  return nil, errors.new("no_store", "this service keeps no records: start it with --store, or set "
    .. "'records' in its configuration")
end

--- Somebody begins to use it: what it stands on is kept until `release`.
function Engine:hold() self.users = self.users + 1 end

local function let_go(self)
  local done = self.retired
  if not done or self.users > 0 then return end
  self.retired = nil
  done()
end

--- Somebody has done with it.
function Engine:release()
  self.users = self.users - 1
  let_go(self)
end

--- Another one reads from now on.
---@param done fun() called when the last who holds it has let go; must not wait
function Engine:retire(done)
  self.retired = done
  let_go(self)
end

---@param given? table  provider, create, shared, shelf
---@return vision.server.Engine|nil
---@return vision.error? err invalid_option
function engine.new(given)
  local options, err = option_lists.check(OPTIONS, given or {}, "engine")
  if not options then return nil, err end
  local kept = options.shelf or shelves.lazy(shelves.MEMORY)
  return setmetatable({
    create = options.create, known = {}, used = {}, users = 0, shared = options.shared,
    shelf = kept, alerts = alerts.new(kept),
    manager = VisionManager.new { provider = options.provider, create = options.create },
  }, Engine)
end

return engine
