-- SPDX-License-Identifier: MIT
-- What the system knows of other processes.

local command = require "spec.support.command"

local processes = {}

local TICKS = 100 -- a second; Linux's for /proc, whatever the kernel's own are

--- Seconds of processor time that a process has used; 0: it is gone.
---@param pid integer|string
---@return number
function processes.used_by(pid)
  local file = io.open(("/proc/%s/stat"):format(pid))
  local said = file and file:read "*a" or ""
  if file then file:close() end
  local user, system = said:match("%) " .. ("%S+ "):rep(11) .. "(%d+) (%d+)")
  return ((user or 0) + (system or 0)) / TICKS
end

--- Whether a reader is well into its work: one that only starts would, killed, count as missing.
---@param pid integer|string
---@return boolean
function processes.is_reading(pid)
  return processes.used_by(pid) > 0.2
end

--- The process that one has started, once it is there.
---@param pid integer|string
---@return integer?
function processes.child_of(pid)
  local file = io.open(("/proc/%s/task/%s/children"):format(pid, pid))
  local child = file and file:read "*n"
  if file then file:close() end
  return child
end

--- The name of a process that has printed it and ended.
---@return string # as of core.process_name
function processes.ended()
  return command.script 'io.write(require("vision.core").process_name())'
end

return processes
