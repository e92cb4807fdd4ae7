-- SPDX-License-Identifier: MIT
-- What was spent and is reserved, in tables of SQLite or PostgreSQL: for all who use them, and
-- beyond the end of the program. Each call of the contract is one transaction.

local alerts = require "vision.money.alerts"
local clock = require "vision.base.clock"
local core = require "vision.core"
local kept = require("vision.money.labels").kept
local FIGURES = require("vision.money.use_rows").FIGURES

local sql = {}

local MIGRATIONS = {
  {
    [[CREATE TABLE budget_account (budget TEXT NOT NULL, period TEXT NOT NULL,
      spent BIGINT NOT NULL, PRIMARY KEY (budget, period))]],
    [[CREATE TABLE budget_reservation (id TEXT NOT NULL, budget TEXT NOT NULL,
      period TEXT NOT NULL, amount BIGINT NOT NULL, owner TEXT NOT NULL,
      expires DOUBLE PRECISION NOT NULL, PRIMARY KEY (id, budget, period))]],
    [[CREATE INDEX budget_reservation_account ON budget_reservation (budget, period, amount)]],
    [[CREATE INDEX budget_reservation_expires ON budget_reservation (expires)]],
    [[CREATE TABLE budget_closed (id TEXT PRIMARY KEY, at DOUBLE PRECISION NOT NULL)]],
    [[CREATE INDEX budget_closed_at ON budget_closed (at)]],
    [[CREATE TABLE budget_use (day TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
      tag TEXT NOT NULL, requests BIGINT NOT NULL, failed BIGINT NOT NULL,
      unpriced BIGINT NOT NULL, estimated BIGINT NOT NULL, micro_usd BIGINT NOT NULL,
      input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,
      PRIMARY KEY (day, provider, model, tag))]],
  },
}

---@class vision.SqlLedger : vision.Ledger
---@field package db vision.Database
---@field package owner string   of reservations: this object, in this process
---@field package made integer   reservations so far
local Sql = { waits = true }
Sql.__index = Sql

function Sql.bind() end

-- ---- reserving ----

local EXPIRE = "DELETE FROM budget_reservation WHERE expires <= ?"
local FORGET = "DELETE FROM budget_closed WHERE at <= ?"

-- Seconds for which it is known that a call was booked: a program that did not hear of it tries
-- again.
local REMEMBERED = 86400

-- The account is there, and nobody else changes it until this transaction ends (PostgreSQL lets
-- several run at a time).
local TAKE_HOLD = [[INSERT INTO budget_account (budget, period, spent) VALUES (?, ?, 0)
  ON CONFLICT (budget, period) DO UPDATE SET spent = budget_account.spent]]

local RESERVE = [[INSERT INTO budget_reservation (id, budget, period, amount, owner, expires)
  SELECT CAST(? AS TEXT), budget, period, CAST(? AS BIGINT), CAST(? AS TEXT),
    CAST(? AS DOUBLE PRECISION)
  FROM budget_account WHERE budget = ? AND period = ?]]

local WITHIN = RESERVE .. [[ AND spent + CAST(? AS BIGINT) + COALESCE((SELECT SUM(amount)
  FROM budget_reservation AS other WHERE other.budget = budget_account.budget
    AND other.period = budget_account.period), 0) <= CAST(? AS BIGINT)]]

-- Of several lines always in the same order, so that no two transactions wait for each other.
local function in_order(lines)
  local list = {}
  for i, line in ipairs(lines) do list[i] = line end
  table.sort(list, function(a, b)
    if a.budget ~= b.budget then return a.budget < b.budget end
    return a.period < b.period
  end)
  return list
end

