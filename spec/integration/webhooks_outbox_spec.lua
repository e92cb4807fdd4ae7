-- SPDX-License-Identifier: MIT
-- A durable outbox: processes that are killed, and several that deliver from one file.

local command = require "spec.support.command"
local core = require "vision.core"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local log = require "vision.base.log"
local task = require "vision.base.task"
local WebhookManager = require("vision.webhooks.manager").WebhookManager

-- A manager on the file and for the receiver that the environment names.
local BEGIN = [[
  local task = require "vision.base.task"
  local vision = require "vision"
  local manager = assert(vision.WebhookManager.new { webhook_url = os.getenv "RECEIVER",
    webhook_secret = "my-secret-key", allow_private = true, outbox = os.getenv "OUTBOX" })
  io.stdout:setvbuf "line"
  print((io.open "/proc/self/stat":read "*n"))
]]

-- Sends one after the other, and says which were kept, until it is killed.
local SEND = BEGIN .. [[
  if os.getenv "START" then assert(manager:start()) end
  for n = 1, 100000 do
    print((assert(manager:send("webhook.test", { n = n }, "s" .. n % 3))))
  end]]

local DELIVER = BEGIN .. [[
  assert(manager:start())
  manager:settle(20)
  manager:close()]]

describe("a durable outbox of webhooks", function()
  local server

  setup(function()
    server = require("spec.support.http_server").start()
    log.set_sink(function() end)
  end)

  teardown(function()
    server:stop()
    log.set_sink(nil)
  end)

  local function start(script, outbox, path, more)
    local line = ("OUTBOX=%s RECEIVER=%s LUA_PATH='%s' LUA_CPATH='%s' %s exec %s -e '%s'"):format(
      outbox, server.url .. path, package.path, package.cpath, more or "", command.INTERPRETER,
      script)
    local pipe = assert(io.popen(line))
    return { pipe = pipe, pid = assert(pipe:read "*n", "it did not start") }
  end

  local function manager_of(outbox, path)
    return assert(WebhookManager.new { webhook_url = server.url .. path,
      webhook_secret = "my-secret-key", allow_private = true, outbox = outbox })
  end

  -- The ids that it said before it died.
  local function kill_after(child, count)
    local ids = {}
    child.pipe:read "*l"
    for i = 1, count do ids[i] = child.pipe:read "*l" end
    os.execute("kill -KILL " .. child.pid)
    for line in child.pipe:lines() do
      if #line == 32 then ids[#ids + 1] = line end
    end
    child.pipe:close()
    return ids
  end

  -- By subject, in the order of their first arrival.
  local function check_order(hooks)
    local last, seen = {}, {}
    for _, hook in ipairs(hooks) do
      local n = json.decode(hook.body).payload.n
      if not seen[n] then
        assert.is_true(n > (last[n % 3] or 0))
        last[n % 3], seen[n] = n, true
      end
    end
  end

  local function check_arrived(hooks, ids)
    local arrived = {}
    for _, hook in ipairs(hooks) do arrived[hook.id] = true end
    for _, id in ipairs(ids) do assert.is_true(arrived[id], "lost: " .. id) end
  end

  local function deliver_rest(outbox, path, ids)
    local manager = manager_of(outbox, path)
    assert(manager:start())
    assert.is_true(manager:settle(20))
    manager:close()
    local hooks = server:hooks(path)
    check_arrived(hooks, ids)
    return hooks
  end

  it("delivers after a restart what a process that was killed had sent", function()
    folder.with(function(path)
      local outbox = path .. "/outbox.db"
      local ids = kill_after(start(SEND, outbox, "/hook/killed"), 20)
      assert.equal(0, #server:hooks "/hook/killed")
      local hooks = deliver_rest(outbox, "/hook/killed", ids)
      assert.is_true(#hooks <= #ids + 1) -- one may have been kept and not said
      check_order(hooks)
    end)
  end)

  it("loses nothing where a process is killed while it delivers", function()
    folder.with(function(path)
      local outbox = path .. "/outbox.db"
      local ids = {}
      for round = 1, 3 do
        local child = start(SEND, outbox, "/hook/delivering", "START=1")
        for _, id in ipairs(kill_after(child, 10 * round)) do ids[#ids + 1] = id end
      end
      local hooks = deliver_rest(outbox, "/hook/delivering", ids)
      assert.is_true(#hooks >= #ids)
    end)
  end)

  it("sends each once where two processes deliver from it", function()
    folder.with(function(path)
      local outbox, ids = path .. "/outbox.db", {}
      local manager = manager_of(outbox, "/hook/shared")
      for n = 1, 60 do ids[n] = manager:send("webhook.test", { n = n }, "s" .. n % 3) end
      manager:close()
      local children = {}
      for i = 1, 2 do children[i] = start(DELIVER, outbox, "/hook/shared") end
      for _, child in ipairs(children) do
        child.pipe:read "*a"
        child.pipe:close()
      end
      local hooks = deliver_rest(outbox, "/hook/shared", ids)
      assert.equal(60, #hooks)
      check_order(hooks)
    end)
  end)

  it("sends soon what a neighbour had claimed that was killed", function()
    folder.with(function(path)
      local outbox, url_path = path .. "/outbox.db", "/hook/hangs"
      local give_up = core.mono() + 20
      local function await(is_so)
        while not is_so() and core.mono() < give_up do task.sleep(0.02) end
      end
      local child = start(SEND, outbox, url_path, "START=1")
      await(function() return #server:hooks(url_path) > 0 end)
      local manager = manager_of(outbox, url_path)
      assert(manager:start())
      local ids = kill_after(child, 20)
      await(function() return #manager:list("pending", 1) == 0 end)
      manager:close()
      check_arrived(server:hooks(url_path), ids)
      check_order(server:hooks(url_path))
    end)
  end)

  it("keeps nothing secret", function()
    folder.with(function(path)
      local outbox = path .. "/outbox.db"
      local manager = manager_of(outbox, "/hook/secret?token=do-not-keep-me")
      manager:send("webhook.test", {})
      assert(manager:start())
      assert.is_true(manager:settle(10))
      manager:close()
      local found = io.popen(("cat %s* | grep -c -a -e my-secret-key -e do-not-keep-me")
        :format(outbox))
      assert.equal("0", found:read "*l")
      found:close()
    end)
  end)
end)
