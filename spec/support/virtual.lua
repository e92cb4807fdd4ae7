-- SPDX-License-Identifier: MIT
-- A clock that nobody waits for: time stands still while somebody works and jumps to the next timer
-- when all wait. Chance comes from a seed, so a course can be had again exactly.
--
--   local world = virtual.new { seed = 7 }
--   world:run(function() … task.sleep(3600) … end)      -- at once
--
-- Only timers and what is built on them (`after`, `operation`) bring news: no file, process or
-- connection of the machine may be waited for.

local clock = require "vision.base.clock"

local virtual = {}

local World = {}
World.__index = World

-- ---- the timers: a heap by time, then by age ----

local function before(a, b)
  return a.due < b.due or (a.due == b.due and a.number < b.number)
end

local function push(heap, timer)
  local i = #heap + 1
  heap[i] = timer
  while i > 1 do
    local parent = (i - i % 2) / 2
    if not before(heap[i], heap[parent]) then return end
    heap[i], heap[parent] = heap[parent], heap[i]
    i = parent
  end
end

local function pop(heap)
  local first, last = heap[1], table.remove(heap)
  if first == last then return first end
  heap[1] = last
  local i = 1
  while true do
    local least = i
    for child = 2 * i, 2 * i + 1 do
      if heap[child] and before(heap[child], heap[least]) then least = child end
    end
    if least == i then return first end
    heap[i], heap[least] = heap[least], heap[i]
    i = least
  end
end

local Timer = {}
Timer.__index = Timer

function Timer:id() return self end

function Timer:close()
  if not self.closed then
    self.closed = true
    if not self.fired then self.world.pending = self.world.pending - 1 end
  end
end

Timer.cancel = Timer.close

-- ---- the loop, as vision.core.Loop ----

local Loop = {}
Loop.__index = Loop

function Loop:timer(seconds)
  local world = self.world
  assert(seconds >= 0 and seconds <= 366 * 86400, "a timer of " .. tostring(seconds) .. " s")
  world.made = world.made + 1
  world.pending = world.pending + 1
  local timer = setmetatable({ world = world, due = world.now + seconds, number = world.made },
    Timer)
  push(world.timers, timer)
  return timer
end

-- A signal that never comes.
function Loop:signal()
  return setmetatable({ world = self.world, fired = true }, Timer)
end

function Loop:next()
  local world = self.world
  local timer = world.news[world.first]
  if not timer then
    world.first, world.last = 1, 0
    return nil
  end
  world.news[world.first] = nil
  world.first = world.first + 1
  return timer
end

local function fire_due(world)
  while world.timers[1] and world.timers[1].due <= world.now do
    local timer = pop(world.timers)
    if not timer.closed then
      timer.fired = true
      world.pending = world.pending - 1
      if timer.callback then timer.callback() else world:tell(timer) end
    end
  end
end

-- What simulated devices are made of: an operation of the core has an identity and news.

--- An operation that somebody may wait for.
---@return table operation with `id`
function World.operation(fields)
  function fields.id(self) return self end
  return fields
end

--- The operation has news.
function World:tell(operation)
  self.last = self.last + 1
  self.news[self.last] = operation
end

--- Calls a function later, inside the loop: it must not wait.
---@return table timer with `close`
function World:after(seconds, callback)
  local timer = self.loop:timer(seconds)
  timer.callback = callback
  return timer
end

local function next_due(world)
  while world.timers[1] and world.timers[1].closed do pop(world.timers) end
  return world.timers[1] and world.timers[1].due
end

function Loop:wait(seconds)
  local world = self.world
  local limit = seconds and world.now + seconds
  while true do
    fire_due(world)
    if world.last >= world.first then return true end
    local due = next_due(world)
    if not due then return false end
    if limit and due > limit then
      world.now = limit
      return false
    end
    world.now = math.max(world.now, due)
  end
end

function Loop:step()
  fire_due(self.world)
end

-- ---- chance ----

-- The generator of Park and Miller (CACM 31, 1988): 48271 x mod 2^31-1, exact in a double.
local function generator(seed)
  -- Seeds in a row must not begin alike: they are spread over the range (Knuth's factor).
  local state = (seed % 2000000) * 2654435761 % 2147483646 + 1
  return function()
    state = state * 48271 % 2147483647
    return (state - 1) / 2147483646
  end
end

---@class vision.VirtualWorld
---@field now number      seconds of its `mono`
---@field offset number   what `wall` is ahead of `mono`; a test sets it to let the date step
---@field pending integer timers that neither fired nor were closed
---@field random fun(): number

--- A world of its own time.
---@param options? { seed: integer?, now: number?, wall: number? }
---@return vision.VirtualWorld
function virtual.new(options)
  options = options or {}
  local now = options.now or 1000
  local world = setmetatable({
    now = now, offset = (options.wall or 1.7e9) - now, pending = 0, made = 0,
    timers = {}, news = {}, first = 1, last = 0, random = generator(options.seed or 1),
  }, World)
  world.loop = setmetatable({ world = world }, Loop)
  return world
end

--- Puts the world in the place of the machine's clock, until `uninstall`.
function World:install()
  clock.install {
    mono = function() return self.now end,
    wall = function() return self.now + self.offset end,
    random = self.random,
    loop = function() return self.loop end,
  }
end

function World.uninstall()
  clock.install()
end

--- Lets time pass with nobody waiting.
function World:advance(seconds)
  self.now = self.now + seconds
end

--- Runs a function as a task in this world, up to its end.
---@return any ... what it returned; an error that it threw is thrown on
function World:run(body, ...)
  local task = require "vision.base.task"
  self:install()
  local results = (function(...) return { n = select("#", ...), ... } end)(
    pcall(function(...) return task.spawn(body, ...):join() end, ...))
  self.uninstall()
  if not results[1] then error(results[2], 0) end
  local err = results[3]
  if results[2] == nil and type(err) == "table" and err.reason == "internal" then
    error(err.message, 0)
  end
  return (table.unpack or unpack)(results, 2, results.n)
end

--- A test in a world of its own.
---@param body fun()
---@return fun()
function virtual.test(body)
  return function() virtual.new():run(body) end
end

--- The same, and no timer may be left at its end.
---@param body fun()
---@return fun()
function virtual.timed(body)
  return function()
    local world = virtual.new()
    world:run(body)
    require("luassert").equal(0, world.pending)
  end
end

return virtual
