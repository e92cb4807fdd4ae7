-- SPDX-License-Identifier: MIT
-- What a call costs in processor time, beside a limit. For bench/budget.lua and bench/policy.lua.

local cost = { failed = false }

local ROUNDS = 9

--- Prints a figure; beyond its limit it sets `cost.failed`.
---@param what string
---@param value number
---@param unit string
---@param limit number? the most
function cost.report(what, value, unit, limit)
  local verdict = ""
  if limit then
    verdict = ("   limit %g"):format(limit)
    if value > limit then
      cost.failed, verdict = true, verdict .. "  MISSED"
    end
  end
  print(("%-28s %8.2f %s%s"):format(what, value, unit, verdict))
end

--- The fastest of nine rounds: what others on the machine take (caches, its clock rate) only adds.
---@param calls integer in a round
---@param body fun()
---@return number # microseconds a call
---@return number # of the median round
function cost.us(calls, body)
  local times = {}
  for round = 1, ROUNDS do
    collectgarbage()
    local start = os.clock()
    for _ = 1, calls do body() end
    times[round] = (os.clock() - start) / calls * 1e6
  end
  table.sort(times)
  return times[1], times[(ROUNDS + 1) / 2]
end

return cost
