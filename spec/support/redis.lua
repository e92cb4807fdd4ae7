-- SPDX-License-Identifier: MIT
-- Starts a real Redis server on a free port of the loopback, in a folder of its own. It ends with
-- this process at the latest.

local clock = require "vision.base.clock"
local database = require "vision.database.redis"
local task = require "vision.base.task"

local redis = {}
redis.__index = redis

-- A port that was free a moment ago; should another take it, Redis fails to start and says so.
local function free_port()
  local pipe = io.popen("LD_PRELOAD= python3 -c 'import socket; s = socket.socket(); "
    .. "s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])'")
  local port = pipe:read "*n"
  pipe:close()
  return port
end

-- The shell waits for the end of its input, which comes with the end of this process at the latest,
-- and then ends the server; when it has ended itself, its port is free again.
local function launch(self)
  self.pipe = assert(io.popen(("exec 2>&-; LD_PRELOAD= redis-server --bind 127.0.0.1 --port %d "
    .. "--dir %s --save '' --appendfsync always %s >>%s/log 2>&1 & echo $! >%s/pid; cat; "
    .. "kill -KILL $!; wait $!"):format(self.port, self.folder, self.arguments, self.folder,
    self.folder), "w"))
end

-- The handle tries until it answers, or for 10 seconds; one that reads what it had stored says so.
local function wait_until_up(self)
  local deadline, handle, err = clock.mono() + 10
  repeat
    handle, err = database.open(self.url, { timeout_seconds = 10 })
    local is_loading = not handle and err.word == "LOADING" and task.sleep(0.02)
  until not is_loading or clock.mono() > deadline
  if not handle then
    local log = self:log()
    self:stop()
    error(("redis-server did not start: %s\n%s"):format(tostring(err), log))
  end
  handle:close()
  local file = assert(io.open(self.folder .. "/pid"))
  self.pid = file:read "*n"
  file:close()
end

--- Starts one; `url` is its address.
---@param options? { arguments: string?, credentials: string? } arguments of redis-server; what
---  stands before the @ in its address
function redis.start(options)
  options = options or {}
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir -m 700 " .. folder))
  local self = setmetatable({ folder = folder, port = free_port(),
    arguments = options.arguments or "" }, redis)
  self.url = ("redis://%s127.0.0.1:%d"):format(
    options.credentials and options.credentials .. "@" or "", self.port)
  self:restart()
  return self
end

--- Starts it again on its port, with what it had stored (`--appendonly yes`), or empty.
function redis:restart()
  launch(self)
  wait_until_up(self)
end

local function signal(self, name)
  os.execute(("kill -%s %d 2>/dev/null"):format(name, self.pid))
end

--- Ends it at once, as a crash does.
function redis:kill()
  if not self.pipe then return end
  if self.pid then signal(self, "KILL") end
  self.pipe:close()
  self.pipe = nil
end

--- Holds it: connections stay, no answer comes.
function redis:freeze() signal(self, "STOP") end

function redis:thaw() signal(self, "CONT") end

--- A handle on it.
---@param options? table of vision.database.redis
function redis:handle(options)
  return assert(database.open(self.url, options))
end

function redis:log()
  local file = io.open(self.folder .. "/log")
  local text = file and file:read "*a" or "it wrote no log"
  if file then file:close() end
  return text
end

--- Ends it and removes its folder. Any number of times.
function redis:stop()
  self:kill()
  os.execute("rm -rf " .. self.folder)
end

return redis
