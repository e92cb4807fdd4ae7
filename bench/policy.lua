-- SPDX-License-Identifier: MIT
-- What a decision of a script costs, and how soon one that misbehaves is stopped:
--
--   routing a job          a job table in, a name out: at most 5 us of CPU
--   the other kinds        with the input that scripts are tried with, for comparison
--   plain pcall            the same function in our own state: what the sandbox adds
--   a state                its making; its memory
--   a hostile script       the worst of some that never end
--
-- Run in the project's folder after ./vision has built it: `lua5.4 bench/policy.lua [--check]`.
-- With --check it ends with 1 where a limit is passed. VISION_BUILD names another build.

package.path = "./?.lua;lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local core = require "vision.core"
local cost = require "bench.cost"
local find = require "vision.policy.find"
local generation = require "vision.policy.generation"
local kinds = require "vision.policy.kinds"

local CALLS = 20000
local MIB = 1024 * 1024

-- Microseconds a call.
local function cost_us(body) return cost.us(CALLS, body) end

local scripts = generation.new(1)

local function decision(kind)
  local input = kinds[kind].sample
  return cost_us(function() scripts:decide(kind, nil, input) end)
end

local function plain_call()
  local text = assert(find.read(find.shipped_folder() .. "/routing/default.lua"))
  local route = assert((loadstring or load)(text))().route -- luacheck: ignore
  local job, options = kinds.routing.sample.job, { thick = 8, provider = "" }
  return cost_us(function() pcall(route, job, options) end)
end

local function hostile_ms(body)
  local box = assert(core.sandbox(16 * MIB))
  assert(box:load("return { f = function() " .. body .. " end }", "=", 1e6))
  local start = os.clock()
  assert(box:call("f", kinds.routing.instructions) == nil and not box:usable())
  return (os.clock() - start) * 1e3
end

local HOSTILE = {
  ["a loop"] = "while true do end",
  ["a pattern"] = "return ('a'):rep(3000):find(('a*'):rep(6) .. 'b')",
  ["a text that grows"] = "local s = 'x' while true do s = s .. s end",
  ["insertion in front"] = "local t = {} while true do table.insert(t, 1, 1) end",
  ["numbers of long texts"] = "local s = ('9'):rep(60000) while true do local x = s + 1 end",
}

cost.report("routing a job", decision "routing", "us", 5)
for _, kind in ipairs { "retry", "alerts", "selection", "failover" } do
  cost.report(kind, decision(kind), "us")
end
cost.report("plain pcall", plain_call(), "us")
cost.report("a state", cost_us(function() core.sandbox(16 * MIB):close() end), "us", 100)
cost.report("its memory", assert(core.sandbox(16 * MIB)):memory() / 1024, "KiB", 64)
for what, body in pairs(HOSTILE) do
  cost.report("stopped: " .. what, hostile_ms(body), "ms", 1000)
end
os.exit(not (cost.failed and arg[1] == "--check"))
