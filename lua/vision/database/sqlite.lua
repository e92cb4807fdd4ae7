-- SPDX-License-Identifier: MIT
-- An SQLite file as a database of SQL: to be read and written from tasks, and by several processes
-- at a time. Transactions that wait together are committed together; what `write` has returned is
-- on the disk. `postgres.lua` beside it keeps the same contract.

local address = require "vision.base.address"
local core = require "vision.core"
local errors = require "vision.base.error"
local migrations = require "vision.database.migrations"
local options = require "vision.base.options"
local task = require "vision.base.task"

local sqlite = {}

local ENOENT = 2

---@class vision.Database
---@field dialect "sqlite"|"postgres"
---@field package handle vision.core.SqliteDatabase
---@field package path string
---@field package read_seconds number
---@field read_only boolean?  nothing can be written
local Database = { dialect = "sqlite" }
Database.__index = Database
Database.__name = "vision.Database"

function Database:__tostring() return "the database " .. self.path end

local SPECS = {
  synchronous = { "What a commit waits for: the disk, or (after a power cut the last ones may be "
    .. "gone) the system", type = "string", one_of = { "full", "normal" }, default = "full" },
  read_seconds = { "Seconds that a read may take", type = "number", above = 0, max = 86400,
    default = 30 },
  read_only = { "The file must be there, and is not written to; also on a disk that is full or "
    .. "takes no writes", type = "boolean", default = false },
}

-- Waits for an operation: what it brought, or nil and why it failed.
local function finish(operation, failed)
  if not operation then return nil, errors.from(failed) end
  local ok, stopped = task.wait(operation)
  if not ok then
    operation:close()
    return nil, stopped
  end
  local result, err = operation:result()
  operation:close()
  if result == nil then return nil, errors.from(err) end
  return result
end

local function check_path(path)
  return address.check_path(path, "an SQLite database")
end

--- The file that a store is, where there is none; for who only reads. nil: it is there, or the
--- store is no file.
---@param url string a path, sqlite:PATH, or an address of another kind
---@return string? path
function sqlite.missing(url)
  local path = url:gsub("^sqlite:", "")
  if path == "memory:" or not check_path(path) then return nil end
  -- Asked by a renaming that changes nothing: to open the file and close it again would take away
  -- the locks of who has the database open in this process.
  local _, _, code = os.rename(path, path)
  return code == ENOENT and path or nil
end

--- Opens a file, or begins one, readable by its owner alone; waits. One whose program was killed is
--- checked first, which takes about a second a gigabyte. What cannot be used is left as it is.
---@param path string its folder must be there
---@param given? { synchronous: "full"|"normal", read_seconds: number, read_only: boolean } full,
---  30, false
---@return vision.Database|nil
---@return vision.error? err not_found, unreadable, invalid_option (another program's, no file),
---  store_damaged, store_newer, store_unavailable (locked for 5 s), store_full
function sqlite.open(path, given)
  local checked, wrong = options.check(SPECS, given or {}, "SQLite option")
  local is_path
  if checked then is_path, wrong = check_path(path) end
  if not is_path then return nil, wrong end
  local handle, failed = core.sqlite_database(path, checked.synchronous == "full")
  if not handle then return nil, errors.from(failed) end
  local opened, err = finish(handle:open(checked.read_only))
  if not opened then
    handle:drop()
    return nil, err
  end
  return setmetatable({ handle = handle, path = path, read_seconds = checked.read_seconds,
    read_only = checked.read_only }, Database)
end

--- Asks for rows; waits. Given up (a task is cancelled, the time passes), it ends early.
---@param sql string one statement that changes nothing; `?` stands for a parameter
---@param params? any[] nil, booleans, numbers, UTF-8 texts, images (as BLOB); `params.n` where
---  nil is among them
---@return table[]|nil rows by the names of the columns; NULL is nil; at most 100 000, 64 MiB
---@return vision.error? err timeout, too_large, queue_full, store_damaged, store_unavailable,
---  cancelled, internal (wrong SQL)
function Database:read(sql, params)
  return finish(self.handle:read(sql, params, self.read_seconds))
end

--- Carries out one transaction; waits until it is on the disk. A task that is cancelled meanwhile
--- does not learn what came of it: it is carried out all the same.
---@param statements table[] `{ sql, params, must_change = true? }` each; with `must_change` a
---  statement that changes no row undoes the whole
---@return table[]|nil results `{ changes = n, rows = … }` each (rows: of RETURNING, SELECT)
---@return vision.error? err unmet, store_full, store_damaged, store_unavailable, unreadable,
---  queue_full, too_large, cancelled, internal; `err.index` is the statement that failed
function Database:write(statements)
  return finish(self.handle:write(statements))
end

--- Brings the tables of a component to the newest version; waits. See `migrations.run`.
---@param component string
---@param list string[][]
---@return true|nil
---@return vision.error? err store_newer …
function Database:migrate(component, list)
  return migrations.run(self, component, list)
end

--- Writes a copy of the whole, as it is now, into a new file; waits. Others go on writing
--- meanwhile. The file has its name only when it is whole and was checked.
---@param path string no such file may be there
---@return true|nil
---@return vision.error? err invalid_option (there is such a file), not_found, store_full …
function Database:backup(path)
  local done, err = finish(self.handle:backup(path))
  return done and true or nil, err
end

--- Waits for all that is under way and closes the file. Any number of times.
---@return true|nil
---@return vision.error? err cancelled
function Database:close()
  if self.is_closed then return true end
  self.is_closed = true
  local done, err = finish(self.handle:close())
  return done and true or nil, err
end

return sqlite
