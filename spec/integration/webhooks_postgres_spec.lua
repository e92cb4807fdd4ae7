-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local log = require "vision.base.log"
local outboxes = require "vision.webhooks.outbox"
local postgres = require "vision.database.postgres"
local server_of = require "spec.support.postgres"
local task = require "vision.base.task"
local WebhookManager = require("vision.webhooks.manager").WebhookManager

describe("the outbox in PostgreSQL", function()
  local server, admin

  setup(function()
    server = server_of.start()
    admin = assert(postgres.open(server.url))
  end)

  teardown(function()
    admin:close()
    server:stop()
  end)

  local function empty()
    assert(admin:write { { "DROP SCHEMA public CASCADE" }, { "CREATE SCHEMA public" } })
  end

  require "spec.support.outbox_contract" (it, function(body)
    empty()
    local outbox = assert(outboxes.open(server.url))
    local ok, message = pcall(body, outbox)
    outbox:close()
    if not ok then error(message, 0) end
  end)

  it("gives each delivery to one of those who claim at the same time", function()
    empty()
    local workers = {}
    for i = 1, 4 do workers[i] = assert(outboxes.open(server.url)) end
    workers[1]:register { { key = "a", label = "https://a.example" } }
    for n = 1, 100 do
      assert(workers[1]:add({ event_id = "e" .. n, event_type = "webhook.test",
        subject = "s" .. n, body = "{}", created_at = n }, { "a" }))
    end
    local claimed, count, twice = {}, 0, 0
    local give_up = core.mono() + 10
    local function work(i)
      while count < 100 and core.mono() < give_up do
        for _, one in ipairs(assert(workers[i]:claim("a", "worker" .. i, 1000, 2000, 7))) do
          count, twice = count + 1, twice + (claimed[one.event_id] and 1 or 0)
          claimed[one.event_id] = true
        end
      end
      return true
    end
    local tasks = {}
    for i = 1, 4 do tasks[i] = function() return work(i) end end
    for _, result in ipairs(task.gather(tasks)) do
      assert.is_true(result[1], tostring(result[2]))
    end
    assert.same({ 100, 0 }, { count, twice })
    for _, worker in ipairs(workers) do worker:close() end
  end)

  it("loses nothing that was kept when the server is killed meanwhile", function()
    empty()
    local receiver = require("spec.support.http_server").start()
    log.set_sink(function() end)
    local manager = assert(WebhookManager.new { webhook_url = receiver.url .. "/hook/killed",
      webhook_secret = "my-secret-key", allow_private = true, outbox = server.url })
    assert(manager:start())
    local kept = {}
    local function send(count)
      for n = 1, count do
        local id = manager:send("webhook.test", { n = n }, "s" .. n % 5)
        if id then kept[#kept + 1] = id end
      end
    end
    send(20)
    local sender = task.spawn(send, 60)
    task.sleep(0.02)
    server:kill()
    server:resume()
    sender:join()
    send(20)
    local function arrived()
      local seen, count = {}, 0
      for _, hook in ipairs(receiver:hooks "/hook/killed") do seen[hook.id] = true end
      for _, id in ipairs(kept) do count = count + (seen[id] and 1 or 0) end
      return count
    end
    local give_up = core.mono() + 20
    while arrived() < #kept and core.mono() < give_up do task.sleep(0.05) end
    assert.is_true(#kept >= 40)
    assert.equal(#kept, arrived())
    manager:close()
    log.set_sink(nil)
    receiver:stop()
  end)
end)
