-- SPDX-License-Identifier: MIT
-- Runs the loop in an nginx worker, and never blocks it. One light thread of nginx, in a timer of
-- its own, steps the loop and sleeps until there is more to do: the loop's descriptor woke it (a
-- thread of the core's writes into a unix socket), a wait of the loop's is over, or a request
-- brought work. Where there can be no socket, it looks every millisecond while work is under way.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local log = require "vision.base.log"
local semaphore = require "ngx.semaphore"
local task = require "vision.base.task"

local driver = {}

local BUDGET_US = 1000 -- of a step, before nginx serves others
local LONG = 86400 -- seconds: a wait that something else ends
local LOOK, LOOK_IDLE = 0.001, 0.05 -- seconds between two looks where nothing wakes it

local unpack = unpack or table.unpack

---@class vision.host.openresty.Job a function that runs as a task, for one request
---@field package body fun(): ...
---@field package task vision.Task?
---@field package results table?
---@field package is_cancelled boolean?
---@field package done table  semaphore

local bell = semaphore.new(0) -- rung for the light thread
local jobs, lines = {}, {} -- to be started; to be logged
local running = {} -- the jobs that were started
local busy = 0 -- all that have not ended
local is_running, watches_exit = false, false
local give_up_at -- mono seconds, once the worker is to exit

driver.grace = 30 -- seconds that jobs may go on when the worker is to exit
driver.socket_folder = nil -- where its socket may lie

-- ---- being woken ----

local function ring()
  if bell:count() < 1 then bell:post(1) end
end

local function socket_path()
  return ("%s/vision-%d-%06x.sock"):format(driver.socket_folder or os.getenv "TMPDIR" or "/tmp",
    ngx.worker.pid(), math.floor(clock.random() * 0xffffff))
end

-- Hands on each byte as a ring. nginx closes the connection, too, when it gives a worker up that
-- takes too long to exit.
local function listen(woken)
  while true do
    local byte, err = woken.socket:receive(1)
    if not byte and err ~= "timeout" then
      woken.is_closed = true
      return ring()
    end
    ring()
  end
end

local function open_waker()
  local path = socket_path()
  local waker, err = core.waker(path)
  if not waker then return nil, err.message end
  local socket = ngx.socket.tcp()
  socket:settimeouts(1000, 1000, LONG * 1000)
  local ok, failed = socket:connect("unix:" .. path)
  if ok then ok, failed = waker:accept() end
  if not ok then
    waker:close()
    return nil, type(failed) == "table" and failed.message or failed
  end
  local woken = { waker = waker, socket = socket }
  woken.thread = ngx.thread.spawn(listen, woken)
  return woken
end

local function close_waker(woken)
  if not woken then return end
  if not woken.is_closed then
    ngx.thread.kill(woken.thread)
    woken.socket:close()
  end
  woken.waker:close()
end

-- ---- the light thread ----

local LEVELS = { error = ngx.ERR, warn = ngx.WARN, info = ngx.INFO, debug = ngx.DEBUG }

-- nginx asks the request that a coroutine belongs to for its log, and a task outlives those.
local function write_lines()
  if not lines[1] then return end
  local all = lines
  lines = {}
  for _, line in ipairs(all) do ngx.log(LEVELS[line[1]], "vision: ", line[2]) end
end

local function sink(level, message)
  lines[#lines + 1] = { level, message }
  if not task.current() then write_lines() end
end

local function finish(job, ...)
  job.results = { n = select("#", ...), ... }
  running[job], busy = nil, busy - 1
  job.done:post(1)
end

local function start_jobs()
  local all = jobs
  jobs = {}
  for _, job in ipairs(all) do
    running[job], job.task = true, task.spawn(job.body)
    if job.is_cancelled then job.task:cancel() end
    task.spawn(function() finish(job, job.task:join()) end)
  end
end

-- Who waits for a job that is given up gets its error, and can still say so.
local function give_up_late()
  if not ngx.worker.exiting() then return end
  give_up_at = give_up_at or clock.mono() + driver.grace
  if clock.mono() < give_up_at then return end
  local late = errors.new("cancelled", "the server is shut down")
  for job in pairs(running) do job.task:cancel(late) end
end

-- What tasks began to wait for in the step is known to the kernel after the turn behind it.
local function turn()
  local loop = assert(clock.loop())
  start_jobs()
  give_up_late()
  task.step(BUDGET_US)
  loop:step(0)
  write_lines()
  return loop:due()
end

-- Until something is to be done. What is due at once waits, too: for nginx to serve others.
local function rest(woken, due)
  local longest = give_up_at and give_up_at - clock.mono() or LONG
  if woken and not woken.is_closed then
    woken.waker:arm()
  else
    longest = busy > 0 and LOOK or LOOK_IDLE
  end
  bell:wait(math.max(LOOK, math.min(due or LONG, longest)))
end

local function run()
  local woken, err = open_waker()
  if not woken then log.warn("polls every millisecond, since it cannot be woken: %s", err) end
  repeat
    local ok, due = pcall(turn)
    if not ok then log.error("a step of the loop failed: %s", tostring(due)) end
    rest(woken, ok and due or LOOK)
  until ngx.worker.exiting() and busy == 0
  close_waker(woken)
  is_running = false
end

-- A worker that is to exit waits for the timers of its light threads: this one must hear of it.
local function watch_exit()
  if watches_exit or ngx.worker.exiting() then return end
  watches_exit = ngx.timer.every(LONG, function(is_exiting)
    if is_exiting then ring() end
  end)
end

local function wake()
  if is_running then return ring() end
  log.set_sink(sink)
  watch_exit()
  local err
  is_running, err = ngx.timer.at(0, run)
  if not is_running then error("nginx gives no timer: " .. tostring(err)) end
end

-- ---- what requests ask ----

--- Starts a function as a task of the worker's loop.
---@param body fun(): ...
---@return vision.host.openresty.Job
function driver.start(body)
  local job = { body = body, done = semaphore.new(0) }
  wake()
  jobs[#jobs + 1] = job
  busy = busy + 1
  return job
end

--- Waits for its end, as nginx waits: the worker serves others meanwhile.
---@param job vision.host.openresty.Job
---@return any ... what its function returned; `nil, err` ("internal") where it threw
function driver.wait(job)
  while not job.results do job.done:wait(LONG) end
  return unpack(job.results, 1, job.results.n)
end

--- Stops it: its waits return an error from now on.
---@param job vision.host.openresty.Job
function driver.cancel(job)
  job.is_cancelled = true
  if job.task then job.task:cancel() end
  wake()
end

--- Runs a function when nothing else runs in the worker any more: blocks it.
---@param seconds number at most
---@param body fun(): ...
function driver.last(seconds, body)
  local late = errors.new("timeout", ("did not end within %g s"):format(seconds))
  local ok, err = task.spawn(function() return task.limit(seconds, late, body) end):join()
  write_lines()
  return ok, err
end

return driver
