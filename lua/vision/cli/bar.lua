-- SPDX-License-Identifier: MIT
-- How far a batch is, on one line of stderr that is rewritten; nothing where stderr is a file.
--
--   [########............] 45 of 100, 2 failed, about 3 min left

local text = require "vision.cli.text"

local bar = {}

local CLEAR_LINE = "\r\27[K"
local CELLS = 20

local Bar = {}
Bar.__index = Bar

---@param stream file*
---@param terminal vision.cli.Terminal what the stream is connected to
function bar.new(stream, terminal)
  return setmetatable({ stream = stream, terminal = terminal, shown = false }, Bar)
end

local function time_left(seconds)
  if seconds == math.huge or seconds <= 0 then return "" end
  if seconds < 60 then return (", about %d s left"):format(math.max(1, math.ceil(seconds))) end
  return (", about %d min left"):format(math.ceil(seconds / 60))
end

---@param progress vision.BatchProgress
---@return string
function bar.line(progress)
  local done = progress.completed + progress.failed
  local full = math.floor(CELLS * progress.progress_percent / 100)
  local count = progress.total and ("%d of %d"):format(done, progress.total) or ("%d"):format(done)
  local failed = progress.failed > 0 and (", %d failed"):format(progress.failed) or ""
  return ("[%s%s] %s%s%s"):format(("#"):rep(full), ("."):rep(CELLS - full), count, failed,
    time_left(progress.estimated_remaining_seconds))
end

---@param progress vision.BatchProgress
function Bar:draw(progress)
  if not self.terminal.is_terminal then return end
  self.stream:write(CLEAR_LINE, text.cut(bar.line(progress), self.terminal.width - 1))
  self.stream:flush()
  self.shown = true
end

--- Takes the line away, before anything else is written.
function Bar:clear()
  if not self.shown then return end
  self.stream:write(CLEAR_LINE)
  self.stream:flush()
  self.shown = false
end

return bar
