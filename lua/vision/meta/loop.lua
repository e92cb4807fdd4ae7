---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/loop.c.

---@class vision.core
local core = {}

---What every operation of the core has. It is waited for by `task.wait`.
---@class vision.core.Operation
local Operation = {}

---Identity under which its news are queued; 0 once it is closed.
---@return number
function Operation:id() end

---Gives the operation up wherever it is and frees what it holds. Any number of times.
function Operation:close() end

---The process's one loop. Libuv below it; nothing of it runs unless somebody waits or steps.
---@class vision.core.Loop
local Loop = {}

---Runs until an operation has news or the time is over.
---@param seconds? number 0 .. a year; without it there is no limit
---@return boolean # true: `next` has something. False at once when nothing is under way.
function Loop:wait(seconds) end

---Handles what is ready; never waits.
---@param budget_us? number microseconds it may take, about (0: one turn)
function Loop:step(budget_us) end

---Takes the identity of the next operation that has news.
---@return number? # nil when there is none
function Loop:next() end

---A descriptor for a host's own poll: readable when a step has something to do.
---@return integer
function Loop:fd() end

---Seconds after which a step is due even when the descriptor is not readable.
---@return number? # nil: none is
function Loop:due() end

---@param seconds number 0 .. a year
---@return vision.core.Operation? timer has news once, when the time is over, never earlier
---@return { reason: string, message: string }? err
function Loop:timer(seconds) end

---@param name "int"|"term"|"hup"
---@return vision.core.Operation? watch has news whenever the signal comes, in place of its
---  default action
---@return { reason: string, message: string }? err
function Loop:signal(name) end

---@return vision.core.Loop? loop made at the first call; a forked child gets one of its own
---@return { reason: string, message: string }? err
function core.loop() end

---Seconds since an arbitrary start; never steps back. For waits and limits.
---@return number
function core.mono() end

---Seconds since 1970-01-01 UTC; may step. For dates and signatures.
---@return number
function core.wall() end

---A random number from the system: no seed, and no two processes share a sequence.
---@return number # of [0, 1)
function core.random() end

---Every reason the core can fail with, for the spec that compares them with base/error.lua.
---@return string[]
function core.reasons() end

return core
