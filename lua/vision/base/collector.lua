-- SPDX-License-Identifier: MIT
-- Lua's collector, for programs that are the project's own; a library's host decides for itself.

local collector = {}

--- Lets the collector of Lua 5.4 go in steps that are small beside a turn of the loop. As it is set
--- at first it frees a cycle's garbage in a few steps, each of which holds the loop up for over a
--- millisecond. The price is a heap of about three times what is in use, instead of two. LuaJIT's
--- goes in small steps from the first.
function collector.go_gently()
  if _VERSION == "Lua 5.4" then collectgarbage("incremental", 200, 1, 10) end
end

--- Where much is in use at once memory counts for more than processor time: a third of it may then
--- be garbage. The steps stay small.
---@param wanted boolean false: as `go_gently` has it
function collector.save_memory(wanted)
  if not wanted then
    collectgarbage("setpause", 200)
    collector.go_gently()
  elseif _VERSION == "Lua 5.4" then
    collectgarbage("incremental", 130, 12, 10)
  else
    collectgarbage("setpause", 130)
  end
end

return collector
