-- SPDX-License-Identifier: MIT
-- Which file is being read now, and how long the rest may take, on one line of stderr that is
-- rewritten; nothing where stderr is a file.

local machine = require "vision.base.clock"
local text = require "vision.cli.text"

local progress = {}

local CLEAR_LINE = "\r\27[K"

local Progress = {}
Progress.__index = Progress

---@param stream file*
---@param terminal vision.cli.Terminal what the stream is connected to
---@param total integer files in all
---@param clock? fun(): number seconds
function progress.new(stream, terminal, total, clock)
  return setmetatable({
    stream = stream, terminal = terminal, clock = clock or machine.mono,
    total = total, index = 0, page = 0, pages = 1, shown = false,
  }, Progress)
end

-- From the mean of what is done; no word before anything is.
function Progress:time_left()
  local done = self.index - 1 + self.page / self.pages
  if done == 0 then return "" end
  return text.time_left((self.clock() - self.began) / done * (self.total - done))
end

function Progress:page_now()
  if self.pages == 1 then return "" end
  return (", page %d of %d"):format(self.page + 1, self.pages)
end

-- The name comes last: it is what a narrow terminal cuts.
function Progress:draw()
  if not self.terminal.is_terminal then return end
  local line = ("[%d/%d%s%s] reading %s"):format(
    self.index, self.total, self:page_now(), self:time_left(), text.clean(self.name))
  self.stream:write(CLEAR_LINE, text.cut(line, self.terminal.width - 1))
  self.stream:flush()
  self.shown = true
end

--- The next file is begun.
---@param name string
function Progress:begin(name)
  self.began = self.began or self.clock()
  self.index, self.name, self.page, self.pages = self.index + 1, name, 0, 1
  self:draw()
end

--- What a provider tells how many pages of the file are done.
---@return fun(done: integer, pages: integer)
function Progress:reporter()
  return function(done, pages)
    self.page, self.pages = done, pages
    if done < pages then self:draw() end
  end
end

--- Takes the line away, before anything else is written.
function Progress:clear()
  if not self.shown then return end
  self.stream:write(CLEAR_LINE)
  self.stream:flush()
  self.shown = false
end

return progress
