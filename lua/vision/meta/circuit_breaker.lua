---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/circuit_breaker.c.

---@class vision.core
local core = {}

---@alias vision.CircuitState "closed"|"open"|"half_open"|"forced_open"|"disabled"

---A circuit breaker. `now` is in seconds, monotonic, in every call. A call that changes the state
---returns the new state and the old one behind its other results; all others return nothing there.
---@class vision.core.CircuitBreaker
local CircuitBreaker = {}

---Asks whether a call may be made. Its permit is to be brought back with `record`.
---@param now number
---@return number? permit nil: refused
---@return vision.CircuitState|number|nil to the new state; where refused: seconds until the next
---probe at the latest, math.huge where only a hand opens it
---@return vision.CircuitState? from
function CircuitBreaker:allow(now) end

---Tells how an allowed call ended. One that ends after the state has changed counts nothing.
---@param permit number
---@param outcome "success"|"failure"|"ignored" ignored: says nothing about health
---@param seconds number how long it took
---@param now number
---@return vision.CircuitState? to
---@return vision.CircuitState? from
function CircuitBreaker:record(permit, outcome, seconds, now) end

---Opens it for at least so long; a later end that is set already stays.
---@param seconds number >= 0
---@param now number
---@return vision.CircuitState? to
---@return vision.CircuitState? from
function CircuitBreaker:open_for(seconds, now) end

---Refuses everything until `reset`.
---@return vision.CircuitState? to
---@return vision.CircuitState? from
function CircuitBreaker:force_open() end

---Lets everything pass and counts nothing until `reset`.
---@return vision.CircuitState? to
---@return vision.CircuitState? from
function CircuitBreaker:disable() end

---Closes it and forgets what it has counted.
---@return vision.CircuitState? to
---@return vision.CircuitState? from
function CircuitBreaker:reset() end

---@return vision.CircuitState
function CircuitBreaker:state() end

---@return integer # times it opened
function CircuitBreaker:opens() end

---@return integer # calls it refused
function CircuitBreaker:rejected() end

---@class vision.core.CircuitBreakerOptions
---@field failure_threshold integer?   failures in a row that open it (5); not with a window
---@field success_threshold integer?   successful probes that close it (2)
---@field half_open_max_calls integer? probes at a time, 1 .. 16 (1)
---@field timeout number?              seconds it stays open, 0 .. 86400 (60)
---@field timeout_factor number?       each opening before it closes lasts so many times longer (1)
---@field timeout_max number?          seconds that this may become (600)
---@field timeout_jitter number?       share by which chance shortens it, 0 .. 1 (0)
---@field probe_timeout number?        seconds until a probe nobody brought back is lost (300)
---@field window "count"|"time"|nil    judge by rates over the last calls, or the last seconds
---@field window_size number?          calls, 1 .. 1000; or seconds, to 86400 (100)
---@field minimum_calls integer?       fewer are not judged (10)
---@field failure_rate number?         share of failures that opens it, 0.001 .. 1 (0.5)
---@field slow_call_rate number?       share of slow calls that opens it (not judged)
---@field slow_call_duration number?   seconds from which a call is slow (60)
---@field seed integer?                a number by chance, for the jitter (0)

---A closed breaker.
---@param options? vision.core.CircuitBreakerOptions
---@return vision.core.CircuitBreaker?
---@return { reason: string, message: string }? err invalid_option: sizes that contradict each other
function core.circuit_breaker(options) end

return core
