-- SPDX-License-Identifier: MIT
-- How far a batch is, and how long the rest may take.

local clock = require "vision.base.clock"

---@class vision.BatchProgress
---@field total integer?   pictures in all; nil while a folder is still being counted
---@field completed integer
---@field failed integer
---@field progress_percent number  0..100; 0 while the total is not known
---@field estimated_remaining_seconds number  by the speed of late; infinite while that is not known
local Progress = {}
Progress.__index = Progress

-- So many of the last ends say how fast it goes: a slow start is soon forgotten.
local RECENT = 32

--- @param total integer?
function Progress.new(total)
  return setmetatable({
    total = total, completed = 0, failed = 0, ends = { [0] = clock.mono() }, count = 0,
    progress_percent = 0, estimated_remaining_seconds = math.huge,
  }, Progress)
end

-- Ends a second, over the last of them.
local function speed(self)
  local first = math.max(0, self.count - RECENT)
  local seconds = self.ends[self.count] - self.ends[first]
  return (self.count - first) / seconds -- infinite where all was there at once
end

local function reckon(self)
  if not self.total then return end
  local left = math.max(0, self.total - self.count)
  self.progress_percent = self.total > 0 and 100 * math.min(1, self.count / self.total) or 100
  self.estimated_remaining_seconds = left == 0 and 0 or left / speed(self)
end

--- One more has ended.
---@param well boolean
---@param total integer? what is known now
function Progress:ended(well, total)
  self.count = self.count + 1
  self.ends[self.count] = clock.mono()
  self.ends[self.count - RECENT - 1] = nil
  local field = well and "completed" or "failed"
  self[field] = self[field] + 1
  self.total = total
  reckon(self)
end

return Progress
