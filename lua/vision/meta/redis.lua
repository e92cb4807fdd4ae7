---@meta vision.redis
-- SPDX-License-Identifier: MIT
-- Types of csrc/redis/module.c. Built where hiredis is; lua/vision/database/redis.lua is what
-- programs use.

---@class vision.redis
local redis = {}

---A connection to one server. It has news once: it is open, or failed.
---@class vision.redis.Connection : vision.core.Operation
local Connection = {}

---@return "connecting"|"open"|nil
---@return { reason: string, message: string }? err store_unavailable, response_too_large,
---  invalid_response, out_of_memory
function Connection:state() end

---@alias vision.redis.Word string|number|vision.core.Image  of an image its bytes

---Sends commands; they are answered in their order. At most 10000 requests wait for an answer. What
---is no word throws.
---@param closed vision.redis.Request? one that was closed, to serve again: making one costs
---@param commands vision.redis.Word[][] 1 .. 2^20
---@return vision.redis.Request?
---@return { reason: string, message: string }? err queue_full, out_of_memory, internal (not open),
---  or why the connection failed; then nothing was sent
function Connection:request(closed, commands) end

---Sends one command.
---@param closed vision.redis.Request?
---@param ... vision.redis.Word
---@return vision.redis.Request?
---@return { reason: string, message: string }? err
function Connection:call(closed, ...) end

---Ends it; requests under way fail. Any number of times.
function Connection:close() end

---@class vision.redis.Request : vision.core.Operation
local Request = {}

---@return boolean
function Request:done() end

---Nothing while it is not done; then it is closed.
---@return any? replies a list; of `call` the one reply. Texts, numbers, lists, false for
---  nothing, `{ err = text }` for an error
---@return { reason: string, message: string }? err why the connection was lost
function Request:take() end

---Gives it up; the server carries it out all the same. Any number of times.
function Request:close() end

---Begins to connect.
---@param host string  a name or an address
---@param port integer
---@param timeout_seconds number 0.001 .. 86400; of connecting, then of each request
---@return vision.redis.Connection?
---@return { reason: string, message: string }? err
function redis.connect(host, port, timeout_seconds) end

return redis
