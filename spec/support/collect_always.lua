-- SPDX-License-Identifier: MIT
-- A helper for busted: the collector runs a whole cycle again and again, wherever the program
-- happens to be. What C holds without an anchor in Lua, or frees in the wrong order, shows here.

local INSTRUCTIONS_BETWEEN = 200000

local function collect() collectgarbage() end

collectgarbage("setpause", 100)
collectgarbage("setstepmul", 400)

-- LuaJIT calls no hook from compiled code.
if jit then jit.off() end

debug.sethook(collect, "", INSTRUCTIONS_BETWEEN)

-- Lua 5.4 keeps a hook for each coroutine.
local create = coroutine.create
function coroutine.create(body) -- luacheck: ignore
  local thread = create(body)
  debug.sethook(thread, collect, "", INSTRUCTIONS_BETWEEN)
  return thread
end
