-- SPDX-License-Identifier: MIT
-- How far a batch is, on one line of stderr that is rewritten; nothing where stderr is a file.
--
--   [########............] 45 of 100, 2 failed, about 3 min left

local text = require "vision.cli.text"

local bar = {}

local CLEAR_LINE = "\r\27[K"
local CELLS, FEW_CELLS = 20, 8

local Bar = {}
Bar.__index = Bar

---@param stream file*
---@param terminal vision.cli.Terminal what the stream is connected to
function bar.new(stream, terminal)
  return setmetatable({ stream = stream, terminal = terminal, shown = false }, Bar)
end

local function time_left(seconds)
  if seconds == math.huge or seconds <= 0 then return "" end
  return text.time_left(seconds)
end

local function cells(count, percent)
  local full = math.floor(count * percent / 100)
  return ("[%s%s] "):format(("#"):rep(full), ("."):rep(count - full))
end

--- What fits: where it is narrow, fewer cells, then none.
---@param progress vision.BatchProgress
---@param width integer columns
---@return string
function bar.line(progress, width)
  local done = progress.completed + progress.failed
  local words = (progress.total and "%d of %d" or "%d done"):format(done, progress.total)
    .. ((progress.resumed or 0) > 0 and (", %d done before"):format(progress.resumed) or "")
    .. (progress.failed > 0 and (", %d failed"):format(progress.failed) or "")
    .. time_left(progress.estimated_remaining_seconds)
  for _, count in ipairs { CELLS, FEW_CELLS } do
    local line = cells(count, progress.progress_percent) .. words
    if text.width(line) <= width then return line end
  end
  return text.cut(words, width)
end

--- Before anything is done: something is under way.
bar.BEGIN = {
  completed = 0, failed = 0, progress_percent = 0, estimated_remaining_seconds = math.huge,
}

---@param progress vision.BatchProgress
function Bar:draw(progress)
  if not self.terminal.is_terminal then return end
  self.stream:write(CLEAR_LINE, bar.line(progress, self.terminal.width - 1))
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
