-- SPDX-License-Identifier: MIT
-- An analysis that is followed while it runs: what it tells, a sign of life where it tells nothing,
-- and its answer at the end.
--
--   local live = following.new(manager, asked)
--   for news in live do … news.event, news.answer … end
--   live:close()                            -- gives the analysis up, where it still runs

local clock = require "vision.base.clock"
local mailbox = require "vision.base.mailbox"
local picture = require "vision.server.picture"
local task = require "vision.base.task"

local following = {}

-- Seconds after which something is said, and between looks at whose turn it is: proxies cut off who
-- says nothing for a minute.
local HEARTBEAT, LOOK = 15, 5

---@class vision.server.News  without any of these: it still runs
---@field event vision.StreamEvent?
---@field answer vision.Response?  the last news has it
---@field err vision.error?        why the answer is a failure

---@class vision.server.Following
---@field package box vision.Mailbox
---@field package work vision.Task
---@field package hearts table   of its manager
---@field package beat_due number
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
  local hearts = self.hearts
  self.is_over = true
  self.work:cancel()
  hearts.of[self] = nil
  if next(hearts.of) or not hearts.task then return end
  hearts.task:cancel()
  hearts.task = nil
end

-- ---- signs of life ----

-- One task for all of a manager: of each there may be thousands.
local hearts_of = setmetatable({}, { __mode = "k" })

local function beat(hearts)
  while task.sleep(LOOK) do
    local now = clock.mono()
    for live in pairs(hearts.of) do
      if now >= live.beat_due then
        live.beat_due = now + HEARTBEAT
        live.box:put {}
      end
    end
  end
end

local function let_beat(live, manager)
  local hearts = hearts_of[manager] or { of = {} }
  hearts_of[manager], live.hearts = hearts, hearts
  hearts.of[live] = true
  hearts.task = hearts.task or task.spawn(beat, hearts)
end

--- Begins an analysis.
---@param manager vision.VisionManager
---@param asked vision.AnalyzeRequest
---@return vision.server.Following
function following.new(manager, asked)
  local box = mailbox.new()
  function asked.on_event(event) box:put { event = event } end
  local live = setmetatable({
    box = box, is_over = false, beat_due = clock.mono() + HEARTBEAT,
    work = task.spawn(function()
      local answer, err = picture.read(manager, asked)
      box:put { answer = answer, err = err }
    end),
  }, Following)
  let_beat(live, manager)
  return live
end

return following
