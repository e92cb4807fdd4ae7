-- SPDX-License-Identifier: MIT
-- Where it is kept what was spent and what is reserved. All stores have one contract; a limit holds
-- for all who use the same store.

local errors = require "vision.base.error"

local ledger = {}

---@class vision.Ledger
---@field waits boolean?  its steps wait for a disk or a server, and may fail; others book always
---@field new_id (fun(self): string)? of one that waits: a name of a reservation that its
---  store has not heard of; `{ id = name }` is closed out as one that has expired, once
---@field bind fun(self, lines: vision.BudgetLine[])  these lines are used from now on
---@field reserve fun(self, lines: vision.BudgetLine[], amount: integer, seconds: number):
---  table|nil, vision.error?  on all lines or on none; refused (budget_exceeded, with `alert`)
---  where spent, reserved and `amount` micro-dollars would be more than a hard limit. It is given
---  back after `seconds`, unless it is closed out before
---@field close_out fun(self, reservation: table|false|nil, lines: vision.BudgetLine[],
---  amount: integer, use: vision.Use?): vision.BudgetAlert[]|nil, vision.error?  books `amount`, 0
---  where nothing is to be paid, and gives the reservation back; also after it has expired. Without
---  `use` nothing is counted
---@field standing fun(self, lines: vision.BudgetLine[]): table[]|nil, vision.error?  each: spent
---  and reserved, in micro-dollars
---@field uses fun(self, from: string, to: string): vision.UseRow[]|nil, vision.error?  of the days
---  from one date to another
---@field close fun(self)

-- Scheme of a URL -> module.
local STORES = {
  memory = "vision.money.ledger.memory", sqlite = "vision.money.ledger.sql",
  postgres = "vision.money.ledger.sql", postgresql = "vision.money.ledger.sql",
  redis = "vision.money.ledger.redis",
}

--- The kind of a store.
---@param url string memory:, sqlite:PATH or a path, postgres://…, redis://…
---@return string|nil scheme
---@return vision.error? err invalid_option
function ledger.kind(url)
  local scheme = url:match "^(%w+)://" or url:match "^(memory):$" or "sqlite"
  if not STORES[scheme] or url == "" then
    return nil, errors.new("invalid_option", ("budget: there is no kind of store '%s:'; there are "
      .. "memory:, sqlite:PATH, postgres:// and redis://"):format(url ~= "" and scheme or ""))
  end
  return scheme
end

--- Opens a store.
---@param url string as of `kind`
---@return vision.Ledger|nil
---@return vision.error? err invalid_option, or why it could not be opened
function ledger.open(url)
  local scheme, err = ledger.kind(url)
  if not scheme then return nil, err end
  return require(STORES[scheme]).open(url)
end

return ledger
