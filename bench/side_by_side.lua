-- SPDX-License-Identifier: MIT
-- Measures a database of ours beside a bare client that sends the same: rounds in turn, the best of
-- each. For bench/postgres.lua and bench/redis.lua.

local clock = require "vision.base.clock"
local samples = require "spec.support.record_samples"
local task = require "vision.base.task"

local side_by_side = {}

local ROUNDS, TASKS, SHARE = 5, 64, 0.6

--- Calls `body(1)` to `body(count)`, 64 at a time.
---@param count integer
---@param body fun(i: integer): any, any  nil and why it failed
---@return number seconds
function side_by_side.seconds(count, body)
  local tasks, began = {}, clock.mono()
  for t = 1, TASKS do
    tasks[t] = function()
      for i = t, count, TASKS do assert(body(i)) end
    end
  end
  for _, result in ipairs(task.gather(tasks)) do assert(not result[2], tostring(result[2])) end
  return clock.mono() - began
end

--- What the peer's program prints: the seconds it took.
---@param command string
---@return number
function side_by_side.peer_seconds(command)
  local pipe = assert(io.popen(command))
  local seconds = pipe:read "*n"
  assert(pipe:close() and seconds, "the peer failed")
  return seconds
end

---@class bench.Comparison
---@field name string             of what is measured
---@field peer string             of whom it is measured beside
---@field count integer           calls
---@field reset fun()             before each round of either
---@field body fun(i: integer): any, any   one call of ours
---@field bare fun(): number      all of the peer's, in seconds

--- Prints how many calls a second both make.
---@param of bench.Comparison
---@return boolean # ours makes at least 60 % of the peer's
function side_by_side.compare(of)
  local ours, bare = math.huge, math.huge
  for _ = 1, ROUNDS do
    of.reset()
    ours = math.min(ours, side_by_side.seconds(of.count, of.body))
    of.reset()
    bare = math.min(bare, of.bare())
  end
  local share = bare / ours
  print(("%-28s %7.0f /s, bare %s %7.0f /s: %3.0f %%   limit %.0f %%%s"):format(of.name,
    of.count / ours, of.peer, of.count / bare, share * 100, SHARE * 100,
    share < SHARE and "  MISSED" or ""))
  return share >= SHARE
end

--- The best of some rounds.
---@param rounds integer
---@param body fun()
---@return number seconds
function side_by_side.best_of(rounds, body)
  local best = math.huge
  for _ = 1, rounds do
    local began = clock.mono()
    body()
    best = math.min(best, clock.mono() - began)
  end
  return best
end

--- A record of about 1 KB.
---@param i integer
---@return vision.AnalysisRecord
function side_by_side.record(i)
  return samples.record {
    provider = "provider" .. i % 5, tags = { "tag" .. i % 20 }, processing_time_ms = 900 + i % 300,
    result = samples.reading { summary = "flange " .. i .. (" of a test part"):rep(10),
      details = { ("bore and thread "):rep(10), "sheet " .. i % 50 } },
  }
end

return side_by_side