local function statements_of(held, lines, amount, owner, now)
  local list = { { EXPIRE, { now } }, { FORGET, { now - REMEMBERED } } }
  for _, line in ipairs(lines) do
    list[#list + 1] = { TAKE_HOLD, { line.budget, line.period } }
  end
  for _, line in ipairs(lines) do
    local values = { held.id, amount, owner, held.expires, line.budget, line.period }
    if line.hard then
      values[7], values[8] = amount, line.limit
    end
    list[#list + 1] = { line.hard and WITHIN or RESERVE, values, must_change = true }
  end
  return list
end

-- Where what was in the way has gone meanwhile, it is tried again.
local function refused(self, lines, amount, seconds, line)
  local standing, err = self:standing { line }
  if not standing then return nil, err end
  local spent, reserved = standing[1].spent, standing[1].reserved
  if spent + reserved + amount <= line.limit then return self:reserve(lines, amount, seconds) end
  return nil, alerts.refusal(line, amount, spent, reserved)
end

function Sql:new_id()
  self.made = self.made + 1
  return self.owner .. "-" .. self.made
end

function Sql:reserve(lines, amount, seconds)
  local now = clock.wall()
  local held = { id = self:new_id(), expires = now + seconds }
  if #lines == 0 then return held end
  local ordered = in_order(lines)
  local done, err = self.db:write(statements_of(held, ordered, amount, self.owner, now))
  if done then return held end
  if err.reason ~= "unmet" then return nil, err end
  return refused(self, lines, amount, seconds, ordered[err.index - 2 - #ordered])
end

-- ---- closing out ----

local MARK = "INSERT INTO budget_closed (id, at) VALUES (?, ?) ON CONFLICT DO NOTHING"
local GIVE_BACK = "DELETE FROM budget_reservation WHERE id = ?"

local BOOK = [[INSERT INTO budget_account (budget, period, spent) VALUES (?, ?, ?)
  ON CONFLICT (budget, period) DO UPDATE SET spent = budget_account.spent + excluded.spent
  RETURNING spent]]

local function upsert_use()
  local marks, sums = {}, {}
  for i, figure in ipairs(FIGURES) do
    marks[i] = "?"
    sums[i] = ("%s = budget_use.%s + excluded.%s"):format(figure, figure, figure)
  end
  return ("INSERT INTO budget_use (day, provider, model, tag, %s) VALUES (?, ?, ?, ?, %s) "
    .. "ON CONFLICT (day, provider, model, tag) DO UPDATE SET %s"):format(
    table.concat(FIGURES, ", "), table.concat(marks, ", "), table.concat(sums, ", "))
end

local COUNT = upsert_use()

local function add_uses(list, use, amount)
  local function add(tag)
    list[#list + 1] = { COUNT, { use.date, kept(use.provider), kept(use.model), tag, 1,
      use.failed or 0, use.unpriced or 0, use.estimated or 0, amount, use.input_tokens or 0,
      use.output_tokens or 0 } }
  end
  add ""
  local tags = {}
  for i, tag in ipairs(use.tags or {}) do tags[i] = kept(tag) end
  table.sort(tags) -- in one order, as the lines
  for _, tag in ipairs(tags) do add(tag) end
end

-- How far each line is spent now is what its statement returned.
local function raised(lines, first, results, amount)
  local list
  for i, line in ipairs(lines) do
    list = alerts.add(list, line, results[first + i].rows[1].spent, amount)
  end
  return list or {}
end

function Sql:close_out(reservation, lines, amount, use)
  local list, ordered = { idempotent = true }, amount > 0 and in_order(lines) or {}
  if reservation then
    list[1] = { MARK, { reservation.id, clock.wall() }, must_change = true }
    list[2] = { GIVE_BACK, { reservation.id } }
  end
  local first = #list
  for _, line in ipairs(ordered) do
    list[#list + 1] = { BOOK, { line.budget, line.period, amount } }
  end
  if use then add_uses(list, use, amount) end
  local results, err = self.db:write(list)
  if not results then
    if err.reason == "unmet" then return {} end -- it was booked before
    return nil, err
  end
  return raised(ordered, first, results, amount)
end

-- ---- reading ----

local STANDING = [[SELECT COALESCE((SELECT spent FROM budget_account
    WHERE budget = ? AND period = ?), 0) AS spent,
  CAST(COALESCE((SELECT SUM(amount) FROM budget_reservation
    WHERE budget = ? AND period = ? AND expires > ?), 0) AS BIGINT) AS reserved]]

function Sql:standing(lines)
  local list, now = {}, clock.wall()
  for i, line in ipairs(lines) do
    local rows, err = self.db:read(STANDING,
      { line.budget, line.period, line.budget, line.period, now })
    if not rows then return nil, err end
    list[i] = rows[1]
  end
  return list
end

local USES = ("SELECT day AS date, provider, model, tag, %s FROM budget_use "
  .. "WHERE day >= ? AND day <= ?"):format(table.concat(FIGURES, ", "))

function Sql:uses(from, to)
  return self.db:read(USES, { from, to })
end

function Sql:close()
  self.db:close()
end

-- ---- opening ----

local function database_of(url)
  if url:find "^postgres" then return require("vision.database.postgres").open(url) end
  return require("vision.database.sqlite").open((url:gsub("^sqlite:", "")))
end

--- Opens tables of a database, or makes them; waits.
---@param url string sqlite:PATH, a path, postgres://…
---@return vision.SqlLedger|nil
---@return vision.error? err why it could not be opened; store_newer
function sql.open(url)
  local db, err = database_of(url)
  local ok
  if db then ok, err = db:migrate("budgets", MIGRATIONS) end
  if ok then
    return setmetatable({ db = db, owner = core.random_id(), made = 0 }, Sql)
  end
  if db then db:close() end
  return nil, err
end

return sql
