-- SPDX-License-Identifier: MIT
-- Webhooks to a real receiver that misbehaves on request (spec/support/http_server.py).

local clock = require "vision.base.clock"
local core = require "vision.core"
local json = require "vision.base.json"
local log = require "vision.base.log"
local task = require "vision.base.task"
local WebhookManager = require("vision.webhooks.manager").WebhookManager

local SECRET, OWN_NETWORK = "my-secret-key", { "127.0.0.0/8" }

-- Waits for what `condition` returns, looking again whenever the loop has moved.
local function eventually(condition, what)
  local deadline = core.mono() + 10
  repeat
    local value = condition()
    if value then return value end
    task.sleep(0.005)
  until core.mono() > deadline
  error("did not happen within 10 s: " .. what)
end

describe("webhooks", function()
  local server, manager, ahead

  setup(function()
    server = require("spec.support.http_server").start()
    log.set_sink(function() end)
  end)

  teardown(function()
    server:stop()
    log.set_sink(nil)
  end)

  -- The date of the machine, `ahead` by as much as a test wants; its loop is the real one.
  before_each(function()
    ahead = 0
    clock.install {
      wall = function() return core.wall() + ahead end,
      mono = function() return core.mono() + ahead end,
    }
  end)

  after_each(function()
    if manager then manager:close() end
    manager = nil
    clock.install()
  end)

  local function start(path, changes)
    local given = { webhook_url = server.url .. path, webhook_secret = SECRET,
      allow_private = OWN_NETWORK, timeout_seconds = 5 }
    for name, value in pairs(changes or {}) do given[name] = value end
    manager = assert(WebhookManager.new(given))
    assert(manager:start())
    return manager
  end

  -- Lets time pass, of which nobody has to wait.
  local function skip(seconds)
    ahead = ahead + seconds
    manager:redeliver "nothing" -- it looks again
  end

  local function attempts(id)
    return manager:history(id)[1].history
  end

  local function await_attempts(id, count)
    return eventually(function()
      local list = attempts(id)
      return #list >= count and list
    end, count .. " attempts")
  end

  it("arrive as they were sent, once, over a connection each", function()
    start "/hook/good"
    local sent = {}
    for n = 1, 20 do
      sent[n] = manager:send("webhook.test", { n = n, text = "Ø 20 h7 \"±\"" }, "s")
    end
    assert.is_true(manager:settle(10))
    local got, connections = server:hooks "/hook/good", {}
    assert.equal(20, #got)
    for n, hook in ipairs(got) do
      assert.same({ sent[n], true, true, "application/json" },
        { hook.id, hook.is_signed, hook.is_stamped, hook.type })
      local event = json.decode(hook.body)
      assert.same({ sent[n], n, "Ø 20 h7 \"±\"" },
        { event.event_id, event.payload.n, event.payload.text })
      assert.is_nil(connections[hook.connection])
      connections[hook.connection] = true
    end
    assert.equal(20, #manager:list("delivered"))
  end)

  it("go to no address of this machine where it is not allowed", function()
    local before = #server:hooks()
    for _, url in ipairs { server.url, (server.url:gsub("127.0.0.1", "localhost")) } do
      start("", { webhook_url = url .. "/hook/private", allow_private = { "10.0.0.0/8" } })
      local id = manager:send("webhook.test", {})
      assert.matches("is at a loopback address", await_attempts(id, 1)[1].message)
      assert.is_nil(attempts(id)[1].status)
      manager:close()
    end
    assert.equal(before, #server:hooks())
  end)

  it("wait for a receiver that hangs no longer than they may, and for others not at all", function()
    start("/hook/hang", { timeout_seconds = 1, endpoints = {
      { webhook_url = server.url .. "/hook/beside", webhook_secret = SECRET } } })
    local function state_of(state, id)
      for _, one in ipairs(manager:history(id)) do
        if one.state == state then return one end
      end
    end
    local id = manager:send("webhook.test", {})
    assert.is_nil(state_of("delivered", id)) -- it is kept, and not waited for
    eventually(function() return state_of("delivered", id) end, "the other's delivery")
    assert.same({}, state_of("pending", id).history)
    assert.is_true(manager:settle(10))
    local last = state_of("pending", id).history[1]
    assert.matches("within 1 s", last.message)
    assert.is_true(last.ms >= 1000)
  end)

  it("read only the begin of an answer, and take its status", function()
    start "/hook/gigabyte"
    local before = server:stats().sent
    collectgarbage()
    local kilobytes = collectgarbage "count"
    local id = manager:send("webhook.test", {})
    await_attempts(id, 1)
    assert.equal("delivered", manager:history(id)[1].state)
    assert.is_true(collectgarbage "count" - kilobytes < 1000)
    assert.is_true(server:stats().sent - before < 8 * 2 ^ 20) -- what fits into the sockets
  end)

  it("are delivered where an answer is cut off behind its status", function()
    start "/hook/cuts"
    local id = manager:send("webhook.test", {})
    assert.equal(200, await_attempts(id, 1)[1].status)
    assert.equal("delivered", manager:history(id)[1].state)
  end)

  it("follow no redirect", function()
    start "/hook/metadata"
    local id = manager:send("webhook.test", {})
    local last = await_attempts(id, 1)[1]
    assert.matches("redirect %(302%) to http://169.254.169.254, which is not followed: "
      .. "give the address", last.message)
    assert.equal("pending", manager:history(id)[1].state)
  end)

  it("are tried again, the same id and body, in their order", function()
    start "/hook/fails"
    local ids = {}
    for n = 1, 3 do ids[n] = manager:send("webhook.test", { n = n }, "s") end
    local first = await_attempts(ids[1], 1)[1]
    assert.same({ 500, "answered 500: broken for now" }, { first.status, first.message })
    assert.equal(1, #server:hooks "/hook/fails")
    skip(10)
    assert.is_true(manager:settle(10))
    local got = server:hooks "/hook/fails"
    assert.same({ ids[1], ids[1], ids[2], ids[3] }, { got[1].id, got[2].id, got[3].id, got[4].id })
    assert.equal(got[1].body, got[2].body)
    assert.is_true(got[2].is_stamped)
  end)

  for _, how in ipairs { "omits", "halves" } do
    it("come twice from a receiver that " .. how .. " its answer, with one id", function()
      start("/hook/" .. how)
      local id = manager:send("webhook.test", {})
      assert.matches("without an answer", await_attempts(id, 1)[1].message)
      skip(10)
      await_attempts(id, 2)
      local got = server:hooks("/hook/" .. how)
      assert.same({ id, id }, { got[1].id, got[2].id })
    end)
  end

  it("stay away for as long as the receiver asks", function()
    start "/hook/busy"
    local id = manager:send("webhook.test", {})
    await_attempts(id, 1)
    skip(50)
    local other = manager:send("webhook.test", {})
    manager:settle(1)
    assert.equal(1, #server:hooks "/hook/busy")
    skip(11)
    await_attempts(id, 2)
    await_attempts(other, 1)
    assert.equal(3, #server:hooks "/hook/busy")
  end)

  it("end with a receiver that is gone", function()
    start "/hook/gone"
    local id = manager:send("webhook.test", {})
    assert.equal("answered 410: no  more", await_attempts(id, 1)[1].message)
    manager:send("webhook.test", {})
    skip(86400)
    assert.is_true(manager:settle(10))
    assert.equal(1, #server:hooks "/hook/gone")
    assert.equal("failed", manager:history(id)[1].state)
  end)

  it("are tried again where nobody listens", function()
    start("", { webhook_url = "http://127.0.0.1:1/hook" })
    local id = manager:send("webhook.test", {})
    assert.matches("refuses the connection", await_attempts(id, 1)[1].message)
    assert.equal("pending", manager:history(id)[1].state)
  end)
end)
