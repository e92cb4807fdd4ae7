-- SPDX-License-Identifier: MIT
-- The outbox in a database: what was added is delivered, whatever happens to the process. Several
-- processes may work on one; who has claimed a delivery has it until its lease ends.

local core = require "vision.core"

local sql_outbox = {}

local COMPONENT = "webhooks"

-- Per dialect: a number that the database counts up, which is the order of deliveries.
local COUNTED = {
  sqlite = "INTEGER PRIMARY KEY",
  postgres = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}

local function migrations(dialect)
  return { {
    [[CREATE TABLE webhook_endpoints (
      endpoint TEXT PRIMARY KEY,
      label TEXT NOT NULL,
      disabled_at DOUBLE PRECISION,
      disabled_why TEXT,
      paused_until DOUBLE PRECISION NOT NULL DEFAULT 0)]],
    [[CREATE TABLE webhook_events (
      event_id TEXT PRIMARY KEY,
      event_type TEXT NOT NULL,
      subject TEXT NOT NULL,
      body TEXT NOT NULL,
      created_at DOUBLE PRECISION NOT NULL)]],
    [[CREATE INDEX webhook_events_created ON webhook_events (created_at)]],
    ([[CREATE TABLE webhook_deliveries (
      delivery_id %s,
      event_id TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      subject TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      since DOUBLE PRECISION NOT NULL,
      next_at DOUBLE PRECISION NOT NULL,
      owner TEXT,
      lease_until DOUBLE PRECISION NOT NULL,
      status INTEGER,
      message TEXT,
      UNIQUE (event_id, endpoint))]]):format(COUNTED[dialect]),
    [[CREATE INDEX webhook_deliveries_since ON webhook_deliveries (since)]],
    [[CREATE INDEX webhook_deliveries_subject ON webhook_deliveries
      (endpoint, subject, delivery_id) WHERE state = 'pending']],
    [[CREATE INDEX webhook_deliveries_pending ON webhook_deliveries
      (endpoint, delivery_id) WHERE state = 'pending']],
    [[CREATE TABLE webhook_attempts (
      delivery_id BIGINT NOT NULL,
      at DOUBLE PRECISION NOT NULL,
      status INTEGER,
      ms DOUBLE PRECISION NOT NULL,
      message TEXT)]],
    [[CREATE INDEX webhook_attempts_delivery ON webhook_attempts (delivery_id)]],
  }, {
    -- Of those under way alone: who has claimed any is seen without reading what waits.
    [[CREATE INDEX webhook_deliveries_owner ON webhook_deliveries (owner)
      WHERE owner IS NOT NULL]],
  } }
end

---@class vision.SqlOutbox : vision.WebhookOutbox
---@field package db table
local SqlOutbox = {}
SqlOutbox.__index = SqlOutbox

--- Other processes may add to it and take from it.
SqlOutbox.is_shared = true

local OWNERS = "SELECT DISTINCT owner FROM webhook_deliveries WHERE owner IS NOT NULL"

local FREE = [[UPDATE webhook_deliveries SET owner = NULL, lease_until = 0
  WHERE state = 'pending' AND owner = ?]]

