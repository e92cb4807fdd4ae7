-- SPDX-License-Identifier: MIT
-- A PostgreSQL database of SQL, to be read and written from tasks: the contract of `sqlite.lua`
-- beside it. Two connections, one for transactions and one for reads, each made with its first use
-- and made again when it is lost.
--
-- What `write` has returned is committed. While the server is away, whoever reads or writes waits
-- for it, up to `timeout`. A transaction that was sent but not confirmed when the connection was
-- lost may have happened or not: with `statements.idempotent = true`, which says that twice is as
-- good as once, it is carried out again; otherwise `err.lost == "unknown"` tells.

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local migrations = require "vision.database.migrations"
local options = require "vision.base.options"
local task = require "vision.base.task"

local postgres = {}

local SPECS = {
  timeout = { "Seconds that a statement may take, and that one waits for a server that is away",
    type = "number", above = 0, max = 3600, default = 30 },
}

-- Seconds before the next try to connect: doubled up to the most, and then by chance, so that many
-- programs do not come back all at once.
local FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5

-- Who may wait for a connection at a time.
local WAITING_MAX = 1024

-- The two kinds of connections. `depth` is how many commits may be under way at a time: writes that
-- wait share the next one, reads have none to share. How a search is best carried out depends on
-- its words, so reads are planned each time.
local WRITES = { depth = 2 }
local READS = { depth = 32, settings = "-c plan_cache_mode=force_custom_plan" }

local function load_module()
  local ok, module = pcall(require, "vision.postgres")
  if ok then return module end
  package.loaded["vision.postgres"] = nil -- LuaJIT would remember that it failed, but not why
  local what = "this build has no PostgreSQL: apt-get install libpq-dev, and build again"
  if tostring(module):find("libpq", 1, true) then
    what = "PostgreSQL's library is missing: apt-get install libpq5"
  elseif not tostring(module):find("not found", 1, true) then
    what = tostring(module)
  end
  return nil, errors.new("missing_library", what)
end

-- ---- a connection that is made again ----

---@class vision.PostgresLink
---@field connection table?       vision.postgres.Connection, the last one
---@field connecting vision.Task? that makes the next one
---@field wanted_until number     when nobody waits for it any more
---@field failures integer        since the server last answered
local Link = {}
Link.__index = Link

local function new_link(database, kind)
  return setmetatable({ database = database, kind = kind, waiting = 0, failures = 0,
    wanted_until = 0 }, Link)
end

local function pause(failures)
  local longest = math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ^ math.min(failures, 20))
  return longest * (0.5 + clock.random() / 2)
end

-- One try.
local function connect_once(self)
  local database = self.database
  local connection, err = database.module.connect {
    url = database.url, timeout = database.timeout, depth = self.kind.depth,
    settings = self.kind.settings,
  }
  if not connection then return nil, errors.from(err, { refused = true }) end
  local is_open, lost = connection:open()
  while is_open == false do
    local ok, stopped = task.wait(connection)
    if not ok then
      connection:close()
      return nil, stopped
    end
    is_open, lost = connection:open()
  end
  if is_open then return connection end
  connection:close()
  return nil, errors.from(lost)
end

-- As long as somebody waits; a server that was never there only as long as its URL says.
local function is_worth_trying(self, began)
  local now = clock.mono()
  return now < self.wanted_until and (self.was_open or now < began + self.database.patience)
    and not self.database.is_closed
end

-- The body of the task that connects.
local function connect(self)
  local began = clock.mono()
  while true do
    if self.failures > 0 then task.sleep(pause(self.failures)) end
    local connection, err = connect_once(self)
    if connection then
      self.connection, self.was_open = connection, true
      if self.database.is_closed then connection:close() end
      return connection
    end
    self.failures, self.why = self.failures + 1, err
    if err.refused or not is_worth_trying(self, began) then
      if err.refused then err.retryable = false end
      return nil, err
    end
  end
end

local function join(self)
  if not self.connecting or self.connecting:done() then
    self.connecting = task.spawn(connect, self)
  end
  return self.connecting:join()
end

local function too_late(self, seconds)
  return errors.new("store_unavailable", ("PostgreSQL could not be reached for %.3g s%s")
    :format(seconds, self.why and ": " .. self.why.message or ""))
end

local function closed()
  return nil, errors.new("store_unavailable", "the database is closed")
end

-- An open connection; waits for one until `give_up`.
function Link:open(give_up)
  if self.database.is_closed then return closed() end
  local connection = self.connection
  if connection and connection:open() then return connection end
  if self.waiting >= WAITING_MAX then
    return nil, errors.new("store_unavailable",
      ("PostgreSQL is away, and %d wait for it already"):format(self.waiting))
  end
  local seconds = math.max(give_up - clock.mono(), 0.001)
  self.waiting, self.wanted_until = self.waiting + 1, math.max(self.wanted_until, give_up)
  local late = errors.new("store_unavailable", "PostgreSQL could not be reached")
  local found, err = task.limit(seconds, late, join, self)
  self.waiting = self.waiting - 1
  if self.database.is_closed then return closed() end -- meanwhile
  if found then return found end
  return nil, err == late and too_late(self, self.database.timeout) or err
