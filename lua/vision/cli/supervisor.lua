-- SPDX-License-Identifier: MIT
-- Keeps a number of worker processes alive on one socket that listens. The socket is the
-- supervisor's: what waits in its queue when a worker dies is answered by the others, or by the one
-- that takes its place.
--
-- The first worker starts alone: where it cannot serve, nobody could, and all ends there.

local clock = require "vision.base.clock"
local core = require "vision.core"
local mailbox = require "vision.base.mailbox"
local notify = require "vision.cli.notify"
local task = require "vision.base.task"

local supervisor = {}

-- Seconds before a place is filled again: at first, at most; and after which a worker that ends is
-- no reason to hesitate.
local DELAY, DELAY_MAX, STEADY = 0.1, 10, 10

---@class vision.cli.Supervisor
---@field package given vision.cli.SupervisorOptions
---@field package news vision.Mailbox   "ready", "failed", "ended", "late", or a signal
---@field package places table[]        one for each worker
---@field package is_stopping boolean
---@field package serves boolean        one has been ready: those that end are replaced
---@field package has_greeted boolean
---@field package has_failed boolean    one could not be ended in order
local Supervisor = {}
Supervisor.__index = Supervisor

-- ---- one worker ----

local function start(self, place)
  local given = self.given
  return core.child(given.arguments, { "LISTEN_FDS=1", "VISION_SUPERVISOR=" .. core.pid(),
    "VISION_WORKER=" .. place.number, "VISION_WORKERS_FOLDER=" .. given.folder }, given.listening)
end

local function note_ready(self, place)
  if place.is_ready or not place.child:is_ready() then return end
  place.is_ready = true
  if place.wants_reload then place.child:signal "hup" end
  self.news:put "ready"
end

-- From its start to its end; says how that was.
local function live(self, place)
  local child, err = start(self, place)
  if not child then return err.message, false end
  place.child, place.is_ready, place.wants_reload = child, false, false
  while not child:ended() do
    note_ready(self, place)
    if not task.wait(child) then break end
  end
  local status, signal = child:ended()
  -- Before it serves, and after it has written all down, it does not listen for it.
  local was_told = self.is_stopping and signal == 15
  place.child = nil
  child:close()
  if signal and signal > 0 then return "was ended by signal " .. signal, was_told end
  return ("ended with %d"):format(status or -1), status == 0
end

-- A place is filled again and again, until all is to end.
local function keep(self, place)
  local delay = DELAY
  while not self.is_stopping do
    local began = clock.mono()
    local how, in_order = live(self, place)
    if self.is_stopping and not in_order then
      self.has_failed = true
      self.given.say("error", ("worker %d %s"):format(place.number, how))
    elseif self.is_stopping then
      break
    elseif not self.serves then
      return self.news:put "failed"
    else
      if clock.mono() - began >= STEADY then delay = DELAY end
      self.given.say("warn", ("worker %d %s: another takes its place in %g s")
        :format(place.number, how, delay))
      task.sleep(delay)
      delay = math.min(2 * delay, DELAY_MAX)
    end
  end
  self.news:put "ended"
end

local function fill(self, number)
  local place = { number = number }
  self.places[number] = place
  place.keeper = task.spawn(keep, self, place)
end

-- ---- all of them ----

local function tell_all(self, signal)
  for _, place in ipairs(self.places) do
    if place.child then place.child:signal(signal) end
  end
end

local on = {}

local function are_all_ready(self)
  for _, place in ipairs(self.places) do
    if not place.is_ready then return false end
  end
  return true
end

function on.ready(self)
  if not self.serves then
    self.serves = true
    for number = 2, self.given.workers do fill(self, number) end
  end
  if are_all_ready(self) and not self.has_greeted then
    self.has_greeted = true
    self.given.say("info", self.given.greeting)
    notify.ready()
  end
end

-- One that has not begun to listen for it may have read the old configuration, and would die of it.
function on.hup(self)
  for _, place in ipairs(self.places) do
    place.wants_reload = true
    if place.child and place.is_ready then place.child:signal "hup" end
  end
  if self.has_greeted then -- they know, and go on each by itself
    notify.reloading()
    notify.ready()
  end
end

function on.term(self)
  tell_all(self, "term")
  if self.is_stopping then return end
  self.is_stopping = true
  notify.stopping()
  self.given.say("info", "stops when what is under way is answered")
  for _, place in ipairs(self.places) do
    if not place.child then place.keeper:cancel() end
  end
  self.last = task.spawn(function()
    if task.sleep(self.given.patience) then self.news:put "late" end
  end)
end

on.int = on.term

function on.late(self)
  self.given.say("error", "some workers do not end: they are killed")
  tell_all(self, "kill")
end

local function run(self)
  local ended = 0
  fill(self, 1)
  repeat
    local word, err = self.news:take()
    if not word then return nil, err end
    if word == "failed" then return false end
    if word == "ended" then ended = ended + 1 end
    if on[word] then on[word](self) end
  until ended > 0 and ended == #self.places
  self.last:cancel()
  return not self.has_failed
end

---@class vision.cli.SupervisorOptions
---@field workers integer      1 ..
---@field listening integer    the socket
---@field arguments string[]   what a worker is started with: a program and its arguments
---@field folder string        for what they share
---@field patience number      seconds after SIGTERM, then who still runs is killed
---@field greeting string      is said when all of them serve
---@field say fun(level: string, message: string)

--- Runs until a signal ends it; waits.
---@param given vision.cli.SupervisorOptions
---@return boolean # whether all went in order; false also where the first worker could not serve
function supervisor.run(given)
  local self = setmetatable({ given = given, news = mailbox.new(), places = {},
    is_stopping = false, has_failed = false, has_greeted = false,
    serves = false }, Supervisor)
  -- They stay taken: none more may break off what the caller clears away.
  require("vision.cli.signals").open({ "int", "term", "hup" }, self.news)
  return run(self) == true
end

return supervisor
