---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/shared_state.c.

---@class vision.core
local core = {}

---Limits, breakers and figures that the processes of one machine share, by name (1 to 96 bytes).
---
---What it gives has the methods of a private one. Who asks with other settings than it was begun
---with begins it anew, for all. 256 names have room; one that nobody has used for an hour is
---forgotten when there is no room for another. `now` must be `core.mono()` here: it is the same
---clock in all processes of the machine.
---
---Where its file is of no use (spoiled, or locked by a process that was stopped), this process goes
---on alone for 5 s with what it saw last; `notice` says so.
---@class vision.core.SharedState
local SharedState = {}

---@param name string
---@param options { per_minute: number, burst: number } as of `core.token_bucket`
---@param now number
---@return vision.core.TokenBucket?
---@return { reason: string, message: string }? err invalid_option (the name), queue_full (no room
---  for another name)
function SharedState:token_bucket(name, options, now) end

---@param name string
---@param options table? as of `core.circuit_breaker`; `seed` is not used
---@param now number
---@return vision.core.CircuitBreaker?
---@return { reason: string, message: string }? err as of `token_bucket`, and of
---  `core.circuit_breaker`
function SharedState:circuit_breaker(name, options, now) end

---@param name string
---@return vision.core.Histogram?
---@return { reason: string, message: string }? err as of `token_bucket`
function SharedState:histogram(name) end

---@param name string
---@param limit integer 1 .. 256
---@return vision.core.ConcurrencyLimit?
---@return { reason: string, message: string }? err as of `token_bucket`
function SharedState:concurrency(name, limit) end

---@param name string
---@param count integer 1 .. 128 figures
---@return vision.core.Counters?
---@return { reason: string, message: string }? err as of `token_bucket`
function SharedState:counters(name, count) end

---What there is to tell people since it was last asked: what was set aside and why, or that this
---process goes on alone.
---@return string?
function SharedState:notice() end

---@return { name: string, kind: string }[] # what is in it now
function SharedState:slots() end

---Gives it up; what came from it goes on working. Any number of times.
function SharedState:close() end

---Opens the file of a shared state, or begins one. The folder is made where it is missing; it must
---give nobody but this user a right. A file of another version, or a damaged one, is renamed to
---PATH.old (see `notice`); one from before the machine's last start is begun anew.
---@param path string best in memory: in $XDG_RUNTIME_DIR or /run
---@return vision.core.SharedState?
---@return { reason: string, message: string }? err not_found, unreadable, timeout, out_of_memory
function core.shared_state(path) end

return core
