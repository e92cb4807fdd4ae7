-- SPDX-License-Identifier: MIT
-- What `vision serve` serves: the application, with what it stands on, made of the command line and
-- the configuration, and made anew when that has changed.

local log = require "vision.base.log"
local tower = require "vision.cli.tower"

local serving = {}

---@class vision.cli.Serving
---@field app vision.App
---@field say fun(level: string, message: string)  to who runs it
---@field package given table
---@field package context vision.cli.Context
---@field package house table   what reads now
local Serving = {}
Serving.__index = Serving

-- Seconds for which what was replaced stays to deliver what it told of.
local DELIVERY_SECONDS = 10

-- ---- what reads ----

-- What workers have in common where nothing else is said: a file in their folder.
local function common(given, name)
  return given.workers_folder and given.workers_folder .. "/" .. name
end

-- Of the stack, where the configuration is silent.
local function defaults_of(house, given)
  return { health = true, on_alert = function(alert) house.engine.alerts:add(alert) end,
    shared_state = common(given, "state"), figures_state = common(given, "state"),
    inside = { budget = { store = common(given, "budget.db") } } }
end

-- Requests may name more models than a shared state has places for.
local function make(house, wanted, more)
  local provider, err = house.make(wanted, more)
  if not err or err.reason ~= "queue_full" then return provider, err end
  if not house.has_warned then
    log.warn("%s; what else is asked has its limits in this process alone", err.message)
  end
  house.has_warned = true
  return house.make(wanted, more, true)
end

local function open_engine(house, given)
  local shared, configured = house.share()
  if not shared then return nil, configured end
  house.configured = configured
  house.kept = shared.store or common(given, "jobs.db") or "memory:"
  house.shelf = house.shelf or require("vision.server.shelf").lazy(house.kept)
  local err
  house.engine, err = require("vision.server.engine").new {
    provider = given.provider, shared = shared, shelf = house.shelf,
    create = function(wanted, more)
      if wanted == given.provider then more.model = more.model or given.model end
      more.tile = given.tile
      return make(house, wanted, more)
    end,
  }
  if house.engine then err = select(2, house.engine:provider()) end
  -- Nobody's models are listed without a word.
  if not err and configured.health then shared.monitor:start() end
  return not err or nil, err
end

-- `shelf`: jobs and kept answers stay where they are as long as the service runs.
local function new_house(given, context, shelf)
  local house = { shelf = shelf }
  house.make, house.close, house.share = tower.maker(given, context, defaults_of(house, given))
  local ok, err = open_engine(house, given)
  if ok then return house end
  house.close()
  return nil, err
end

-- Where batches lie that another process goes on with: beside the file of jobs. What is in memory
-- nobody can.
local function jobs_folder(url, given)
  if url == "memory:" then return nil end
  if given.jobs then return given.jobs end
  if url:find "^%w+://" then return common(given, "jobs") end
  return url:gsub("^sqlite:", "") .. "-jobs"
end

-- ---- the application ----

local LOOPBACK = { localhost = true, ["::1"] = true }

-- Whoever reaches a loopback address is on this machine.
local function is_loopback(host)
  return not host or LOOPBACK[host] or host:find "^127%.%d+%.%d+%.%d+$" ~= nil
end

-- What the processes of this machine share, and, where that is asked for, those of several.
local function states_of(shared)
  local open, own, fleet, err = require("vision.layers.shared_state").shared_state, nil, nil, nil
  if shared.fleet_state then fleet, err = open(shared.fleet_state) end
  if shared.figures_state and not err then own, err = open(shared.figures_state) end
  return own, fleet, err
end

local function access_of(given, required, shared, fleet)
  local path = given.keys or require("vision.server.keys").path()
  if not path then
    return nil, required and require("vision.base.error").new("invalid_option",
      "there is no home, so no file of keys: name one with --keys") or nil
  end
  return require("vision.server.access").new { path = path, required = required, shared = shared,
    fleet = fleet }
end

local function bytes_of(megabytes)
  return megabytes and math.floor(megabytes * 2 ^ 20)
end

local function open_app(self)
  local given = self.given
  local required = given.require_keys or not is_loopback(given.host)
  local shared, fleet, err = states_of(self.house.engine.shared)
  local access, origins
  if not err then access, err = access_of(given, required, shared, fleet) end
  if not err then
    origins, err = require("vision.server.origins").new {
      allowed = given.origins, guards_host = not required }
  end
  if err then return nil, err end
  if required and access:is_empty() then
    self.say("warn", "nobody has a key yet: 'vision keys new NAME' makes one")
  end
  local fetcher = given.allow_urls and assert(require("vision.server.fetcher").new()) or nil
  return require("vision.server.app").new {
    engine = self.house.engine, max_body = bytes_of(given.max_body),
    max_bodies = bytes_of(given.max_bodies), fetcher = fetcher,
    jobs_folder = jobs_folder(self.house.kept, given),
    access = access, origins = origins, shared = shared,
    observers = { require("vision.server.request_log").new(given.log_format or "text") },
  }
end

-- ---- what workers do not share ----

-- Said once, by the first of them.
local function tell_alone(self)
  local given, configured = self.given, self.house.configured
  if not given.workers_folder or self.context.environment "VISION_WORKER" ~= "1" then return end
  local cache = not given.no_cache and configured.cache
  if cache and not (type(cache) == "table" and cache.path) then
    self.say("warn", "each worker has a cache of its own: cache.path would be for all")
  end
  if given.max_cost then
    self.say("warn", "--max-cost holds for each worker by itself: a budget would hold for all")
  end
  if not self.house.engine.shared.store then
    self.say("info", "jobs, alerts and kept answers end with the service: --store would keep them")
  end
end

-- ---- its life ----

-- Nobody uses it any more; what it owes is delivered and written down.
local function close_house(house)
  local manager, tracker = house.engine.shared.webhook_manager, house.engine.shared.tracker
  if manager then
    manager:settle(DELIVERY_SECONDS)
    manager:close()
  end
  if tracker then tracker:close() end
  house.close()
end

--- Reads the configuration again. What is under way ends with what it began with; where the new one
--- is wrong, the old one stays.
---@return true|nil
---@return vision.error? err
function Serving:reload()
  local old = self.house
  local house, err = new_house(self.given, self.context, old.shelf)
  if not house then return nil, err end
  self.house, self.app.engine = house, house.engine
  old.engine:retire(function() require("vision.base.task").spawn(close_house, old) end)
  return true
end

--- Writes down all that is on its way and closes what it stands on; waits.
function Serving:close()
  self.house.close()
  self.house.shelf:close()
end

--- Makes the one who tells whoever runs it.
---@param given table the parsed options
---@param context vision.cli.Context
---@return fun(level: string, message: string)
function serving.sayer(given, context)
  if given.log_format == "json" then
    return require("vision.server.request_log").take_messages()
  end
  return function(_, message) require("vision.cli").say(context, "%s", message) end
end

--- Makes it.
---@param given table the parsed options
---@param context vision.cli.Context
---@return vision.cli.Serving|nil
---@return vision.error? err
function serving.open(given, context)
  if given.local_only then require("vision.base.http").local_only = true end
  local self = setmetatable({ given = given, context = context,
    say = serving.sayer(given, context) }, Serving)
  local err
  self.house, err = new_house(given, context)
  if not self.house then return nil, err end
  self.app, err = open_app(self)
  if self.app then
    self.app.jobs:watch()
    tell_alone(self)
    return self
  end
  self:close()
  return nil, err
end

return serving
