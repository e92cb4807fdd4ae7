-- SPDX-License-Identifier: MIT
-- Where events wait until each receiver has them. What every outbox does, and how one is opened by
-- its name.
--
-- A delivery is one event for one receiver: pending, delivered or failed. Deliveries of one
-- receiver and one subject are handed out one by one, in their order; others do not wait for them.

local outbox = {}

---@class vision.WebhookOutbox
---@field is_shared boolean  whether other processes may use it, too
---
---@field register fun(self, receivers: vision.WebhookReceiver[]): true|nil, vision.error?
---  who may receive; to be told before `add`
---@field add fun(self, event: vision.WebhookEvent, keys: string[]): true|nil, vision.error?
---  kept for good when it returns; nothing for a receiver that is disabled
---@field next_due fun(self, key: string, now: number): number|false|nil, vision.error?
---  when something of a receiver may be claimed, seconds since 1970 (where something may be by
---  `now`, some time until then); false: nothing waits. What processes of this machine had claimed
---  that have ended since may be claimed at once
---@field claim fun(self, key: string, owner: string, now: number, lease_until: number,
---  count: integer): vision.WebhookDelivery[]|nil, vision.error?
---@field settle fun(self, claimed: vision.WebhookDelivery, owner: string,
---  attempt: vision.WebhookAttempt, outcome: vision.WebhookOutcome): boolean|nil, vision.error?
---  false: the lease was over and it is another's
---@field list fun(self, state: string?, limit: integer): table[]|nil, vision.error?
---  the newest first
---@field history fun(self, event_id: string): table[]|nil, vision.error?
---  the deliveries of an event, each with `history`, its attempts
---@field list_endpoints fun(self): table[]|nil, vision.error?
---@field redeliver fun(self, event_id: string, now: number): integer|nil, vision.error?
---  to all its receivers, from the beginning; how many
---@field enable fun(self, key: string): boolean|nil, vision.error?
---@field bring_back fun(self, now: number, latest: number): true|nil, vision.error?
---  makes due what waits until later than that, receivers too: it was put off while the clock was
---  wrong
---@field prune fun(self, before: number): integer|nil, vision.error?
---  forgets what was given to it before then; how many deliveries of that were pending still
---@field close fun(self)

---@class vision.WebhookDelivery
---@field delivery_id integer
---@field endpoint string    key of the receiver
---@field event_id string
---@field event_type string
---@field subject string
---@field body string
---@field attempts integer   before this one
---@field since number       when it was given to us, seconds since 1970

--- Opens an outbox; waits.
---@param name string "memory:", postgres://…, or a file, also as sqlite:PATH
---@return vision.WebhookOutbox|nil
---@return vision.error? err
function outbox.open(name)
  if name == "memory:" then return require("vision.webhooks.memory_outbox").new() end
  local db, err
  if name:find "^postgres%w*://" then
    db, err = require("vision.database.postgres").open(name)
  else
    db, err = require("vision.database.sqlite").open((name:gsub("^sqlite:", "")))
  end
  if not db then return nil, err end
  return require("vision.webhooks.sql_outbox").new(db)
end

return outbox