-- What processes of this machine had claimed when they were killed is anybody's at once; of other
-- machines nobody here knows, and their leases end.
local function free_of_ended(db)
  local rows, err = db:read(OWNERS, {})
  if not rows then return nil, err end
  local statements = { idempotent = true }
  for _, row in ipairs(rows) do
    if core.process_has_ended(row.owner) then
      statements[#statements + 1] = { FREE, { row.owner } }
    end
  end
  if #statements == 0 then return true end
  return db:write(statements)
end

--- An outbox in a database, which is the outbox's from now on; waits.
---@param db table  vision.database.sqlite's or postgres'
---@return vision.SqlOutbox|nil
---@return vision.error? err
function sql_outbox.new(db)
  local ok, err = db:migrate(COMPONENT, migrations(db.dialect))
  if ok then ok, err = free_of_ended(db) end
  if not ok then
    db:close()
    return nil, err
  end
  return setmetatable({ db = db }, SqlOutbox)
end

-- Several statements, all or none.
local function write(self, ...)
  local results, err = self.db:write { ... }
  if not results then return nil, err end
  return results
end

function SqlOutbox:register(receivers)
  local statements = {}
  for i, receiver in ipairs(receivers) do
    statements[i] = { [[INSERT INTO webhook_endpoints (endpoint, label) VALUES (?, ?)
      ON CONFLICT (endpoint) DO UPDATE SET label = excluded.label]],
      { receiver.key, receiver.label } }
  end
  local results, err = self.db:write(statements)
  return results and true, err
end

local ADD_DELIVERY = [[INSERT INTO webhook_deliveries
  (event_id, endpoint, subject, state, attempts, since, next_at, lease_until)
  SELECT e.event_id, p.endpoint, e.subject, 'pending', 0, e.created_at, e.created_at, 0
  FROM webhook_events e, webhook_endpoints p
  WHERE e.event_id = ? AND p.endpoint = ? AND p.disabled_at IS NULL
  ON CONFLICT DO NOTHING]]

-- Twice is as good as once, so it is carried out again where nobody knows whether it was.
function SqlOutbox:add(event, keys)
  local statements = { idempotent = true, { [[INSERT INTO webhook_events
    (event_id, event_type, subject, body, created_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING]],
    { event.event_id, event.event_type, event.subject, event.body, event.created_at } } }
  for _, key in ipairs(keys) do
    statements[#statements + 1] = { ADD_DELIVERY, { event.event_id, key } }
  end
  local results, err = self.db:write(statements)
  return results and true, err
end

-- ---- what is due ----

-- The first of each subject; those behind it wait for it.
local IS_HEAD = [[NOT EXISTS (SELECT 1 FROM webhook_deliveries b
  WHERE b.endpoint = d.endpoint AND b.subject = d.subject AND b.state = 'pending'
  AND b.delivery_id < d.delivery_id)]]

-- What may be claimed now, the oldest first: found without looking at all that waits.
local CLAIMABLE = ([[SELECT d.delivery_id AS delivery_id FROM webhook_deliveries d
  JOIN webhook_endpoints p ON p.endpoint = d.endpoint
  WHERE d.endpoint = ? AND d.state = 'pending' AND d.next_at <= ? AND d.lease_until <= ?
  AND p.disabled_at IS NULL AND p.paused_until <= ? AND %s
  ORDER BY d.delivery_id LIMIT ?]]):format(IS_HEAD)

local NEXT_DUE = ([[SELECT p.paused_until AS paused_until,
  MIN(CASE WHEN d.next_at > d.lease_until THEN d.next_at ELSE d.lease_until END) AS due
  FROM webhook_deliveries d JOIN webhook_endpoints p ON p.endpoint = d.endpoint
  WHERE d.endpoint = ? AND d.state = 'pending' AND p.disabled_at IS NULL AND %s
  GROUP BY p.paused_until]]):format(IS_HEAD)

function SqlOutbox:next_due(key, now)
  local ok, err = free_of_ended(self.db)
  if not ok then return nil, err end
  local rows
  rows, err = self.db:read(CLAIMABLE, { key, now, now, now, 1 })
  if rows and #rows > 0 then return now end
  if rows then
    rows, err = self.db:read(NEXT_DUE, { key })
  end
  if not rows then return nil, err end
  local row = rows[1]
  return row and row.due and math.max(row.due, row.paused_until) or false
end

-- The lease is looked at twice: another process may have claimed the row meanwhile, and of a row
-- that changed PostgreSQL asks the outer condition again.
local CLAIM = ([[UPDATE webhook_deliveries SET owner = ?, lease_until = ?
  WHERE state = 'pending' AND lease_until <= ? AND delivery_id IN (%s)
  RETURNING delivery_id, endpoint, event_id, subject, attempts, since,
    (SELECT e.event_type FROM webhook_events e
      WHERE e.event_id = webhook_deliveries.event_id) AS event_type,
    (SELECT e.body FROM webhook_events e
      WHERE e.event_id = webhook_deliveries.event_id) AS body]]):format(CLAIMABLE)

function SqlOutbox:claim(key, owner, now, lease_until, count)
  local results, err = write(self,
    { CLAIM, { owner, lease_until, now, key, now, now, now, count } })
  if not results then return nil, err end
  local rows = results[1].rows or {}
  table.sort(rows, function(a, b) return a.delivery_id < b.delivery_id end)
  return rows
end

-- ---- what became of it ----

-- Carried out again it changes nothing: the delivery is nobody's by then.
local function settling(claimed, owner, attempt, outcome)
  local statements = {
    idempotent = true,
    { [[UPDATE webhook_deliveries SET state = ?, attempts = attempts + 1,
        next_at = COALESCE(?, next_at), owner = NULL, lease_until = 0, status = ?, message = ?
        WHERE delivery_id = ? AND owner = ? AND state = 'pending']],
      { outcome.state, outcome.next_at, attempt.status, attempt.message, claimed.delivery_id, owner,
        n = 6 }, must_change = true },
    { [[INSERT INTO webhook_attempts (delivery_id, at, status, ms, message)
        VALUES (?, ?, ?, ?, ?)]],
      { claimed.delivery_id, attempt.at, attempt.status, attempt.ms, attempt.message, n = 5 } },
  }
  if outcome.paused_until then
    statements[#statements + 1] = { [[UPDATE webhook_endpoints SET paused_until = ?
      WHERE endpoint = ? AND paused_until < ?]],
      { outcome.paused_until, claimed.endpoint, outcome.paused_until } }
  end
  if outcome.gone then
    statements[#statements + 1] = { [[UPDATE webhook_endpoints SET disabled_at = ?,
      disabled_why = ? WHERE endpoint = ?]], { attempt.at, attempt.message, claimed.endpoint } }
  end
  return statements
