-- SPDX-License-Identifier: MIT
-- The tables of a component (records, budgets, jobs …) and how they came to be: versions 1, 2, 3 …,
-- each a list of SQL statements. Several components live in one database; table `vision_schema`
-- says how far each of them is. SQL that SQLite and PostgreSQL both know.

local errors = require "vision.base.error"

local migrations = {}

local TABLE = [[CREATE TABLE IF NOT EXISTS vision_schema (
  component TEXT PRIMARY KEY, version INTEGER NOT NULL)]]

local function version_of(db, component)
  local rows, err = db:read("SELECT version FROM vision_schema WHERE component = ?", { component })
  if not rows then return nil, err end
  return rows[1] and rows[1].version or 0
end

local function begin(db, component)
  return db:write {
    { TABLE },
    { "INSERT INTO vision_schema (component, version) VALUES (?, 0) ON CONFLICT DO NOTHING",
      { component } },
  }
end

-- One version in one transaction. Where another process was faster, nothing changes.
local function step(db, component, version, texts)
  local statements = { {
    "UPDATE vision_schema SET version = ? WHERE component = ? AND version = ?",
    { version, component, version - 1 }, must_change = true,
  } }
  for _, text in ipairs(texts) do
    statements[#statements + 1] = { text }
  end
  local done, err = db:write(statements)
  if done or err.reason == "unmet" then return true end
  return nil, err
end

local function newer(db, component, version, known)
  return nil, errors.new("store_newer", ("the tables '%s' of %s are of version %d, and this "
    .. "program knows %d: update the program, or name another database"):format(component,
    tostring(db), version, known))
end

-- The tables are as they are.
local function check(db, component, known)
  local version, err = version_of(db, component)
  if not version then return nil, err end
  if version > known then return newer(db, component, version, known) end
  if version == known then return true end
  return nil, errors.new("unreadable", ("the tables '%s' of %s are of an older version and it "
    .. "cannot be written: make room, or copy it to where it can be"):format(component,
    tostring(db)))
end

--- Brings the tables of a component to the newest version; waits. Of a database that is opened to
--- read alone they must be of that version.
---@param db vision.Database
---@param component string its name in `vision_schema`
---@param list string[][] the statements of each version, in order; what has been released stays
---@return true|nil
---@return vision.error? err store_newer: the tables are of a later program
function migrations.run(db, component, list)
  if db.read_only then return check(db, component, #list) end
  local ok, failed = begin(db, component)
  if not ok then return nil, failed end
  while true do
    local version, err = version_of(db, component)
    if not version then return nil, err end
    if version == #list then return true end
    if version > #list then return newer(db, component, version, #list) end
    ok, err = step(db, component, version + 1, list[version + 1])
    if not ok then return nil, err end
  end
end

return migrations
