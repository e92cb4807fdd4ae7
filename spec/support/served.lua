-- SPDX-License-Identifier: MIT
-- `vision serve` in a process of its own, on a free port.

local command = require "spec.support.command"
local output = require "spec.support.output"

---@class spec.Served : spec.Running
---@field port string
local Served = {}
Served.__index = Served

local served = {}

--- Starts one; waits until it serves.
---@param place string a folder: its configuration is vision.lua there, and its keys keys.json
---@param more? string[] of its command line
---@param environment? table<string, string>
---@return spec.Served
function served.start(place, more, environment)
  local arguments = { "serve", "--port", "0", "--config", place .. "/vision.lua",
    "--keys", place .. "/keys.json" }
  for _, argument in ipairs(more or {}) do arguments[#arguments + 1] = argument end
  local self = setmetatable(command.start(arguments, { environment = environment }), Served)
  local ok, port = pcall(output.await, self.err, "serves at http://[%d.]+:(%d+)")
  if not ok then
    self:finish()
    error(port, 2)
  end
  self.port = port
  return self
end

--- Tells it to end; once, for a second signal would end it at once.
function Served:stop()
  if not self.is_told then os.execute(("kill -TERM %d"):format(self.pid)) end
  self.is_told = true
end

--- Ends it; waits.
---@return integer status
---@return string err what it said
function Served:finish()
  self:stop()
  local status, _, err = command.finish(self)
  return status, err
end

return served
