-- SPDX-License-Identifier: MIT
-- What is being done now, on one line of stderr that is rewritten; nothing where stderr is a file.

local text = require "vision.cli.text"

local progress = {}

local CLEAR_LINE = "\r\27[K"

local Progress = {}
Progress.__index = Progress

--- @param stream file*
--- @param terminal vision.cli.Terminal what the stream is connected to
function progress.new(stream, terminal)
  return setmetatable({ stream = stream, terminal = terminal, shown = false }, Progress)
end

--- Shows a line in place of the last one.
---@param line string
function Progress:show(line)
  if not self.terminal.is_terminal then return end
  self.stream:write(CLEAR_LINE, text.cut(text.clean(line), self.terminal.width - 1))
  self.stream:flush()
  self.shown = true
end

--- Takes the line away, before anything else is written.
function Progress:clear()
  if not self.shown then return end
  self.stream:write(CLEAR_LINE)
  self.stream:flush()
  self.shown = false
end

return progress
