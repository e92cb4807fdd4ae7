-- SPDX-License-Identifier: MIT
-- Where the service keeps what outlives a request: the state of its jobs, its alerts. Texts under
-- keys, and lists of texts, each for a time. All workers that name the same store share them; three
-- backends, one contract (spec/support/shelf_contract.lua).

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local task = require "vision.base.task"

local shelves = {}

---@class vision.server.Shelf
---@field put fun(self, key: string, text: string, seconds: number): true|nil, vision.error?
---  in the place of what was there
---@field get fun(self, key: string): string|false|nil, vision.error?   false: there is nothing
---@field add fun(self, key: string, text: string, seconds: number): true|string|nil, vision.error?
---  where there is nothing; else what is there
---@field drop fun(self, key: string): true|nil, vision.error?
---@field append fun(self, key: string, text: string, seconds: number, most: integer?):
---  true|nil, vision.error?  to a list; of more than `most` the oldest are forgotten
---@field list fun(self, key: string, first: integer, count: integer): string[]|nil, vision.error?
---  texts of a list, counted from 1
---@field newest fun(self, key: string, count: integer): string[]|nil, vision.error?
---  the last of a list, the newest first
---@field write_if fun(self, key: string, text: string, writes: table[]): boolean|nil, vision.error?
---  all of `writes`, each `{ "put"|"append"|"drop", … }` with the arguments of that method, where
---  the key has this text; false, and nothing is changed, where it has not
---@field close fun(self)

--- What is kept in this process alone.
shelves.MEMORY = "memory:"

--- Opens one; waits.
---@param url string memory:, a path or sqlite:PATH, postgres://…, redis://…
---@return vision.server.Shelf|nil
---@return vision.error? err invalid_option, or why it cannot be opened
function shelves.open(url)
  local scheme = url:match "^(%w+)://"
  if url == shelves.MEMORY then
    return require("vision.server.shelf.memory").new()
  elseif scheme == "redis" or scheme == "rediss" then
    return require("vision.server.shelf.redis").open(url)
  elseif scheme and not scheme:find "^postgres" then
    return nil, errors.new("invalid_option", "the service keeps its jobs in memory:, sqlite:PATH, "
      .. "postgres:// or redis://")
  end
  local db, err
  if scheme then
    db, err = require("vision.database.postgres").open(url)
  else
    db, err = require("vision.database.sqlite").open((url:gsub("^sqlite:", "")))
  end
  if not db then return nil, err end
  return require("vision.server.shelf.sql").new(db)
end

-- ---- one that is opened at the first use ----

-- Seconds for which one that could not be opened is left alone.
local AGAIN_AFTER = 5

---@class vision.server.LazyShelf : vision.server.Shelf
local Lazy = {}

-- In a task of its own: one who waits may be cancelled, and all wait for the same.
local function opened(self)
  if self.shelf then return self.shelf end
  if self.retry_at and clock.mono() < self.retry_at then return nil, self.failure end
  self.opening = self.opening or task.spawn(function()
    local shelf, err = shelves.open(self.url)
    self.shelf, self.opening = shelf or false, false
    if err then self.failure, self.retry_at = err, clock.mono() + AGAIN_AFTER end
    return shelf, err
  end)
  return self.opening:join()
end

function Lazy.__index(_, method)
  return Lazy[method] or function(self, ...)
    local shelf, err = opened(self)
    if not shelf then return nil, err end
    return shelf[method](shelf, ...)
  end
end

function Lazy:close()
  if self.shelf then self.shelf:close() end
  self.shelf = false
end

--- The same, opened by the first who needs it.
---@param url string
---@return vision.server.Shelf
function shelves.lazy(url)
  return setmetatable({ url = url, shelf = false, retry_at = false, failure = false,
    opening = false }, Lazy)
end

return shelves