end

function Link:close()
  if self.connection then self.connection:close() end
end

-- ---- transactions ----

---@class vision.PostgresDatabase : vision.Database
---@field package module table
---@field package url string     never shown
---@field package name string
---@field package timeout number
local Database = { dialect = "postgres" }
Database.__index = Database
Database.__name = "vision.PostgresDatabase"

function Database:__tostring() return "the database " .. self.name end

local function finish(operation)
  local ok, stopped = task.wait(operation)
  if not ok then
    operation:close()
    return nil, stopped
  end
  local results, err = operation:results()
  operation:close()
  return results, err
end

-- One try: results; or nil, why, and whether another may bring them.
local function try(link, connection, statements, is_read)
  local operation, failed = connection:run(statements, is_read)
  if not operation then return nil, failed, not connection:open() end
  local results, err = finish(operation)
  if results or not err.lost then
    link.failures = 0
    return results, err
  end
  if link.connection == connection then -- the first one that notices
    link.connection, link.failures = nil, link.failures + 1
  end
  return nil, err, err.lost == "undone" or is_read or statements.idempotent
end

-- What is not there may have been written by a try of which nobody told.
local function doubtful(err)
  return errors.new(err.reason, err.message
    .. "; it is not known whether what was written before is there", { lost = "unknown" })
end

local function carry_out(self, link, statements, is_read)
  local give_up, in_doubt = clock.mono() + self.timeout, false
  local results, err, again
  repeat
    local connection
    connection, err = link:open(give_up)
    if not connection then break end
    results, err, again = try(link, connection, statements, is_read)
    if results then return results end
    in_doubt = in_doubt or err.lost == "unknown" and not is_read
  until not again or clock.mono() > give_up
  err = errors.from(err)
  return nil, in_doubt and doubtful(err) or err
end

--- Opens a database. Nothing is connected before the first use.
---@param url string postgres://user:password@host:5432/database?sslmode=verify-full, with the
---  parameters of libpq; `connect_timeout` in seconds (10)
---@param given? { timeout: number } seconds: 30
---@return vision.PostgresDatabase|nil
---@return vision.error? err invalid_option, missing_library
function postgres.open(url, given)
  local checked, wrong = options.check(SPECS, given or {}, "PostgreSQL option")
  if not checked then return nil, wrong end
  if type(url) ~= "string" or not url:find "^postgres%a*://" then
    return nil, errors.new("invalid_option",
      "a PostgreSQL database is named postgres://user:password@host:5432/database")
  end
  local module, missing = load_module()
  if not module then return nil, missing end
  local name, patience = module.address(url)
  if not name then return nil, errors.from(patience) end
  local self = setmetatable({
    module = module, url = url, timeout = checked.timeout, name = name, patience = patience,
  }, Database)
  self.writing, self.reading = new_link(self, WRITES), new_link(self, READS)
  return self
end

--- Asks for rows; waits. Where the connection is lost it asks again.
---@param sql string one statement that changes nothing; `?` stands for a parameter, outside of
---  quotes
---@param params? any[] nil, booleans, numbers, UTF-8 texts, images (as BYTEA); `params.n` where nil
---  is among them
---@return table[]|nil rows by the names of the columns; NULL is nil; NUMERIC and dates are texts
---@return vision.error? err store_unavailable, timeout, store_damaged, input, cancelled, internal
---  (wrong SQL); `err.sqlstate` is PostgreSQL's own word
function Database:read(sql, params)
  local results, err = carry_out(self, self.reading, { { sql, params } }, true)
  return results and results[1].rows, err
end

--- Carries out one transaction; waits until it is committed. A task that is cancelled meanwhile
--- does not learn what came of it.
---@param statements table[] `{ sql, params, must_change = true? }` each; with `must_change` a
---  statement that changes no row undoes the whole. `statements.idempotent = true`: once is as good
---  as twice
---@return table[]|nil results `{ changes = n, rows = … }` each (rows: of RETURNING, SELECT)
---@return vision.error? err as of `read`, and unmet, store_full, too_large; `err.index` is the
---  statement that failed; `err.lost == "unknown"`: it may have happened
function Database:write(statements)
  return carry_out(self, self.writing, statements, false)
end

-- Two processes that make the same table at a time would meet in PostgreSQL's own.
local LOCK = { "SELECT pg_advisory_xact_lock(hashtext('vision_schema'))" }

local function locked(self)
  return setmetatable({
    read = function(_, ...) return self:read(...) end,
    write = function(_, statements)
      local list = { LOCK }
      for i, statement in ipairs(statements) do list[i + 1] = statement end
      return self:write(list)
    end,
  }, { __tostring = function() return tostring(self) end })
end

--- Brings the tables of a component to the newest version, one process at a time; waits. See
--- `migrations.run`.
---@param component string
---@param list string[][]
---@return true|nil
---@return vision.error? err store_newer …
function Database:migrate(component, list)
  return migrations.run(locked(self), component, list)
end

--- Closes the connections; whoever still waits gets store_unavailable. Any number of times.
---@return true
function Database:close()
  self.is_closed = true
  self.reading:close()
  self.writing:close()
  return true
end

return postgres
