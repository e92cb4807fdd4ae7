-- SPDX-License-Identifier: MIT
-- Deliveries in a virtual world: receivers that answer by a plan, and days that pass at once.

local json = require "vision.base.json"
local log = require "vision.base.log"
local network = require "spec.support.simulation.network"
local signature = require "vision.webhooks.signature"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local WebhookManager = require("vision.webhooks.manager").WebhookManager

local SECRET = "my-secret-key"

local function answer(status, headers, seconds)
  return { { after = seconds or 0.1, status = status, headers = headers or {} } }
end

-- What a receiver got: event, time since the start, headers.
local function received(request, world, began)
  local headers = {}
  for _, line in ipairs(request.options.headers) do
    local name, value = line:match "^([^:]+): (.*)$"
    headers[name] = value
  end
  local body = table.concat(request.options.body)
  return { at = world.now - began, url = request.options.url, headers = headers, body = body,
    event = json.decode(body) }
end

describe("a webhook manager", function()
  local world, got, said

  -- `plan` says what a receiver answers: a function of what it got and how many it got before.
  local function test(name, plan, body)
    it(name, function()
      world, got, said = virtual.new(), {}, {}
      local began = world.now
      local net = network.new(world, function(request)
        local one = received(request, world, began)
        got[#got + 1] = one
        return plan(one, #got)
      end)
      net:install()
      log.set_sink(function(level, message) said[#said + 1] = level .. ": " .. message end)
      local ok, message = pcall(world.run, world, function() body(net) end)
      log.set_sink(nil)
      net.uninstall()
      if not ok then error(message, 0) end
    end)
  end

  local function new(changes)
    local given = { webhook_url = "https://a.example/hook", webhook_secret = SECRET }
    for name, value in pairs(changes or {}) do given[name] = value or nil end
    return assert(WebhookManager.new(given))
  end

  local function started(changes)
    local manager = new(changes)
    assert(manager:start())
    return manager
  end

  -- For seconds, or until so many attempts were made.
  local function pass(seconds) task.sleep(seconds) end

  local function times()
    local list = {}
    for i, one in ipairs(got) do list[i] = math.floor(one.at + 0.5) end
    return list
  end

  local function numbers()
    local list = {}
    for i, one in ipairs(got) do list[i] = one.event.payload.n end
    return list
  end

  local function good() return answer(200) end

  test("delivers what it was sent, signed twice", good, function()
    local manager = started()
    local id = assert(manager:send("analysis.completed", { request_id = "r", n = 1 }, "r"))
    pass(1)
    manager:stop()
    assert.equal(1, #got)
    local one = got[1]
    assert.equal("https://a.example/hook", one.url)
    assert.same({ id, "analysis.completed", "r" },
      { one.event.event_id, one.event.event_type, one.event.payload.request_id })
    assert.equal("application/json", one.headers["Content-Type"])
    assert.is_true(manager.verify_signature(one.body, one.headers["X-Webhook-Signature"], SECRET))
    assert.is_true(manager.verify_standard_signature(one.body, one.headers, SECRET))
    assert.equal(id, one.headers["webhook-id"])
    assert.equal("delivered", manager:list()[1].state)
  end)

  test("sends nothing before it is started, and then all", good, function()
    local manager = new()
    for n = 1, 3 do manager:send("webhook.test", { n = n }, "s") end
    pass(10)
    assert.equal(0, #got)
    manager:start()
    manager:start() -- once is enough
    pass(1)
    manager:stop()
    assert.same({ 1, 2, 3 }, numbers())
  end)

  test("is started once by several tasks at a time", good, function()
    local manager = new()
    local function start() return manager:start() end
    task.gather { start, start }
    manager:stop()
    manager:send("webhook.test", { n = 1 })
    pass(400)
    assert.equal(0, #got)
  end)

  test("keeps what comes after it was stopped, for the next start", good, function()
    local manager = started()
    manager:stop()
    manager:send("webhook.test", { n = 1 })
    pass(10)
    assert.equal(0, #got)
    manager:start()
    pass(1)
    manager:stop()
    assert.equal(1, #got)
  end)

  test("tries again for three days, the same id and body, each signed anew",
    function() return answer(500) end, function()
      local manager = started()
      local id = manager:send("webhook.test", { n = 1 })
      pass(4 * 86400)
      manager:stop()
      assert.is_true(#got >= 9 and #got <= 11, #got)
      assert.near(3 * 86400, got[#got].at, 400) -- it may rest for 5 minutes
      for i, one in ipairs(got) do
        assert.same({ id, got[1].body }, { one.headers["webhook-id"], one.body })
        assert.is_true(i == 1 or one.headers["webhook-timestamp"]
          ~= got[i - 1].headers["webhook-timestamp"])
        assert.is_true(i == 1 or i > 9 or one.at - got[i - 1].at >= ({ 5, 300, 1800, 7200, 18000,
          36000, 50400, 1 })[i - 1])
        local now = tonumber(one.headers["webhook-timestamp"])
        assert.is_true(signature.verify_standard_signature(one.body, one.headers, SECRET, 1, now))
      end
      local found = manager:history(id)[1]
      assert.equal("failed", found.state)
      assert.equal(#got, #found.history)
      assert.equal(500, found.history[1].status)
      assert.equal(2, #said) -- once that it failed, once that it was given up
      assert.matches("given up: answered 500", said[2])
    end)

  test("keeps the order of a subject when the first attempt fails", function(_, count)
    return answer(count == 1 and 503 or 200)
  end, function()
    local manager = started()
    for n = 1, 4 do manager:send("webhook.test", { n = n }, "s") end
    pass(60)
    manager:stop()
    assert.same({ 1, 1, 2, 3, 4 }, numbers())
  end)

  test("does not hold other subjects up for one event that is not taken", function(one)
    return answer(one.event.payload.n == 1 and 400 or 200)
  end, function()
    local manager = started()
    for n = 1, 4 do manager:send("webhook.test", { n = n }, "s" .. n) end
    pass(1)
    table.sort(got, function(a, b) return a.event.payload.n < b.event.payload.n end)
    assert.same({ 1, 2, 3, 4 }, numbers())
    manager:stop()
  end)

  test("asks a receiver that is down by one attempt at a time, and comes back at full speed",
    function(one) return answer(one.at < 1000 and 500 or 200) end, function(net)
      local manager = started()
      for n = 1, 500 do manager:send("webhook.test", { n = n }) end
      pass(1000)
      assert.is_true(#got < 30, #got)
      net.most_open = 0
      pass(400)
      assert.is_true(#got > 500)
      assert.is_true(net.most_open <= 8)
      manager:stop()
      local pending = manager:list "pending" -- the first failed too often to be due by now
      assert.same({ 1, got[1].event.event_id }, { #pending, pending[1].event_id })
    end)

  test("makes no other receiver wait for one that hangs", function(one)
    return one.url:find "slow" and answer(200, {}, 3600) or answer(200)
  end, function()
    local manager = started { endpoints = {
      { webhook_url = "https://slow.example/", webhook_secret = SECRET } } }
    for n = 1, 20 do manager:send("webhook.test", { n = n }) end
    pass(2)
    local fast = 0
    for _, one in ipairs(got) do if one.url:find "a.example" then fast = fast + 1 end end
    assert.equal(20, fast)
    manager:stop() -- waits for the attempts, which have 15 s
    assert.is_true(world.now < 1000 + 2 + 16)
    assert.matches("slow.example.* not finished within 15 s", said[1])
  end)

  test("ends a receiver that says it is gone, until it is enabled", function(one)
    return answer(one.at < 50 and 410 or 200)
  end, function()
    local manager = started()
    manager:send("webhook.test", { n = 1 })
    pass(10)
    manager:send("webhook.test", { n = 2 })
    pass(86400)
    assert.equal(1, #got)
    assert.matches("https://a.example answered 410 and gets nothing more", said[1])
    local endpoint = manager:list_endpoints()[1]
    assert.is_number(endpoint.disabled_at)
    assert(manager:enable "https://a.example")
    assert.is_nil(manager:list_endpoints()[1].disabled_at)
    manager:send("webhook.test", { n = 3 })
    pass(10)
    manager:stop()
    assert.same({ 1, 3 }, numbers())
    local _, err = manager:enable "https://nobody.example"
    assert.equal("not_found", err.reason)
  end)

  test("stays away for as long as a receiver asks", function(one)
    return answer(one.at < 100 and 429 or 200, { ["retry-after"] = "120" })
  end, function()
    local manager = started()
    manager:send("webhook.test", { n = 1 })
    pass(60)
    manager:send("webhook.test", { n = 2 })
    pass(300)
    manager:stop()
    assert.same({ 1, 1, 2 }, numbers())
    assert.same({ 0, 120, 120 }, times())
  end)

  test("takes a redirect for a failure", function() return answer(302) end, function()
    local manager = started()
    local id = manager:send("webhook.test", {})
    pass(1)
    manager:stop()
    assert.equal("pending", manager:history(id)[1].state)
  end)

  test("tells each receiver only what it wants", good, function()
    local manager = started { events = { "budget.alert" }, endpoints = {
      { webhook_url = "https://b.example/", webhook_secret = "b" } } }
    manager:send("budget.alert", {})
    manager:send("batch.started", {})
    pass(1)
    manager:stop()
    local counts = {}
    for _, one in ipairs(got) do counts[one.url] = (counts[one.url] or 0) + 1 end
    assert.same({ ["https://a.example/hook"] = 1, ["https://b.example/"] = 2 }, counts)
  end)

  test("does nothing for an event that nobody wants", good, function()
    local manager = started { events = { "budget.alert" } }
    assert.is_false(manager:send("batch.started", {}))
    manager:post("batch.started", {})
    pass(1)
    manager:stop()
    assert.same({}, manager:list())
  end)

  test("delivers again by hand", good, function()
    local manager = started()
    local id = manager:send("webhook.test", { n = 1 })
    pass(1)
    assert.equal(1, manager:redeliver(id))
    pass(1)
    manager:stop()
    assert.equal(2, #got)
    assert.equal(got[1].headers["webhook-id"], got[2].headers["webhook-id"])
    assert.equal(2, #manager:history(id)[1].history)
    assert.equal(0, manager:redeliver "unknown")
  end)

  test("keeps an event even where who sent it is cancelled", good, function()
    local manager = started()
    local sender = task.spawn(function() return manager:send("webhook.test", { n = 1 }) end)
    sender:cancel()
    local _, err = sender:join()
    assert.equal("cancelled", err.reason)
    pass(1)
    manager:stop()
    assert.equal(1, #got)
  end)

  test("waits until all is delivered that can be, and not for what cannot", function(one)
    return answer(one.event.payload.n == 3 and 500 or 200, {}, 1)
  end, function()
    local manager = started()
    for n = 1, 3 do manager:send("webhook.test", { n = n }, "s") end
    assert.is_true(manager:settle(60))
    assert.near(1003, world.now, 0.1)
    manager:stop()
    assert.is_true(manager:settle(60)) -- nobody delivers: nothing to wait for
  end)

  test("waits no longer than it was told", function() return answer(200, {}, 10) end, function()
    local manager = started()
    manager:send("webhook.test", {})
    assert.is_false(manager:settle(2))
    assert.near(1002, world.now, 0.1)
    manager:stop()
  end)

  test("delivers what was put off by a clock that was a year ahead", function(_, n)
    return answer(n == 1 and 429 or 204, { ["retry-after"] = "86400" })
  end, function()
    world.offset = world.offset + 365 * 86400
    local manager = started()
    manager:send("webhook.test", { n = 1 })
    pass(1)
    world.offset = world.offset - 365 * 86400
    manager:send("webhook.test", { n = 2 })
    pass(2 * 3600)
    assert.equal(3, #got)
    assert.equal(0, #manager:list "pending")
    manager:stop()
  end)

  test("forgets what is older than it was told to keep", good, function()
    local manager = started { retention_days = 4 }
    manager:send("webhook.test", {})
    pass(3.9 * 86400)
    assert.equal(1, #manager:list())
    pass(0.2 * 86400)
    assert.equal(0, #manager:list())
    manager:stop()
  end)

  test("says what was never tried, for nobody was there, and is too old now", good, function()
    local manager = new()
    for n = 1, 20 do manager:send("webhook.test", { n = n }, "s") end
    pass(8 * 86400)
    assert(manager:start())
    pass(60)
    assert.equal(0, #manager:list "pending")
    assert.matches("%d+ were not delivered within 7 days, they are given up", said[#said])
    manager:stop()
  end)

  test("throws for an event that there is not", good, function()
    local manager = new()
    local ok, message = pcall(manager.send, manager, "analysis.complete", {})
    assert.is_false(ok)
    assert.matches("did you mean 'analysis.completed'", message)
  end)

  test("says that events are lost, and not with each of them", good, function()
    local manager = new()
    for n = 1, 10010 do manager:send("webhook.test", { n = n }) end
    local id, err = manager:send("webhook.test", {})
    assert.is_nil(id)
    assert.equal("queue_full", err.reason)
    assert.equal(1, #said)
    assert.matches("^error: webhooks: webhook.test is told nobody", said[1])
  end)

  test("waits for a database that is away once, and keeps the events all the same", good,
    function()
      local outboxes, task_of = require "vision.webhooks.outbox", task
      local open, away = outboxes.open, true
      outboxes.open = function()
        local outbox = require("vision.webhooks.memory_outbox").new()
        local add = outbox.add
        outbox.add = function(...)
          while away do task_of.sleep(1) end
          return add(...)
        end
        return outbox
      end
      local manager = started { outbox = "away.db" }
      outboxes.open = open
      local function send(n)
        local before = world.now
        local id, err = manager:send("webhook.test", { n = n })
        return world.now - before, id, err
      end
      local seconds, id, err = send(1)
      assert.same({ nil, "timeout" }, { id, err.reason })
      assert.near(2, seconds, 1e-6)
      assert.equal(0, (send(2)))
      away = false
      pass(2)
      assert.is_string(select(2, send(3)))
      pass(1)
      manager:stop()
      assert.equal(3, #got)
    end)

  test("says what a process that ends takes with it", function() return answer(500) end, function()
    local delivering = require "vision.webhooks.delivering"
    local manager = started()
    manager:send("webhook.test", { n = 1 })
    delivering.finish(60)
    assert.near(1000.1, world.now, 0.01)
    assert.matches("1 were not delivered and are lost with this process: set webhooks.outbox",
      said[#said])
    delivering.finish(60) -- there is none any more
    manager.is_lagging = true
    assert(manager:start())
    delivering.finish(60)
    assert.matches("the outbox is away, and the last events are not kept", said[#said])
  end)

  test("holds a program that ends up for no longer than it was told", function()
    return answer(200, {}, 3600)
  end, function()
    local delivering, managers, ids = require "vision.webhooks.delivering", {}, {}
    for n = 1, 2 do
      managers[n] = started { timeout_seconds = 300 }
      managers[n].store.close = function() end -- it is looked into below
      ids[n] = managers[n]:send("webhook.test", { n = n })
    end
    delivering.finish(10)
    assert.near(1010, world.now, 0.1)
    pass(400)
    assert.equal(2, #got)
    for n, manager in ipairs(managers) do
      local one = manager:history(ids[n])[1]
      assert.same({ "pending", 1, "the program ended before there was an answer" },
        { one.state, one.attempts, one.history[1].message })
    end
  end)

  test("leaves no timer behind", good, function()
    local manager = started()
    manager:send("webhook.test", {})
    pass(1)
    manager:stop()
    assert.equal(0, world.pending)
  end)
end)
