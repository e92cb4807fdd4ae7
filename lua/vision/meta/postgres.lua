---@meta vision.postgres
-- SPDX-License-Identifier: MIT
-- Types of csrc/postgres/module.c. Built where libpq is; lua/vision/database/postgres.lua is what
-- programs use.

---@class vision.postgres
local postgres = {}

---A connection to one database, which has news when it is open and when it is lost.
---@class vision.postgres.Connection : vision.core.Operation
local Connection = {}

---@return boolean|nil # false: not yet; nil: it is lost, for good
---@return { reason: string, message: string, refused: boolean }? err store_unavailable,
---  out_of_memory; `refused`: another try would end the same
function Connection:open() end

---Takes a transaction; at most 4096 may be under way. Those that wait share a commit.
---@param statements table[] `{ sql, values, must_change = true? }` each, `?` for a value; what is
---  none throws
---@param is_read boolean?    it changes nothing, and shares nothing
---@return vision.postgres.Transaction?
---@return { reason: string, message: string }? err input, too_large (64 MiB), store_unavailable,
---  out_of_memory
function Connection:run(statements, is_read) end

---Ends it; transactions under way fail. Any number of times.
function Connection:close() end

---@class vision.postgres.Transaction : vision.core.Operation
local Transaction = {}

---@return boolean
function Transaction:done() end

---Nothing while it is not done.
---@return table[]? results `{ changes = n, rows = … }`, one a statement
---@return { reason: string, message: string, sqlstate: string?, index: integer? }? err `index` of
---  the statement that failed; `lost`, where the connection was: "undone" (nothing has happened) or
---  "unknown"
function Transaction:results() end

---Gives it up; what was sent is carried out all the same. Any number of times.
function Transaction:close() end

---Where a URL leads, for people, and the seconds that connecting may take.
---@param url string
---@return string? name "host:port/database"
---@return number|{ reason: string, message: string } seconds_or_err invalid_option, unshown
function postgres.address(url) end

---Begins to connect.
---@param options { url: string, timeout: number?, depth: integer?, settings: string? } seconds of a
---  statement (30); commits under way at a time (2); of the session: "-c name=value …"
---@return vision.postgres.Connection?
---@return { reason: string, message: string }? err invalid_option, out_of_memory, internal
function postgres.connect(options) end

return postgres
