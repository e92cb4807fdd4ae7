---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/histogram.c.

---@class vision.core
local core = {}

---Durations in seconds, from a microsecond to a day, in fixed memory (9.3 KB). Others are clamped.
---@class vision.core.Histogram
local Histogram = {}

---@param seconds number
function Histogram:record(seconds) end

---The value of that rank, off by less than 0.8 %; exact for 0 (the least) and 1 (the greatest).
---@param q number 0 .. 1
---@return number? seconds nil while nothing was recorded
function Histogram:quantile(q) end

---How many values were at most so many seconds; those within 1.6 % above it are counted, too.
---@param seconds number
---@return integer
function Histogram:count_to(seconds) end

---Adds all that the other one holds.
---@param other vision.core.Histogram
function Histogram:merge(other) end

---Forgets everything.
function Histogram:reset() end

---@return integer
function Histogram:count() end

---@return number seconds
function Histogram:sum() end

---@return number? seconds nil while nothing was recorded
function Histogram:min() end

---@return number? seconds nil while nothing was recorded
function Histogram:max() end

---@return integer below values that were less than a microsecond
---@return integer above values that were more than a day
function Histogram:clamped() end

---@return vision.core.Histogram
function core.histogram() end

return core
