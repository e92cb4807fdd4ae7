-- SPDX-License-Identifier: MIT
-- A circuit breaker in Redis, for a fleet of processes. Each process keeps one of its own beside
-- it, which hears of its own calls and follows the common one: it serves while Redis is away.

local clock = require "vision.base.clock"
local core = require "vision.core"
local json = require "vision.base.json"
local script = require "vision.fleet.breaker_script"
local task = require "vision.base.task"

local breaker = {}

local NEVER = 1e300 -- JSON has no infinity

local DEFAULTS = {
  failure_threshold = 5, success_threshold = 2, half_open_max_calls = 1, timeout = 60,
  timeout_factor = 1, timeout_max = 600, timeout_jitter = 0, probe_timeout = 300,
  window_size = 100, minimum_calls = 10, failure_rate = 0.5, slow_call_rate = NEVER,
  slow_call_duration = 60,
}

-- The permit of a call: Redis's number and that of the own breaker, each nil where there is none.
---@class vision.FleetPermit
---@field common number?
---@field own number?

---@class vision.FleetBreaker : vision.core.CircuitBreaker
---@field package fleet vision.Fleet
---@field package own vision.core.CircuitBreaker
local Breaker = {}
Breaker.__index = Breaker

local function config_of(options)
  local config = { window = options.window }
  for name, default in pairs(DEFAULTS) do
    config[name] = options[name] == nil and default or options[name]
  end
  config.settings = core.sha256(json.encode(config)):sub(1, 16)
  return config
end

--- A breaker of a fleet.
---@param fleet vision.Fleet
---@param key string
---@param options table as of `core.circuit_breaker`
---@return vision.FleetBreaker|nil
---@return table? err as of `core.circuit_breaker`
function breaker.new(fleet, key, options)
  local own, err = core.circuit_breaker(options)
  if not own then return nil, err end
  return setmetatable({ fleet = fleet, key = key, own = own, config = config_of(options) }, Breaker)
end

local function ask(self, now, verb, ...)
  local config = self.config
  config.chance = clock.random()
  return self.fleet:ask(script, { self.key }, { self.fleet:time(now), json.encode(config), verb,
    ... })
end

local function change_of(reply)
  if reply[3] ~= "" then return reply[3], reply[4] end
end

-- The own one takes over what all others know.
local function follow(self, state, wait, now)
  local own = self.own:state()
  if state == "forced_open" and own ~= state then
    self.own:force_open()
  elseif state == "disabled" and own ~= state then
    self.own:disable()
  elseif state == "open" and wait > 0 and own ~= state then
    self.own:open_for(wait, now)
  elseif state == "closed" and own ~= state then
    self.own:reset()
  end
end

function Breaker:allow(now)
  local reply = ask(self, now, "allow")
  if not reply then
    local permit, to, from = self.own:allow(now)
    return permit and { own = permit }, to, from
  end
  local wait = reply[2] == "inf" and math.huge or tonumber(reply[2])
  follow(self, reply[5], wait, now)
  if reply[1] == 0 then return nil, wait end
  return { common = reply[1], own = (self.own:allow(now)) }, change_of(reply)
end

local function record(self, permit, outcome, seconds, now)
  local to, from
  if permit.own then to, from = self.own:record(permit.own, outcome, seconds, now) end
  local reply = permit.common
    and ask(self, now, "record", permit.common, outcome, ("%.17g"):format(seconds))
  if reply then return change_of(reply) end
  if not permit.common then return to, from end
end

-- A task that was stopped cannot wait, and its call counts all the same.
function Breaker:record(permit, outcome, seconds, now)
  if not task.stopped() then return record(self, permit, outcome, seconds, now) end
  task.spawn(record, self, permit, outcome, seconds, now)
end

local function order(self, now, verb, own, ...)
  local to, from = own()
  local reply = ask(self, now, verb, ...)
  if reply then return change_of(reply) end
  return to, from
end

function Breaker:open_for(seconds, now)
  return order(self, now, "open_for", function() return self.own:open_for(seconds, now) end,
    ("%.17g"):format(seconds))
end

function Breaker:force_open()
  return order(self, self.fleet.now(), "force_open", function() return self.own:force_open() end)
end

function Breaker:disable()
  return order(self, self.fleet.now(), "disable", function() return self.own:disable() end)
end

function Breaker:reset()
  return order(self, self.fleet.now(), "reset", function() return self.own:reset() end)
end

-- Of the common one, by its place in the reply; of the own one while Redis is away.
local function figure(self, at, name)
  local reply = ask(self, self.fleet.now(), "look")
  return reply and reply[at] or self.own[name](self.own)
end

function Breaker:state() return figure(self, 5, "state") end
function Breaker:opens() return figure(self, 6, "opens") end
function Breaker:rejected() return figure(self, 7, "rejected") end

return breaker
