-- SPDX-License-Identifier: MIT
-- The one way to wait.
--
-- A task is a coroutine of this scheduler. In a task, waiting yields; outside of one, in the main
-- coroutine, waiting runs the loop until the thing waited for is there. In any other coroutine
-- waiting is misuse and throws: nobody would know whom to resume.
--
-- Operations of the core (timer, request, job …) have an `id()`; the core queues the ids of those
-- that have news, and `dispatch` resumes who waits. News for which nobody waits are dropped, so an
-- operation that has been waited for once is asked for its state before it is waited for again.
--
-- A cancelled task is not killed: every wait of it returns `nil, err` from then on, so it leaves
-- through its own error path and cleans up behind itself.

local clock = require "vision.base.clock"
local errors = require "vision.base.error"

local task = {}

---@class vision.Task
---@field package thread thread      also of tasks before and after it
---@field package body (fun(...): ...)? until it begins
---@field package arguments table?    packed, likewise; nil where there are none
---@field package waits_for number?   id of the operation it waits for
---@field package stopped vision.error? why it was cancelled
---@field package in_line number?     seconds that the turn may last in which it goes on
---@field package results table?      what its function returned, packed; set when it has ended
---@field package joiners vision.Task[]? who wait for its end
local Task = {}
Task.__index = Task

local by_thread = {} -- the registry: a task stands here from spawn to its end
local waiting = {} -- place of an operation -> the task, or the main wait, that it wakes
local ready = {} -- tasks to resume, in order: ready[ready_first .. ready_last]
local ready_first, ready_last = 1, 0
local dispatching = false
local turn_began = 0 -- mono seconds
local main_wait = {} -- stands in `waiting` for the main coroutine; its `woken` is set

local unpack = table.unpack or unpack

-- Over these nginx lays some of its own, which belong to the request that made them, and keeps the
-- ones of Lua beside them. A task belongs to the worker.
local create, resume_thread, yield = coroutine._create or coroutine.create,
  coroutine._resume or coroutine.resume, coroutine._yield or coroutine.yield

local function pack(...)
  return { n = select("#", ...), ... }
end

local function the_loop()
  local loop, err = clock.loop()
  return loop or error(errors.from(err))
end

local function make_ready(t)
  if not t.is_ready and not t.results then
    t.is_ready = true
    ready_last = ready_last + 1
    ready[ready_last] = t
  end
end

local function finish(t, ok, ...)
  if ok then
    t.results = pack(...)
  else
    t.results = pack(nil, errors.from((...)))
  end
  by_thread[t.thread] = nil
  for _, joiner in ipairs(t.joiners or {}) do
    make_ready(joiner)
  end
end

local function traced(err)
  if errors.is(err) then return err end
  return debug.traceback(tostring(err), 2)
end

-- The body runs under xpcall inside the coroutine, so that a traceback still has its stack (a yield
-- passes through it on both Luas).
local function run_body(t)
  local body, arguments = t.body, t.arguments
  t.body, t.arguments = nil, nil -- who keeps the task keeps its results only
  if arguments then
    finish(t, xpcall(body, traced, unpack(arguments, 1, arguments.n)))
  else
    finish(t, xpcall(body, traced))
  end
end

-- One coroutine after the other runs a task, and waits for the next: making one, and growing its
-- stack, costs more than most tasks do.
local idle, IDLE_MAX = {}, 64

