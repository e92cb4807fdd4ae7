---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/token_bucket.c.

---@class vision.core
local core = {}

---A token bucket: holds at most `burst` tokens, fills by `per_minute`. In no window of m minutes is
---more taken than burst + per_minute * m. `now` is in seconds, monotonic, in every call.
---@class vision.core.TokenBucket
local TokenBucket = {}

---Takes `cost` tokens, or none.
---@param cost number >= 0
---@param now number
---@return boolean taken
---@return number? wait seconds after which to ask again, where none were taken; math.huge: never
function TokenBucket:take(cost, now) end

---Takes `cost` tokens at once, from the future where they are not there yet.
---@param cost number >= 0
---@param now number
---@return number wait seconds before they may be used; math.huge: never, and none were taken
function TokenBucket:reserve(cost, now) end

---Corrects what was taken when the real use is known. The level may fall below 0.
---@param difference number real use minus what was taken
function TokenBucket:settle(difference) end

---Gives back what was taken and not used.
---@param cost number >= 0
function TokenBucket:refund(cost) end

---@param now number
---@return number tokens there; below 0: taken ahead of time
function TokenBucket:available(now) end

---A full bucket.
---@param options { per_minute: number, burst: number } 0 .. 1e12; 1 .. 1e12
---@param now number
---@return vision.core.TokenBucket
function core.token_bucket(options, now) end

---Takes from all of several different buckets, each its cost, or from none.
---@param buckets vision.core.TokenBucket[] at most 8
---@param costs number[]
---@param now number
---@return boolean taken
---@return number? wait the longest, as of `take`
function core.buckets_take(buckets, costs, now) end

return core
