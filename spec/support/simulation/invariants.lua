-- SPDX-License-Identifier: MIT
-- What must hold after a course, whatever the servers did.

local invariants = {}

-- Whether the arrivals at a server keep to a bucket of its rate and burst.
local function keeps_to(limit, arrivals)
  local level, last = limit.burst_size, arrivals[1]
  for i, time in ipairs(arrivals) do
    level = math.min(limit.burst_size, level + (time - last) * limit.requests_per_minute / 60) - 1
    last = time
    if level < -1e-6 then return false, i end
  end
  return true
end

local CHECKS = {}

function CHECKS.limits(course, fault)
  for i, endpoint in ipairs(course.settings.stack.providers) do
    local one = course.servers[i]
    local ok, at = keeps_to(endpoint.rate_limit, one.arrivals)
    if not ok then fault("%s: arrival %d is more than its limit allows", one.name, at) end
    if one.most_open > endpoint.concurrency.max_concurrent then
      fault("%s: %d at once, %d allowed", one.name, one.most_open,
        endpoint.concurrency.max_concurrent)
    end
  end
end

function CHECKS.breakers(course, fault)
  for i, seen in ipairs(course.witness.seen) do
    if seen.through_open > 0 then fault("breaker %d: %d through it open", i, seen.through_open) end
    if seen.most_trials > seen.allowed then
      fault("breaker %d: %d trials at once, %d allowed", i, seen.most_trials, seen.allowed)
    end
  end
end

function CHECKS.ends(course, fault)
  for number = 1, course.settings.jobs do
    local job = course.jobs[number]
    if not job or job.ends ~= 1 then
      fault("job %d ended %d times", number, job and job.ends or 0)
    elseif not job.reading == not job.err then
      fault("job %d has a reading and an error, or neither", number)
    elseif job.cancelled and job.reading then
      fault("job %d was cancelled and got a reading", number)
    elseif (job.left or 0) > 0 then
      fault("job %d ended and left %d requests open", number, job.left)
    elseif job.late then
      fault("job %d was told something after its end", number)
    end
  end
end

-- The most requests one asking may cause: each endpoint, each try.
local function most_attempts(course)
  local tower = course.settings.stack
  local tries = 1 + (tower.retry and tower.retry.max_retries or 0)
  return #tower.providers * tries
end

function CHECKS.attempts(course, fault)
  local asked, most = {}, most_attempts(course)
  local core = require "vision.core"
  for _, job in ipairs(course.jobs) do
    local hash = core.sha256(job.picture)
    asked[hash] = (asked[hash] or 0) + 1
  end
  for hash, times in pairs(course.sent) do
    if times > (asked[hash] or 0) * most then
      fault("a picture asked for %d times was sent %d times, at most %d each",
        asked[hash] or 0, times, most)
    end
  end
end

function CHECKS.nothing_left(course, fault)
  if course.world.pending ~= 0 then fault("%d timers are left", course.world.pending) end
  if course.network.open ~= 0 then fault("%d requests are open", course.network.open) end
end

--- Checks them all.
---@return string[] faults
function invariants.check(course)
  local faults = {}
  local function fault(format, ...)
    faults[#faults + 1] = format:format(...)
  end
  for _, name in ipairs { "limits", "breakers", "ends", "attempts", "nothing_left" } do
    local ok, err = pcall(CHECKS[name], course, fault)
    if not ok then fault("%s: %s", name, tostring(err)) end
  end
  return faults
end

return invariants
