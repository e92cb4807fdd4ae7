---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/sse.c and csrc/lua/http_date.c.

---@class vision.core
local core = {}

---One event, or one comment (then only `comment` is there: a sign of life).
---@class vision.core.ServerEvent
---@field data string?    lines joined by "\n"
---@field event string?   its type, where the stream gave one
---@field id string?      the last identity the stream gave
---@field retry number?   the last reconnection time the stream gave, in seconds
---@field comment string?

---A parser of server-sent events. What it gives does not depend on how the stream was cut.
---@class vision.core.ServerEvents
local ServerEvents = {}

---@param chunk string
---@return vision.core.ServerEvent[]? events those that this chunk completed, in order
---@return { reason: string, message: string }? err response_too_large
function ServerEvents:feed(chunk) end

---@return boolean # true: the stream may end here; false: it ends inside an event, which is dropped
function ServerEvents:finish() end

---Frees what it holds. Any number of times.
function ServerEvents:close() end

---@param options? { maximum: integer? } bytes of one event, 1 .. 1 GiB (8 MiB)
---@return vision.core.ServerEvents
function core.sse(options) end

---A date in one of the three forms of HTTP.
---@param text string
---@param wall_now? number seconds since 1970 UTC; only a two-digit year depends on it
---@return integer? # seconds since 1970 UTC; nil: no such date
function core.http_date(text, wall_now) end

---The wait that a header Retry-After asks for.
---@param text string seconds, with a fraction or without, or a date
---@param wall_now? number seconds since 1970 UTC
---@return number? # seconds, 0 .. 30 days; nil: neither
function core.retry_after(text, wall_now) end

---The wait that a header like x-ratelimit-reset-tokens asks for.
---@param text string seconds ("12"), a duration ("6m0s", "120ms") or a date of RFC 3339
---@param wall_now? number seconds since 1970 UTC
---@return number? # seconds, 0 .. 30 days; nil: none of them
function core.rate_reset(text, wall_now) end

return core
