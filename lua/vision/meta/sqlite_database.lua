---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/sqlite_database.c.

---@class vision.core
local core = {}

---An SQLite file to be used from the loop: one thread writes, with transactions that wait together
---committed together; reads run on the thread pool. `vision.database.sqlite` waits for them.
---@class vision.core.SqliteDatabase
local SqliteDatabase = {}

---Something under way with the database. Closed before it is done, a write is carried out all the
---same, and a read or a backup is given up.
---@class vision.core.SqliteOperation : vision.core.Operation
local SqliteOperation = {}

---@return boolean
function SqliteOperation:done() end

---Nothing while it is not done. Of `read`: the rows; of `write`: a table `{ changes =, rows = }` a
---statement; of the others an empty table.
---@return table|nil
---@return { reason: string, message: string, index: integer? }? err `index`: the statement of a
---  `write` that failed
function SqliteOperation:result() end

function SqliteOperation:close() end

---Opens the file, before all else.
---@param read_only boolean? it must be there, and is not written to
---@return vision.core.SqliteOperation?
---@return { reason: string, message: string }? err queue_full, out_of_memory, internal
function SqliteDatabase:open(read_only) end

---@param sql string one statement that changes nothing
---@param params any[]? nil, boolean, number, string, vision.core.Image; `n` where nil is among them
---@param seconds number how long it may take, up to a day
---@return vision.core.SqliteOperation?
---@return { reason: string, message: string }? err also store_unavailable (closed), too_large
function SqliteDatabase:read(sql, params, seconds) end

---@param statements table[] one transaction: `{ sql, params, must_change = true? }` each
---@return vision.core.SqliteOperation?
---@return { reason: string, message: string }? err
function SqliteDatabase:write(statements) end

---@param path string a file that is not there yet
---@return vision.core.SqliteOperation?
---@return { reason: string, message: string }? err
function SqliteDatabase:backup(path) end

---Closes the file in order when all that is under way has ended.
---@return vision.core.SqliteOperation?
---@return { reason: string, message: string }? err
function SqliteDatabase:close() end

---Gives it up; where it was not closed, waits for what is under way. Any number of times.
function SqliteDatabase:drop() end

---A database in a file. Nothing is opened yet.
---@param path string
---@param full_sync boolean whether a commit waits until it is on the disk
---@return vision.core.SqliteDatabase?
---@return { reason: string, message: string }? err out_of_memory, internal (a forked process)
function core.sqlite_database(path, full_sync) end

return core
