---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/concurrency_limit.c.

---@class vision.core
local core = {}

---How many calls may be under way at a time. `now` is in seconds, monotonic.
---@class vision.core.ConcurrencyLimit
local ConcurrencyLimit = {}

---@param lease number seconds (> 0) after which a permit that was not brought back is lost
---@param now number
---@return number? permit nil: all are out
function ConcurrencyLimit:acquire(lease, now) end

---@param permit number
---@return boolean # false: brought back before, or lost
function ConcurrencyLimit:release(permit) end

---@return integer
function ConcurrencyLimit:limit() end

---@return integer # permits out now
function ConcurrencyLimit:in_flight() end

---@return integer # the most there were at a time
function ConcurrencyLimit:peak() end

---@return integer # calls of `acquire` that got none
function ConcurrencyLimit:rejected() end

---@return integer # permits not brought back: their time was over, or their process had ended
function ConcurrencyLimit:lost() end

---@param limit integer 1 .. 256
---@return vision.core.ConcurrencyLimit
function core.concurrency_limit(limit) end

return core
