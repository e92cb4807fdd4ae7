-- SPDX-License-Identifier: MIT
-- The whole tower in a virtual world: several endpoints with everything around them, servers that
-- go wrong in all their ways, callers who change their minds. What must hold whatever happens is
-- checked; the same seed gives the same course again.
--
--   local faults, report = simulation.run(seed)      -- faults: {} where all held

local invariants = require "spec.support.simulation.invariants"
local jobs = require "spec.support.simulation.jobs"
local log = require "vision.base.log"
local network = require "spec.support.simulation.network"
local policy = require "vision.policy"
local server = require "spec.support.simulation.server"
local settings = require "spec.support.simulation.settings"
local task = require "vision.base.task"
local trackers = require "vision.money.tracker"
local virtual = require "spec.support.virtual"
local witness = require "spec.support.simulation.witness"

local simulation = {}

local function host_of(request)
  return request.options.url:match "^http://(%w+)%.test"
end

-- Each picture that was sent is noted with its job. A health check has none.
local function picture_of(request)
  for _, segment in ipairs(request.options.body or {}) do
    if type(segment) == "table" then return segment.base64:sha256() end
  end
end

local function answer(course, request)
  local name, picture = host_of(request), picture_of(request)
  course.log[#course.log + 1] = ("%.6f %s"):format(course.world.now, name)
  if not picture then return course.servers[name]:answer_probe() end
  course.sent[picture] = (course.sent[picture] or 0) + 1
  course.open[picture] = (course.open[picture] or 0) + 1
  request.picture = picture
  invariants.sample(course)
  return course.servers[name]:answer(request)
end

local function new_course(seed)
  local world = virtual.new { seed = seed }
  local course = {
    seed = seed, world = world, servers = {}, jobs = {}, log = {},
    sent = {}, open = {}, active = {}, -- by the digest of the picture: requests, open ones, jobs
    slept = 0, -- seconds that the machine slept
    billed = 0, -- micro-dollars of what was answered to its end
    samples = {}, -- what was wrong meanwhile
    settings = settings.draw(world.random),
  }
  for i, name in ipairs(course.settings.hosts) do
    course.servers[name] = server.new(world, name)
    course.servers[i] = course.servers[name]
  end
  course.network = network.new(world, function(request)
    return answer(course, request)
  end, function(request)
    if not request.picture then return end
    course.billed = course.billed + server.bill(request)
    course.open[request.picture] = course.open[request.picture] - 1
    course.servers[host_of(request)]:ended()
  end)
  return course
end

-- The date steps, and the machine sleeps: then `mono` leaps, as after a suspend.
local function weather_of_clocks(course)
  local world = course.world
  for _ = 1, 3 do
    if task.sleep(world.random() * 200) then
      world.offset = world.offset + (world.random() - 0.5) * 7200
      local sleep = world.random() < 0.2 and world.random() * 300 or 0
      course.slept = course.slept + sleep
      world:advance(sleep)
    end
  end
end

-- Asks each endpoint now and then whether it is there.
local function monitor(course, action)
  for _, endpoint in ipairs(course.settings.monitored and course.provider.endpoints or {}) do
    endpoint.provider.monitor[action](endpoint.provider.monitor)
  end
end

local function play(course)
  local provider = assert(course.settings.build())
  course.provider = provider
  monitor(course, "start")
  local all = { function() weather_of_clocks(course) end }
  for i = 1, course.settings.jobs do
    all[i + 1] = function() jobs.run(course, i) end
  end
  assert(task.gather(all))
  monitor(course, "stop")
  trackers.finish(60)
  task.sleep(0.001)
end

--- One course.
---@param seed integer
---@return string[] faults  what did not hold
---@return table course     the log of it, for comparisons
function simulation.run(seed)
  local course = new_course(seed)
  course.witness = witness.install(course.world)
  course.network:install()
  if course.settings.scripts then policy.configure(course.settings.scripts) end
  log.set_sink(function() end)
  local ok, err = pcall(course.world.run, course.world, play, course)
  log.set_sink()
  course.network.uninstall()
  course.witness:uninstall()
  if course.settings.scripts then policy.configure() end
  course.world:install() -- figures are of its time, not of the machine's
  local faults = invariants.check(course)
  course.world.uninstall()
  if not ok then table.insert(faults, 1, tostring(err)) end
  return faults, course
end

return simulation
