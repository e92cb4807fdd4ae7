-- SPDX-License-Identifier: MIT
-- Puts what --help prints into the pages of docs/commands/: run `lua5.4 docs/update.lua` in the
-- project's folder after a command has changed. What a page says around it stays.

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
local cli = require "vision.cli"

local FENCE = "```"

local function read(path)
  local file = io.open(path)
  local text = file and file:read "*a"
  if file then file:close() end
  return text
end

local function update(name, help)
  local path = "docs/commands/" .. name:gsub(" ", "-") .. ".md"
  local block = FENCE .. "text\n" .. help .. "\n" .. FENCE
  local page = read(path) or ("# vision %s\n\n%s\n"):format(name, block)
  local before, after = page:match("^(.-)" .. FENCE .. "text\n.-" .. FENCE .. "(.*)$")
  assert(before, path .. ": there is no block that begins with " .. FENCE .. "text")
  local file = assert(io.open(path, "w"))
  file:write(before, block, after)
  file:close()
end

local _, _, parsers = cli.parser()
for name, parser in pairs(parsers) do
  update(name, parser:get_help())
end
