-- SPDX-License-Identifier: MIT
-- How long the command and the library take to be there, beyond a bare `lua5.4 -e ''`:
--
--   vision --version     at most 8 ms more
--   require "vision"     at most 15 ms more, also with the core and a provider, which it leaves
--                        to their first use
--
-- Run in the project's folder after ./vision has built it: `lua5.4 bench/startup.lua [ROUNDS]`.
-- All are run in turn, so that what else the machine does meets all of them; the figure is
-- the difference of the medians. Ends with 1 where a limit is passed.

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local now = require("vision.core").mono

local ROUNDS = tonumber(arg[1]) or 100

-- LUA_INIT is cleared and the shell replaced, so that only Lua itself is timed.
local PATHS = ("LUA_INIT= LUA_PATH='%s' LUA_CPATH='%s' exec "):format(package.path, package.cpath)
local CASES = {
  { name = "lua5.4 -e ''", command = "lua5.4 -e ''" },
  { name = "vision --version", command = "lua5.4 bin/vision.lua --version", limit_ms = 8 },
  { name = "require \"vision\"", command = "lua5.4 -e 'require \"vision\"'", limit_ms = 15 },
  {
    name = "... and a provider",
    command = [[lua5.4 -e 'assert(require "vision".create_vision_provider "stub")']],
    limit_ms = 15,
  },
}

local function milliseconds(command)
  local start = now()
  local ok = os.execute(PATHS .. command .. " >/dev/null")
  assert(ok == true or ok == 0, command)
  return (now() - start) * 1000
end

local function median(times)
  table.sort(times)
  return times[math.floor(#times / 2) + 1]
end

local times = {}
for round = 1, ROUNDS do
  for i, case in ipairs(CASES) do
    times[i] = times[i] or {}
    times[i][round] = milliseconds(case.command)
  end
end

local base, failed = median(times[1]), false
print(("%-20s %8.2f ms"):format(CASES[1].name, base))
for i = 2, #CASES do
  local more = median(times[i]) - base
  local good = more <= CASES[i].limit_ms
  failed = failed or not good
  print(("%-20s %+8.2f ms   limit %+d ms   %s"):format(CASES[i].name, more, CASES[i].limit_ms,
    good and "ok" or "TOO SLOW"))
end
os.exit(failed and 1 or 0)
