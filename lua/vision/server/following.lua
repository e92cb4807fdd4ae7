-- SPDX-License-Identifier: MIT
-- An analysis that is followed while it runs: what it tells, a sign of life where it tells nothing,
-- and its answer at the end.
--
--   local live = following.new(manager, asked)
--   for news in live do … news.event, news.answer … end
--   live:close()                            -- gives the analysis up, where it still runs

local mailbox = require "vision.base.mailbox"
local picture = require "vision.server.picture"
local task = require "vision.base.task"

local following = {}

-- Seconds after which something is said: proxies cut off who says nothing for a minute.
local HEARTBEAT = 15

---@class vision.server.News  without any of these: it still runs
---@field event vision.StreamEvent?
---@field answer vision.Response?  the last news has it
---@field err vision.error?        why the answer is a failure

---@class vision.server.Following
---@field package box vision.Mailbox
---@field package work vision.Task
---@field package beat vision.Task
---@field package is_over boolean
local Following = {}
Following.__index = Following

--- The next news; waits for it. nil: there was the answer, or whoever waits was cancelled.
---@return vision.server.News?
function Following:__call()
  if self.is_over then return nil end
  local news = self.box:take()
  if not news or news.answer then self:close() end
  return news
end

--- Gives it up. Any number of times.
function Following:close()
  self.is_over = true
  self.beat:cancel()
  self.work:cancel()
end

--- Begins an analysis.
---@param manager vision.VisionManager
---@param asked vision.AnalyzeRequest
---@return vision.server.Following
function following.new(manager, asked)
  local box = mailbox.new()
  function asked.on_event(event) box:put { event = event } end
  return setmetatable({
    box = box, is_over = false,
    work = task.spawn(function()
      local answer, err = picture.read(manager, asked)
      box:put { answer = answer, err = err }
    end),
    beat = task.spawn(function()
      while task.sleep(HEARTBEAT) do box:put {} end
    end),
  }, Following)
end

return following