local function work(t)
  local thread = t.thread
  repeat
    run_body(t)
    t = nil -- what waits for work keeps no task alive
    if #idle < IDLE_MAX then
      idle[#idle + 1] = thread
      t = yield()
    end
  until not t
end

local function resume(t)
  t.is_ready = false
  if t.results then return end
  local ok, message = resume_thread(t.thread, t)
  if not ok then error(message, 0) end -- only a fault of the scheduler itself gets here
end

-- False where the turn is over: what is left goes on in the next one. Each turn at least one does.
local function run_ready(turn_ends)
  while ready_first <= ready_last do
    local t = ready[ready_first]
    ready[ready_first] = nil
    ready_first = ready_first + 1
    resume(t)
    if turn_ends and clock.turn() >= turn_ends then return false end
  end
  ready_first, ready_last = 1, 0
  return true
end

-- The core's ids grow; of its slots (csrc/core/loop.h), which are used again, few are ever in use.
-- By ids, a table of as many as fit would be made anew at each wait.
local SLOTS = 0x100000

local function place_of(id)
  return type(id) == "number" and id % SLOTS or id
end

-- An operation that is gone may have left its waiter in the place.
local function wake(id)
  local place = place_of(id)
  local waiter = waiting[place]
  if not waiter or waiter.waits_for ~= id then return end
  waiting[place] = nil
  if waiter == main_wait then
    main_wait.woken = id
  else
    make_ready(waiter)
  end
end

local function run_turn(loop, turn_ends)
  local goes_on = run_ready(turn_ends)
  while goes_on do
    local id = loop:next()
    if not id then return end
    wake(id)
    goes_on = run_ready(turn_ends)
  end
end

-- Resumes all that can go on now, or as many as can before the turn ends. Callbacks of the program
-- run in here, so a main wait within is a wait inside the loop.
local function dispatch(loop, began, turn_ends)
  dispatching, turn_began = true, began or clock.turn()
  local ok, err = pcall(run_turn, loop, turn_ends)
  dispatching = false
  if not ok then error(err, 0) end
end

-- ---- who waits ----

---The task that runs now.
---@return vision.Task? # nil outside of tasks
function task.current()
  local thread = coroutine.running()
  return thread and by_thread[thread] or nil
end

---Why the task that runs now was cancelled; each of its waits says so, too.
---@return vision.error? # nil: it was not, or this is no task
function task.stopped()
  local current = task.current()
  return current and current.stopped
end

local function in_main()
  local thread, is_main = coroutine.running()
  return thread == nil or is_main == true
end

local function waiter_or_throw()
  local current = task.current()
  if current then return current end
  if not in_main() then
    error("waiting in a coroutine that is not a task: start it with vision.task.spawn", 3)
  end
  if dispatching then
    error("waiting inside a callback of the loop: start a task with vision.task.spawn", 3)
  end
  return nil
end

-- Runs the loop until is_over() holds. With nothing under way it never would: that is a mistake,
-- and `id` is no longer waited for.
local function run_until(is_over, id)
  local loop = the_loop()
  dispatch(loop)
  while not is_over() do
    if not loop:wait() then
      if id then waiting[place_of(id)] = nil end
      error("waiting for something that nothing under way can bring", 3)
    end
    dispatch(loop)
  end
end

local function wait_in_main(id, place)
  main_wait.woken, main_wait.waits_for = nil, id
  waiting[place] = main_wait
  run_until(function() return main_wait.woken == id end, id)
  return true
end

local function wait_in_task(current, id, place)
  current.waits_for = id
  waiting[place] = current
  yield()
  current.waits_for = nil
  if waiting[place] == current then waiting[place] = nil end
  if current.stopped then return nil, current.stopped end
  return true
end

---Waits until an operation of the core has news.
---@param op { id: fun(self): number }
---@return true|nil
---@return vision.error? err "cancelled" or "timeout", when the task was stopped
function task.wait(op)
  local current = waiter_or_throw()
  if current and current.stopped then return nil, current.stopped end
  local id = op:id()
  local place = place_of(id)
  local other = waiting[place]
  if other and other.waits_for == id then error("two waits for one operation", 2) end
  if current then return wait_in_task(current, id, place) end
  return wait_in_main(id, place)
end

---An operation that is no one of the core's has news: who waits for it goes on.
---@param op { id: fun(self): any }
function task.wake(op) wake(op:id()) end

---Waits for a time.
---@param seconds number >= 0
---@return true|nil
---@return vision.error? err as of `task.wait`
function task.sleep(seconds)
  local timer, err = the_loop():timer(seconds)
  if not timer then return nil, errors.from(err) end
  local ok, stopped = task.wait(timer)
  timer:close()
  return ok, stopped
end

-- ---- tasks ----

---Starts a task. It runs when somebody waits next, not at once.
---@param body fun(...): ...
---@param ... any its arguments
---@return vision.Task
function task.spawn(body, ...)
  local thread = table.remove(idle) or create(work)
  local t = setmetatable({ thread = thread, body = body, -- and what nearly all will have
    arguments = select("#", ...) > 0 and pack(...) or nil, is_ready = false, waits_for = nil,
    results = nil }, Task)
  by_thread[thread] = t
  make_ready(t)
  return t
end

-- ---- taking turns ----

-- Who waits for a turn of the loop with time left, in order: line[line_first .. line_last]. The
-- usher lets them go on, each when the one before waits for something: one timer serves them all.
local TURN, line, line_first, line_last, usher = 0.001, {}, 1, 0, nil

local function time_left(seconds)
  return clock.turn() - turn_began <= seconds
end

local function admit()
  local t = line[line_first]
  line[line_first] = nil
  line_first = line_first + 1
  if t.in_line then make_ready(t) end -- a cancelled one has gone
end

local function serve_line()
  local itself = task.current()
  repeat
    task.sleep(0)
    repeat
      admit()
      make_ready(itself)
      yield()
      local head = line[line_first]
    until not head or not time_left(head.in_line or TURN)
  until line_first > line_last
  line_first, line_last, usher = 1, 0, nil
end

---For long work in a task: once a turn of the loop has lasted a while, others go on first, and
---those who breathe in the order in which they came. Outside of tasks it does nothing.
---@param seconds? number what a turn may last (0.001)
---@return true|nil
---@return vision.error? err as of `task.wait`
function task.breathe(seconds)
  local current = task.current()
  seconds = seconds or TURN
  if not current then return true end
  if current.stopped then return nil, current.stopped end
  if not usher and time_left(seconds) then return true end
  current.in_line = seconds
  line_last = line_last + 1
  line[line_last] = current
  usher = usher or task.spawn(serve_line)
  yield()
  current.in_line = nil
  if current.stopped then return nil, current.stopped end
  return true
end

---Whether the task has ended.
---@return boolean
function Task:done()
  return self.results ~= nil
end

local function join_in_task(self, current)
  if self == current then error("a task cannot wait for itself", 3) end
  while not self.results do
    if current.stopped then return nil, current.stopped end
    self.joiners = self.joiners or {}
    table.insert(self.joiners, current)
    yield()
  end
  return true
end

---Waits for the end of the task.
---@return any ... what its function returned; `nil, err` ("internal") where it threw, or where the
---one who waits was itself cancelled
function Task:join()
  local current = not self.results and waiter_or_throw()
  if current then
    local ok, stopped = join_in_task(self, current)
    if not ok then return nil, stopped end
  elseif not self.results then
    run_until(function() return self.results ~= nil end)
  end
  return unpack(self.results, 1, self.results.n)
end

---Stops the task: each of its waits, also the one it is in, returns `nil, err` from now on.
---@param reason? vision.error what it gets to see; "cancelled" by default
function Task:cancel(reason)
  if self.results or self.stopped then return end
  self.stopped = reason or errors.new("cancelled", "cancelled")
  make_ready(self)
end

---Waits for several things at once.
---@param list (vision.Task|fun(): ...)[] functions are started as tasks
---@return table[]|nil results one packed table `{ n =, … }` each, in the order of the list
---@return vision.error? err when the one who waits was cancelled: then all of them are, too
function task.gather(list)
  local tasks, results = {}, {}
  for i, item in ipairs(list) do
    tasks[i] = type(item) == "function" and task.spawn(item) or item
  end
  for i, t in ipairs(tasks) do
    t:join()
    if not t.results then
      local stopped = task.current().stopped
      for _, other in ipairs(tasks) do other:cancel(stopped) end
      return nil, stopped
    end
    results[i] = t.results
  end
  return results
end

---Runs a function with a deadline: when it passes, its waits return the error.
---@param seconds number > 0
---@param late vision.error
---@param body fun(...): ...
---@param ... any its arguments
---@return any ... what the function returned
function task.limit(seconds, late, body, ...)
  local timer, err = the_loop():timer(seconds)
  if not timer then return nil, errors.from(err) end
  local t = task.spawn(body, ...)
  local watchdog = task.spawn(function()
    if task.wait(timer) then t:cancel(late) end
  end)
  local results = pack(t:join())
  timer:close() -- at once: it would keep the loop alive until somebody waits again
  watchdog:cancel()
  if not t.results then t:cancel(results[2]) end
  return unpack(results, 1, results.n)
end

---The same with an error of reason "timeout".
---@param seconds number > 0
---@param body fun(...): ...
---@param ... any its arguments
---@return any ... what the function returned
function task.timeout(seconds, body, ...)
  local late = errors.new("timeout", ("not finished within %g s"):format(seconds))
  return task.limit(seconds, late, body, ...)
end

---One turn for a host that owns its own loop: handles what is ready and resumes whom it concerns.
---@param budget_us? number about how long it may take, in microseconds (1000)
---@param is_strict? boolean who would begin later than that waits for the next step
function task.step(budget_us, is_strict)
  if dispatching or task.current() then error("a step inside a step", 2) end
  local loop, began = the_loop(), clock.turn()
  budget_us = budget_us or 1000
  loop:step(budget_us)
  dispatch(loop, is_strict and began, is_strict and began + budget_us / 1e6)
end

return task