end

function SqlOutbox:settle(claimed, owner, attempt, outcome)
  local results, err = self.db:write(settling(claimed, owner, attempt, outcome))
  if results then return true end
  if err.reason == "unmet" then return false end
  return nil, err
end

-- ---- for people ----

local SHOWN = [[SELECT d.delivery_id, d.event_id, e.event_type, d.subject, e.created_at,
  d.endpoint, p.label, d.state, d.attempts,
  CASE WHEN d.state = 'pending' THEN d.next_at END AS next_at, d.status, d.message
  FROM webhook_deliveries d
  JOIN webhook_events e ON e.event_id = d.event_id
  JOIN webhook_endpoints p ON p.endpoint = d.endpoint
  WHERE %s ORDER BY d.delivery_id DESC LIMIT ?]]

function SqlOutbox:list(state, limit)
  if state then return self.db:read(SHOWN:format "d.state = ?", { state, limit }) end
  return self.db:read(SHOWN:format "1 = 1", { limit })
end

-- More receivers than can be configured.
local DELIVERIES_MAX = 1000

function SqlOutbox:history(event_id)
  local rows, err = self.db:read(SHOWN:format "d.event_id = ?", { event_id, DELIVERIES_MAX })
  if not rows then return nil, err end
  for _, row in ipairs(rows) do
    row.history, err = self.db:read([[SELECT at, status, ms, message FROM webhook_attempts
      WHERE delivery_id = ? ORDER BY at]], { row.delivery_id })
    if not row.history then return nil, err end
  end
  return rows
end

function SqlOutbox:list_endpoints()
  return self.db:read([[SELECT endpoint, label, disabled_at, disabled_why, paused_until,
    (SELECT COUNT(*) FROM webhook_deliveries d WHERE d.endpoint = webhook_endpoints.endpoint
      AND d.state = 'pending') AS pending
    FROM webhook_endpoints ORDER BY endpoint]], {})
end

local function changes(results, err)
  if not results then return nil, err end
  return results[1].changes
end

function SqlOutbox:redeliver(event_id, now)
  return changes(write(self, { [[UPDATE webhook_deliveries SET state = 'pending', attempts = 0,
    since = ?, next_at = ?, owner = NULL, lease_until = 0
    WHERE event_id = ? AND lease_until <= ?]], { now, now, event_id, now } }))
end

function SqlOutbox:enable(key)
  local count, err = changes(write(self, { [[UPDATE webhook_endpoints SET disabled_at = NULL,
    disabled_why = NULL, paused_until = 0 WHERE endpoint = ?]], { key } }))
  return count and count > 0, err
end

function SqlOutbox:bring_back(now, latest)
  local results, err = write(self,
    { [[UPDATE webhook_deliveries SET owner = NULL, lease_until = 0, next_at = ?,
      since = CASE WHEN since > ? THEN ? ELSE since END
      WHERE state = 'pending' AND (next_at > ? OR lease_until > ?)]],
      { now, now, now, latest, latest } },
    { "UPDATE webhook_endpoints SET paused_until = 0 WHERE paused_until > ?", { latest } })
  return results and true, err
end

function SqlOutbox:prune(before)
  local results, err = write(self,
    { [[DELETE FROM webhook_attempts WHERE delivery_id IN
      (SELECT delivery_id FROM webhook_deliveries WHERE since < ?)]], { before } },
    { "DELETE FROM webhook_deliveries WHERE since < ? AND state = 'pending'", { before } },
    { "DELETE FROM webhook_deliveries WHERE since < ?", { before } },
    { [[DELETE FROM webhook_events WHERE created_at < ? AND NOT EXISTS
      (SELECT 1 FROM webhook_deliveries d WHERE d.event_id = webhook_events.event_id)]],
      { before } })
  return results and results[2].changes, err
end

function SqlOutbox:close()
  self.db:close()
end

return sql_outbox
