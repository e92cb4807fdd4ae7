-- SPDX-License-Identifier: MIT
local command_line = require "spec.support.command_line"
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local log = require "vision.base.log"
local WebhookManager = require("vision.webhooks.manager").WebhookManager

local SECRET = "my-secret-key"

describe("vision webhooks", function()
  local server, outbox, url

  setup(function() server = require("spec.support.http_server").start() end)
  teardown(function() server:stop() end)

  -- With a configuration and an outbox of its own; `path` of the receiver.
  local function with(path, body)
    folder.with(function(place)
      outbox, url = place .. "/outbox.db", server.url .. path
      folder.write(place .. "/vision.lua", ([[return { webhooks = { webhook_url = %q,
        webhook_secret = %q, outbox = %q, allow_private = true, timeout_seconds = 2 } }]])
        :format(url, SECRET, outbox))
      log.set_sink(function() end)
      local ok, message = pcall(body, place .. "/vision.lua")
      log.set_sink(nil)
      if not ok then error(message, 0) end
    end)
  end

  local function run(config, ...)
    local argv = { "webhooks", ... }
    argv[#argv + 1] = "--config"
    argv[#argv + 1] = config
    return command_line.run(argv)
  end

  -- Events that were sent, and delivered as far as they could be.
  local function sent(count)
    local manager, ids = assert(WebhookManager.new { webhook_url = url, webhook_secret = SECRET,
      outbox = outbox, allow_private = true, timeout_seconds = 2 }), {}
    assert(manager:start())
    for n = 1, count do ids[n] = manager:send("webhook.test", { n = n }) end
    manager:settle(10)
    manager:close()
    return ids
  end

  it("has help for each command below it, and a page that shows it", function()
    for _, action in ipairs { "list", "history", "redeliver", "enable", "test" } do
      local code, out, err = command_line.run { "webhooks", action, "--help" }
      assert.same({ 0, "" }, { code, err })
      local file = assert(io.open("docs/commands/webhooks-" .. action .. ".md"), action)
      local page = file:read "*a"
      file:close()
      assert.truthy(page:find(out, 1, true), action .. ": run lua5.4 docs/update.lua")
    end
  end)

  it("lists who receives, and what became of events", function()
    with("/hook/listed", function(config)
      local ids = sent(2)
      local code, out, err = run(config, "list")
      assert.same({ 0, "" }, { code, err })
      assert.matches("Receivers\n +http://127.0.0.1:%d+ +0 waiting +on\n", out)
      assert.matches("%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d +webhook.test +delivered +1 +" .. ids[2],
        out)
      assert.is_nil(out:find("/hook/listed", 1, true))
      code, out = run(config, "list", "--json", "--limit", "1")
      local one = json.decode(out)
      assert.same({ 0, ids[2], "delivered", 200 }, { code, one.event_id, one.state, one.status })
      code, out = run(config, "list", "--state", "failed")
      assert.equal(0, code)
      assert.matches("none", out)
    end)
  end)

  it("shows each attempt, and delivers again", function()
    with("/hook/fails", function(config)
      local ids = sent(1)
      local code, out = run(config, "history", ids[1])
      assert.equal(0, code)
      assert.matches("webhook.test at http://127.0.0.1:%d+: pending\n +next attempt ", out)
      assert.matches("500 +%d+ ms +answered 500: broken for now", out)
      code, out = run(config, "redeliver", ids[1])
      assert.equal(0, code)
      assert.matches(": delivered\n", out)
      code, out = run(config, "history", "--json", ids[1])
      assert.equal(0, code)
      assert.same({ 500, 200 }, { json.decode(out).history[1].status,
        json.decode(out).history[2].status })
      local _, _, err = run(config, "history", "unknown")
      assert.equal("vision: there is no event 'unknown' in the outbox\n", err)
      code, _, err = run(config, "redeliver", "unknown")
      assert.equal(1, code)
      assert.matches("there is no event 'unknown'", err)
    end)
  end)

  it("turns a receiver on again that was gone", function()
    with("/hook/gone", function(config)
      sent(1)
      local _, out = run(config, "list")
      assert.matches("off since .*: answered 410: no  more", out)
      local label = server.url
      local code
      code, out = run(config, "enable", label)
      assert.same({ 0, label .. ": on\n" }, { code, out })
      _, out = run(config, "list")
      assert.matches("waiting +on\n", out)
      local err
      code, _, err = run(config, "enable", "https://nobody.example")
      assert.equal(1, code)
      assert.matches("there is no receiver 'https://nobody.example'", err)
    end)
  end)

  it("tries a receiver, signed as events are", function()
    with("/hook/tried", function(config)
      local code, out, err = run(config, "test")
      assert.same({ 0, "" }, { code, err })
      assert.matches("^http://127.0.0.1:%d+: took it, with 200 %(%d+ ms%)\n$", out)
      code, out = run(config, "test", url)
      assert.equal(0, code)
      assert.is_nil(out:find "new secret")
      local hooks = server:hooks "/hook/tried"
      assert.equal(2, #hooks)
      assert.is_true(hooks[1].is_signed and hooks[1].is_stamped)
      assert.equal("webhook.test", json.decode(hooks[1].body).event_type)
    end)
  end)

  it("tries another, with a secret that it makes or finds", function()
    with("/hook/own", function(config)
      local other = server.url .. "/hook/other"
      local code, out = run(config, "test", "--allow-private", other)
      assert.equal(0, code)
      assert.matches("^signed with a new secret: whsec_", out)
      code, out = run(config, "test", other)
      assert.equal(1, code)
      assert.matches("did not take it: .* is at a loopback address", out)
      code, out = run(config, "test", "--allow-private", server.url .. "/status/404")
      assert.equal(1, code)
      assert.matches("did not take it: answered 404: said so", out)
      environment.with({ VISION_WEBHOOK_SECRET = SECRET }, function()
        code, out = command_line.run({ "webhooks", "test", "--allow-private", other, "--config",
          config }, { environment = { VISION_WEBHOOK_SECRET = SECRET } })
      end)
      assert.equal(0, code)
      assert.is_nil(out:find "secret")
      local hooks = server:hooks "/hook/other"
      assert.is_true(hooks[#hooks].is_signed)
    end)
  end)

  it("says what the configuration lacks", function()
    folder.with(function(place)
      local config = place .. "/vision.lua"
      folder.write(config, "return {}")
      local code, _, err = run(config, "list")
      assert.equal(1, code)
      assert.matches("has no 'webhooks'", err)
      code, _, err = run(config, "test")
      assert.equal(2, code)
      assert.matches("name a URL", err)
      folder.write(config, [[return { webhooks = { webhook_url = "https://x.example/",
        webhook_secret = "x" } }]])
      code, _, err = run(config, "list")
      assert.equal(1, code)
      assert.matches("kept in memory, by the process that sends them: set webhooks.outbox", err)
      folder.write(config, "return { webhooks = { webhook_url = 'x' } }")
      code, _, err = run(config, "list")
      assert.equal(1, code)
      assert.matches("vision.lua: webhooks: webhook_url must look like", err)
    end)
  end)

  it("is told by every command that reads, before it ends", function()
    with("/hook/analyzed", function(config)
      local picture = require("spec.support.readers").PICTURE
      folder.write(outbox .. ".gif", picture)
      local code = command_line.run { "analyze", "--config", config, "--provider", "stub",
        outbox .. ".gif" }
      assert.equal(0, code)
      local types = {}
      for i, hook in ipairs(server:hooks "/hook/analyzed") do
        types[i] = json.decode(hook.body).event_type
      end
      assert.same({ "analysis.started", "analysis.completed" }, types)
      code = command_line.run { "batch", "--config", config, "--provider", "stub",
        outbox .. ".gif" }
      assert.equal(0, code)
      local counts = {}
      for _, hook in ipairs(server:hooks "/hook/analyzed") do
        local kind = json.decode(hook.body).event_type
        counts[kind] = (counts[kind] or 0) + 1
      end
      assert.same({ ["analysis.started"] = 2, ["analysis.completed"] = 2, ["batch.started"] = 1,
        ["batch.completed"] = 1 }, counts)
    end)
  end)
end)
