-- SPDX-License-Identifier: MIT
-- The layer that stops asking a provider that fails, and tries it again after a time. Only the
-- provider's own failures count: a bad picture, a refusal, or a call that was left open no circuit.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local layer = require "vision.layers.layer"
local log = require "vision.base.log"
local shared_state = require "vision.layers.shared_state"

local circuit_breaker = {}

circuit_breaker.CircuitState = {
  CLOSED = "closed", OPEN = "open", HALF_OPEN = "half_open",
  FORCED_OPEN = "forced_open", DISABLED = "disabled",
}

local OPTIONS = {
  failure_threshold = { "failures in a row that open it", type = "integer", min = 1, max = 1e6,
    default = 5 },
  success_threshold = { "successful probes that close it", type = "integer", min = 1, max = 1e6,
    default = 2 },
  timeout = { "seconds it stays open before it is tried", type = "number", min = 0, max = 86400,
    default = 60 },
  half_open_max_calls = { "probes at a time", type = "integer", min = 1, max = 16, default = 1 },
  timeout_factor = { "how many times longer each opening is than the one before, until it closes",
    type = "number", min = 1, max = 100, default = 1 },
  timeout_max = { "seconds that this may become", type = "number", min = 0, max = 86400,
    default = 600 },
  timeout_jitter = { "share by which chance shortens it", type = "number", min = 0, max = 1,
    default = 0 },
  probe_timeout = { "seconds after which a probe that never ended is lost", type = "number",
    min = 0.001, max = 86400, default = 300 },
  window = { "judge by rates over the last calls, or seconds", type = "string",
    one_of = { "count", "time" } },
  window_size = { "calls, to 1000, or seconds", type = "number", min = 1, max = 86400,
    default = 100 },
  minimum_calls = { "fewer calls are not judged by rates", type = "integer", min = 1,
    max = 1e6, default = 10 },
  failure_rate = { "share of failures that opens it", type = "number", min = 0.001, max = 1,
    default = 0.5 },
  slow_call_rate = { "share of slow calls that opens it", type = "number", min = 0.001, max = 1 },
  slow_call_duration = { "seconds from which a call is slow", type = "number", min = 0,
    max = 86400, default = 60 },
  max_retry_after = { "longest time a provider may ask it to stay open", type = "number", min = 0,
    max = 86400, default = 600 },
  on_state_change = { "called with the new state, the old one and the provider",
    type = "function" },
  shared = shared_state.OPTION,
}

local CircuitBreaker = layer.class("circuit_breaker", OPTIONS)

-- What opens it where answers are good and come too late.
local SLOW = errors.new("timeout", "its answers took longer than slow_call_duration")

-- Tells of a change, if there was one. A callback's mistake is not the call's.
local function tell(self, to, from)
  local callback = self.config.on_state_change
  if to and callback then
    local ok, err = pcall(callback, to, from, self)
    if not ok then
      log.error("on_state_change of the circuit breaker of %s: %s", tostring(self.name),
        tostring(err))
    end
  end
end

-- When a probe under way ends nobody knows: the wait that the core tells is until it is lost.
local PROBE_SECONDS = 1

-- Another process may have opened it: then nothing is known here.
local function why_open(self)
  local err = self.opened_by
  return err == SLOW and "it answers too slowly"
    or err and ("it failed too often, last with %s"):format(err.reason) or "it failed too often"
end

local function refused(self, wait)
  local state, why, cause = self.circuit_state, why_open(self), self.opened_by or nil
  if state == "forced_open" then
    why, wait, cause = "its circuit is held open by hand", nil, nil
  elseif state == "half_open" then
    why, wait = why .. ", and is being tried again", math.min(wait, PROBE_SECONDS)
  else
    why = ("%s; the next try is in %.1f s"):format(why, wait)
  end
  return nil, errors.new("circuit_open", "not asked: " .. why,
    { provider = self.name, retry_after = wait, cause = cause })
end

-- Seconds. A limit that is over in a moment is no outage: who is told to wait so long and waits is
-- answered, and several calls at once are told so together.
local MOMENT = 30

local function outcome_of(reading, err)
  if reading then return "success" end
  if err.reason == "rate_limited" and (err.retry_after or math.huge) <= MOMENT then
    return "ignored"
  end
  return err.fault == "provider" and err.reason ~= "circuit_open" and "failure" or "ignored"
end

-- Where the provider said for how long not to come, an open circuit stays open for as long.
local function heed(self, err, now)
  if err and err.retry_after and err.fault == "provider" and self.circuit_state == "open" then
    tell(self, self.breaker:open_for(math.min(err.retry_after, self.config.max_retry_after), now))
  end
end

layer.around(CircuitBreaker, {
  before = function(self)
    local permit, to, from = self.breaker:allow(clock.mono())
    if not permit then return refused(self, to) end
    tell(self, to, from)
    return permit
  end,

  after = function(self, permit, reading, err, seconds)
    local now = clock.mono()
    local to, from = self.breaker:record(permit, outcome_of(reading, err), seconds, now)
    if to == "open" then self.opened_by = err or SLOW end
    tell(self, to, from)
    heed(self, err, now)
  end,
})

-- ---- what can be read and done ----

CircuitBreaker.properties.circuit_state = function(self) return self.breaker:state() end
CircuitBreaker.properties.circuit_opens = function(self) return self.breaker:opens() end
CircuitBreaker.properties.circuit_rejected = function(self) return self.breaker:rejected() end

--- Asks the provider no more, until `reset_circuit`.
function CircuitBreaker:force_circuit_open()
  tell(self, self.breaker:force_open())
end

--- Asks the provider whatever happens, until `reset_circuit`.
function CircuitBreaker:disable_circuit()
  tell(self, self.breaker:disable())
end

--- Closes the circuit and forgets what was counted.
function CircuitBreaker:reset_circuit()
  tell(self, self.breaker:reset())
end

--- A provider that is left alone for a while when it fails.
---@param provider table
---@param options table? CircuitBreakerConfig: failure_threshold (5), success_threshold (2), timeout
---  (60 s), half_open_max_calls (1), on_state_change …; see docs/layers/circuit_breaker.md
---@return table|nil provider with `circuit_state`, `circuit_opens` and `circuit_rejected`
---@return vision.error? err
circuit_breaker.create_circuit_breaker_provider = layer.creator(CircuitBreaker, function(self)
  local options = layer.copy(self.config)
  options.seed = math.floor(clock.random() * 2 ^ 31)
  local shared, breaker, err = self.config.shared
  if shared then
    breaker, err = shared:circuit_breaker(shared_state.name("circuit", self.provider), options,
      clock.mono())
  else
    breaker, err = core.circuit_breaker(options)
  end
  if not breaker then return nil, errors.from(err) end
  self.breaker = breaker
  self.opened_by = false -- nil would be asked of the provider
  return true
end)

return circuit_breaker
