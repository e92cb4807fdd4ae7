-- SPDX-License-Identifier: MIT
-- How long records are kept, and how many.

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"
local task = require "vision.base.task"

local retention = {}

retention.LIMITS = {
  max_age_days = { "days that a record is kept", type = "number", above = 0, max = 36525 },
  max_records = { "records kept, the newest", type = "integer", min = 0, max = 1e9 },
}

-- Records deleted at a time, so that nobody has to wait long for the store.
local AT_ONCE = 1000

-- Seconds between two looks at what is too old or too much.
local EVERY = 3600

local function delete_oldest(persistence, to, most)
  local deleted = 0
  while deleted < most do
    local limit = math.min(AT_ONCE, most - deleted)
    local count, err = persistence:delete { order = "oldest", limit = limit, to = to }
    if not count then return nil, err end
    deleted = deleted + count
    if count < limit then break end
  end
  return deleted
end

local function delete_old(persistence, days)
  if not days then return 0 end
  return delete_oldest(persistence, math.max(0, clock.wall() - days * 86400), math.huge)
end

local function delete_surplus(persistence, most)
  if not most then return 0 end
  local count, err = persistence:count()
  if not count then return nil, err end
  return delete_oldest(persistence, nil, count - most)
end

--- Deletes what is too old, and of the rest the oldest, where there are too many.
---@param persistence vision.ResultPersistence
---@param given { max_age_days: number?, max_records: integer? } one of them at least
---@return integer|nil deleted
---@return vision.error? err
function retention.prune(persistence, given)
  local limits, err = option_lists.check(retention.LIMITS, given, "prune")
  if not limits then return nil, err end
  if next(limits) == nil then
    return nil, errors.new("invalid_option", "prune: it needs max_age_days or max_records")
  end
  local old, many
  old, err = delete_old(persistence, limits.max_age_days)
  if old then many, err = delete_surplus(persistence, limits.max_records) end
  if not many then return nil, err end
  return old + many
end

---@class vision.RetentionKeeper
---@field package persistence vision.ResultPersistence
---@field package limits table
---@field package at number?          when it looks again
---@field package work vision.Task?
local Keeper = {}
Keeper.__index = Keeper

--- Deletes beside other work what is beyond limits.
---@param persistence vision.ResultPersistence
---@param config { max_age_days: number?, max_records: integer? }
---@return vision.RetentionKeeper? # nil without a limit
function retention.keeper(persistence, config)
  local limits = { max_age_days = config.max_age_days, max_records = config.max_records }
  return next(limits) and setmetatable({ persistence = persistence, limits = limits }, Keeper)
    or nil
end

--- Begins to delete, where the last time was long ago. Does not wait.
function Keeper:look()
  local now = clock.mono()
  if self.at and now < self.at then return end
  self.at = now + EVERY
  self.work = task.spawn(function()
    local _, err = retention.prune(self.persistence, self.limits)
    if err and err.reason ~= "cancelled" then
      log.warn("old records were not deleted: %s", err.message)
    end
  end)
end

--- Ends what it has begun; waits.
function Keeper:stop()
  if not self.work then return end
  self.work:cancel()
  self.work:join()
  self.work = nil
end

return retention
