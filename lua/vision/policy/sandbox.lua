-- SPDX-License-Identifier: MIT
-- A script in a Lua state of its own (csrc/lua/sandbox.c): it sees pure functions on values, and
-- what it may hold and do is limited. What is wrong with it is one line: file, line, reason.

local errors = require "vision.base.error"
local task = require "vision.base.task"

-- The most that reading a script may execute: far more than a table of models takes.
local LOAD_STEPS = 10 * 1000 * 1000
-- The name of a chunk in messages: empty, so that they begin with ":LINE: ".
local CHUNK_NAME = "="

---@class vision.policy.Box
---@field path string
---@field value table                       what the script returned, but for its functions
---@field functions table<string, integer>  name of each function it returned -> its line
---@field package text string
---@field package memory integer
---@field package state vision.core.Sandbox
local Box = {}
Box.__index = Box

local sandbox = {}

local core -- loaded with the first script

-- Whole errors begin with ":LINE: "; one without a line gets that of the function that was called.
local function refuse(self, message, line)
  if not message:find "^:%d+: " then
    message = (line and (":%d: "):format(line) or ": ") .. message
  end
  return nil, errors.new("script", self.path .. message)
end

-- Makes the state and runs the script in it.
local function start(self)
  core = core or require "vision.core"
  local state, err = core.sandbox(self.memory)
  if not state then return nil, errors.from(err) end
  local value, functions = state:load(self.text, CHUNK_NAME, LOAD_STEPS)
  if not value then
    state:close()
    return refuse(self, functions.message)
  end
  self.state, self.value, self.functions = state, value, functions
  return true
end

--- Runs a script.
---@param path string     for messages
---@param text string
---@param memory integer  bytes that it may hold, 128 KiB .. 256 MiB
---@return vision.policy.Box|nil
---@return vision.error? err reason "script"
function sandbox.open(path, text, memory)
  local box = setmetatable({ path = path, text = text, memory = memory }, Box)
  local ok, err = start(box)
  if not ok then return nil, err end
  return box
end

--- What a script returns that is data alone; its state is given up at once.
---@param path string     for messages
---@param text string
---@param memory integer  bytes
---@return table|nil value
---@return vision.error? err reason "script"
function sandbox.data(path, text, memory)
  local box, err = sandbox.open(path, text, memory)
  if not box then return nil, err end
  box.state:close()
  local name = next(box.functions)
  if not name then return box.value end
  return refuse(box, ("'%s' is a function, but this script is data"):format(name),
    box.functions[name])
end

-- What a call gave, its error with the file it is in.
local function told(self, name, result, err)
  if result ~= nil or not err then return result end
  if err.reason ~= "script" then return nil, errors.from(err) end
  return refuse(self, err.message, self.functions[name])
end

--- Calls a function of the script with plain values. A script that was stopped at a limit begins
--- anew with the next call.
---@param name string    one of `functions`
---@param steps integer  about as many instructions
---@param ... any        booleans, numbers, texts, tables of them
---@return any|nil result
---@return vision.error? err reasons: script; input (an argument that is no plain value: "#2.x …")
function Box:call(name, steps, ...)
  if not self.state:usable() then
    local ok, err = start(self)
    if not ok then return nil, err end
  end
  return told(self, name, self.state:call(name, steps, ...))
end

--- The same on the thread pool, in a state that is given up afterwards: for a script that may go
--- over much. Waits.
---@param name string    one of `functions`
---@param steps integer  about as many instructions
---@param ... any        as of `call`
---@return any|nil result
---@return vision.error? err as of `call`; cancelled or timeout when the task was stopped
function Box:call_apart(name, steps, ...)
  local apart, err = sandbox.open(self.path, self.text, self.memory)
  if not apart then return nil, err end
  local run, failed = apart.state:start(name, steps, ...)
  if not run then return told(self, name, nil, failed) end
  local ok, stopped = task.wait(run)
  local result
  if ok then result, err = told(self, name, run:result()) end
  run:close()
  return result, err or stopped
end

--- Where a function stands, for messages.
---@param name string
---@return string "path:line"
function Box:place(name)
  return ("%s:%d"):format(self.path, self.functions[name])
end

return sandbox
