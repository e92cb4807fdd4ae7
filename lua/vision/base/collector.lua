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

return collector
