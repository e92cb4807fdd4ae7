-- SPDX-License-Identifier: MIT
-- Whole courses of deliveries to receivers that misbehave by chance, in a virtual world: what must
-- hold whatever they do.

local json = require "vision.base.json"
local log = require "vision.base.log"
local network = require "spec.support.simulation.network"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local WebhookManager = require("vision.webhooks.manager").WebhookManager

local EVENTS, SUBJECTS, DAY = 60, 7, 86400

-- How a receiver answers: more often ill than well for the first two days, well from then on.
local function answer_of(world, began)
  local r = world.random
  if world.now - began > 2 * DAY or r() < 0.4 then
    return { { after = r() * 2, status = 200 + math.floor(r() * 5), headers = {} } }
  end
  local ways = {
    { { after = r() * 5, status = 500 + math.floor(r() * 5), headers = {} } },
    { { after = r(), status = 400 + math.floor(r() * 10), headers = {} } },
    { { after = r(), status = 429,
      headers = { ["retry-after"] = ("%d"):format(math.floor(r() * 4000)) } } },
    { { after = r() * 20, reason = "cut_stream" } },
    { { after = r(), reason = "refused_connection" } },
    { { after = 1000, status = 200, headers = {} } }, -- after our timeout
    { { after = r(), status = 200, headers = {} }, { after = r(), reason = "cut_stream" } },
  }
  return ways[1 + math.floor(r() * #ways)]
end

local function course(seed)
  local world = virtual.new { seed = seed }
  local began, faults, open, got = world.now, {}, {}, {}
  local function fault(format, ...) faults[#faults + 1] = format:format(...) end

  local net = network.new(world, function(request)
    local event = json.decode(table.concat(request.options.body))
    local url = request.options.url
    open[url] = (open[url] or 0) + 1
    if open[url] > 8 then fault("%d at once to %s", open[url], url) end
    local plan = answer_of(world, began)
    local taken = plan[1].status and plan[1].status < 300 and plan[1].after < 100
    got[url] = got[url] or {}
    table.insert(got[url], { id = event.event_id, n = event.payload.n, subject = event.payload.s,
      at = world.now, taken = taken })
    return plan
  end, function(request) open[request.options.url] = open[request.options.url] - 1 end)

  local ids = {}
  net:install()
  log.set_sink(function() end)
  world:run(function()
    local manager = assert(WebhookManager.new { webhook_url = "https://a.example/",
      webhook_secret = "x", endpoints = { { webhook_url = "https://b.example/",
        webhook_secret = "y" } } })
    assert(manager:start())
    for n = 1, EVENTS do
      local subject = "s" .. math.floor(world.random() * SUBJECTS)
      ids[n] = assert(manager:send("webhook.test", { n = n, s = subject }, subject))
      if world.random() < 0.3 then task.sleep(world.random() * 3000) end
      if world.random() < 0.05 then
        manager:stop()
        assert(manager:start())
      end
    end
    task.sleep(4 * DAY)
    for _, one in ipairs(manager:list(nil, 1000)) do
      if one.state == "pending" then fault("%s is pending after all", one.event_id) end
      if #manager:history(one.event_id) ~= 2 then fault "an event is not for both" end
    end
    manager:stop()
    if world.pending ~= 0 then fault("%d timers are left", world.pending) end
  end)
  log.set_sink(nil)
  net.uninstall()

  for url, list in pairs(got) do
    local taken, last = {}, {}
    for _, one in ipairs(list) do
      if taken[one.id] then fault("%s took %s and got it again", url, one.id) end
      if one.taken then
        taken[one.id] = true
        if (last[one.subject] or 0) > one.n then fault("%s got %d too late", url, one.n) end
        last[one.subject] = one.n
      end
    end
    for n, id in ipairs(ids) do
      if not taken[id] then fault("%s never took event %d", url, n) end
    end
  end
  return faults, got
end

describe("a course of deliveries", function()
  it("brings each event once, in the order of its subject, whatever receivers do", function()
    for seed = 1, 15 do
      local faults = course(seed)
      assert.equal(0, #faults, ("seed %d: %s"):format(seed, table.concat(faults, "; ")))
    end
  end)

  it("is the same again by the same seed", function()
    local function times(seed)
      local list, _, got = {}, course(seed)
      for url, attempts in pairs(got) do
        for i, one in ipairs(attempts) do
          list[#list + 1] = ("%s %d %.6f"):format(url, i, one.at)
        end
      end
      table.sort(list)
      return list
    end
    assert.same(times(3), times(3))
    assert.not_same(times(3), times(4))
  end)
end)
