-- SPDX-License-Identifier: MIT
-- vision serve with several workers, in processes of their own.

local assert = require "luassert"
local command = require "spec.support.command"
local folder = require "spec.support.folder"
local http = require "vision.base.http"
local json = require "vision.base.json"
local output = require "spec.support.output"
local processes = require "spec.support.processes"
local task = require "vision.base.task"

local workers = {}

local CLOSE = "Connection: close"

--- Waits until a function gives something.
function workers.until_true(what, is_so)
  for _ = 1, 1000 do
    local value = is_so()
    if value then return value end
    task.sleep(0.01)
  end
  error("never came: " .. what, 2)
end

function workers.kill(pid, signal)
  assert(os.execute(("kill -%s %d"):format(signal, pid)))
end

--- Its letter in /proc; nil: it is gone.
function workers.state_of(pid)
  return output.of(("/proc/%d/stat"):format(pid)):match "%) (%a)"
end

-- The one that is asked, its processes, and how to ask it.
local Service = {}
Service.__index = Service

function Service:workers()
  local list = {}
  local children = output.of(("/proc/%d/task/%d/children"):format(self.pid, self.pid))
  for pid in children:gmatch "%d+" do list[#list + 1] = tonumber(pid) end
  return list
end

function Service:call(method, target, body, headers)
  headers = headers or { CLOSE, body and "Content-Type: image/png" or nil }
  local answer, err = http.request { url = "http://127.0.0.1:" .. self.port .. target,
    method = method, headers = headers, body = body }
  if answer then answer.json = answer.body:sub(1, 1) == "{" and json.decode(answer.body) end
  return answer, err
end

-- How many requests of a route all workers together have answered.
function Service:counted(route)
  local text = assert(self:call("GET", "/metrics")).body
  local sum = 0
  for line in text:gmatch "[^\n]+" do
    local count = line:match('^vision_http_requests_total{.*http_route="' .. route .. '".* (%d+)$')
    sum = sum + (count or 0)
  end
  return sum
end

--- Starts a service of so many workers.
---@param place string  a folder; its configuration is vision.lua there
---@param count integer
---@param more? string[]  of its command line
function workers.start(place, count, more)
  local arguments = { "serve", "--workers", tostring(count), "--port", "0", "--config",
    place .. "/vision.lua", "--keys", place .. "/keys.json" }
  for _, argument in ipairs(more or {}) do arguments[#arguments + 1] = argument end
  local running = command.start(arguments, { environment = { TMPDIR = place } })
  return setmetatable({ running = running, log = running.err, place = place, count = count },
    Service)
end

--- Waits until all of them serve.
function Service:until_ready()
  self.port = output.await(self.log, "serves at http://127%.0%.0%.1:(%d+) with " .. self.count)
  self.pid = processes.child_of(self.running.pid) or self.running.pid
  workers.until_true("all workers", function() return #self:workers() == self.count end)
end

--- Once: a second signal would end it at once.
function Service:stop()
  if not self.is_told then workers.kill(self.pid or self.running.pid, "TERM") end
  self.is_told = true
end

--- Ends it; waits.
---@return integer status
---@return string err
function Service:finish()
  self:stop()
  local status, _, err = command.finish(self.running)
  return status, err
end

--- Runs a function with a service of so many workers; it must end by itself after SIGTERM.
function workers.with(count, config, body, more)
  folder.with(function(place)
    folder.write(place .. "/vision.lua", config)
    local service = workers.start(place, count, more)
    local ok, message = pcall(function()
      service:until_ready()
      body(service)
    end)
    local status, err = service:finish()
    if not ok then error(tostring(message) .. "\n" .. err, 0) end
    assert.equal(0, status, err)
    assert.is_nil(io.popen("ls " .. place):read "*a":find "vision%-workers", "its folder is left")
  end)
end

workers.Service = Service

return workers
