-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local outboxes = require "vision.webhooks.outbox"
local postgres = require "vision.database.postgres"
local server_of = require "spec.support.postgres"
local task = require "vision.base.task"

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
end)
