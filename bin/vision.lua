#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- The command. Finds its modules, answers --version with next to nothing loaded, and leaves the
-- rest to lua/vision/cli.

-- In a checkout the modules lie beside this folder; installed, Lua's own paths have them.
local function use_checkout()
  local root = (arg[0]:match "^(.*)/[^/]*$" or ".") .. "/.."
  local file = io.open(root .. "/lua/vision/version.lua")
  if not file then return end
  file:close()
  local build = root .. (rawget(_G, "jit") and "/build/5.1" or "/build/5.4")
  package.path = root .. "/lua/?.lua;" .. root .. "/lua/?/init.lua;" .. package.path
  -- A build named by LUA_CPATH (a developer's own) goes before the one of ./vision.
  package.cpath = package.cpath .. ";" .. build .. "/lib/?.so"
end

use_checkout()

if arg[1] == "--version" and not arg[2] then
  print("vision " .. require "vision.version")
  return
end

require("vision.base.collector").go_gently()
os.exit(require("vision.cli").main(arg), true)
