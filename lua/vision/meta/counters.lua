---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/counters.c.

---@class vision.core
local core = {}

---Figures that only grow, by number, and how many calls are under way; those of a process that was
---killed are forgotten.
---@class vision.core.Counters
local Counters = {}

---Adds to figures: pairs of number and amount, all or none.
---@param index integer from 1
---@param amount number 0 .. 2^53, whole
---@param ... number further pairs
function Counters:add(index, amount, ...) end

---One more call is under way.
---@return boolean # false: 256 other processes have calls under way; it is not counted
function Counters:enter() end

---One call less; adds to figures as `add` does.
---@param ... number pairs of number and amount
function Counters:leave(...) end

---@return integer[] values a new table
---@return integer in_flight calls under way, of all processes that are alive
function Counters:values() end

---Begins anew; calls under way stay counted as such.
function Counters:reset() end

---@param count integer 1 .. 128 figures
---@return vision.core.Counters
function core.counters(count) end

return core
