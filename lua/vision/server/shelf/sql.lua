-- SPDX-License-Identifier: MIT
-- The shelf in tables of SQLite or PostgreSQL.

local clock = require "vision.base.clock"

local sql = {}

local COMPONENT = "service"

local unpack = table.unpack or unpack

-- Per dialect: a number that the database counts up, which is the order of a list.
local COUNTED = {
  sqlite = "INTEGER PRIMARY KEY AUTOINCREMENT",
  postgres = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}

local function migrations(dialect)
  return { {
    [[CREATE TABLE service_texts (key TEXT PRIMARY KEY, text TEXT NOT NULL,
      expires DOUBLE PRECISION NOT NULL)]],
    [[CREATE INDEX service_texts_expires ON service_texts (expires)]],
    ([[CREATE TABLE service_entries (n %s, key TEXT NOT NULL, text TEXT NOT NULL,
      expires DOUBLE PRECISION NOT NULL)]]):format(COUNTED[dialect]),
    [[CREATE INDEX service_entries_key ON service_entries (key, n)]],
    [[CREATE INDEX service_entries_expires ON service_entries (expires)]],
  } }
end

local PUT = [[INSERT INTO service_texts (key, text, expires) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET text = excluded.text, expires = excluded.expires]]
local ADD = PUT .. " WHERE service_texts.expires <= ?"
local DROP = "DELETE FROM service_texts WHERE key = ?"
local GET = "SELECT text FROM service_texts WHERE key = ? AND expires > ?"
local APPEND = "INSERT INTO service_entries (key, text, expires) VALUES (?, ?, ?)"
local TRIM = [[DELETE FROM service_entries WHERE key = ? AND n < (SELECT n FROM service_entries
  WHERE key = ? ORDER BY n DESC LIMIT 1 OFFSET ?)]]
local LIST = [[SELECT text FROM service_entries WHERE key = ? AND expires > ?
  ORDER BY n LIMIT ? OFFSET ?]]
local NEWEST = [[SELECT text FROM service_entries WHERE key = ? AND expires > ?
  ORDER BY n DESC LIMIT ?]]
-- Changes nothing; whoever would write the same row waits.
local HOLDS = "UPDATE service_texts SET text = text WHERE key = ? AND text = ? AND expires > ?"
local FORGET_TEXTS = "DELETE FROM service_texts WHERE expires <= ?"
local FORGET_ENTRIES = "DELETE FROM service_entries WHERE expires <= ?"

---@class vision.server.SqlShelf : vision.server.Shelf
---@field package db vision.Database
local Sql = {}
Sql.__index = Sql

-- The statements of each write.
local statements = {}

function statements.put(key, text, seconds)
  local now = clock.wall()
  return { { PUT, { key, text, now + seconds } }, { FORGET_TEXTS, { now } } }
end

function statements.drop(key)
  return { { DROP, { key } } }
end

function statements.append(key, text, seconds, most)
  local now = clock.wall()
  local list = { { APPEND, { key, text, now + seconds } }, { FORGET_ENTRIES, { now } } }
  if most then list[3] = { TRIM, { key, key, most - 1 } } end
  return list
end

local function write(self, list)
  local results, err = self.db:write(list)
  return results and true, err
end

function Sql:put(...) return write(self, statements.put(...)) end
function Sql:drop(...) return write(self, statements.drop(...)) end
function Sql:append(...) return write(self, statements.append(...)) end

function Sql:get(key)
  local rows, err = self.db:read(GET, { key, clock.wall() })
  if not rows then return nil, err end
  return rows[1] and rows[1].text or false
end

function Sql:add(key, text, seconds)
  local now = clock.wall()
  local results, err = self.db:write {
    { ADD, { key, text, now + seconds, now } }, { FORGET_TEXTS, { now } },
  }
  if not results then return nil, err end
  if results[1].changes > 0 then return true end
  local there
  there, err = self:get(key)
  if there == false then return self:add(key, text, seconds) end -- it went between the two
  return there, err
end

function Sql:write_if(key, text, writes)
  local list = { { HOLDS, { key, text, clock.wall() }, must_change = true } }
  for _, one in ipairs(writes) do
    for _, statement in ipairs(statements[one[1]](unpack(one, 2))) do
      list[#list + 1] = statement
    end
  end
  local ok, err = write(self, list)
  if err and err.reason == "unmet" then return false end
  return ok, err
end

local function texts_of(rows, err)
  if not rows then return nil, err end
  local texts = {}
  for i, row in ipairs(rows) do texts[i] = row.text end
  return texts
end

function Sql:list(key, first, count)
  return texts_of(self.db:read(LIST, { key, clock.wall(), count, first - 1 }))
end

function Sql:newest(key, count)
  return texts_of(self.db:read(NEWEST, { key, clock.wall(), count }))
end

function Sql:close() self.db:close() end

--- A shelf in a database, which is the shelf's from now on; waits.
---@param db vision.Database
---@return vision.server.SqlShelf|nil
---@return vision.error? err
function sql.new(db)
  local ok, err = db:migrate(COMPONENT, migrations(db.dialect))
  if not ok then
    db:close()
    return nil, err
  end
  return setmetatable({ db = db }, Sql)
end

return sql
