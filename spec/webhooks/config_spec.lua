-- SPDX-License-Identifier: MIT
local environment = require "spec.support.environment"
local WebhookManager = require("vision.webhooks.manager").WebhookManager

local URL = "https://user:hidden@api.example.com:8443/hooks/hidden?token=hidden"

local function new(changes)
  local given = { webhook_url = URL, webhook_secret = "hidden-secret" }
  for name, value in pairs(changes or {}) do given[name] = value or nil end
  return WebhookManager.new(given)
end

local function assert_refused(changes, ...)
  local manager, err = new(changes)
  assert.is_nil(manager)
  assert.equal("invalid_option", err.reason)
  for _, part in ipairs { ... } do assert.matches(part, err.message, 1, true) end
  assert.is_nil(err.message:find("hidden", 1, true), err.message)
end

describe("the configuration of webhooks", function()
  it("needs a URL and a secret", function()
    environment.with({ VISION_WEBHOOK_SECRET = false }, function()
      assert(new())
      assert_refused({ webhook_url = false }, "webhook_url is missing")
      local _, err = WebhookManager.new { webhook_url = URL }
      assert.matches("webhook_secret is missing: give one, or set VISION_WEBHOOK_SECRET",
        err.message)
    end)
  end)

  it("takes secrets from the environment, too", function()
    environment.with({ VISION_WEBHOOK_SECRET = "new-one  old-one" }, function()
      local manager = assert(WebhookManager.new { webhook_url = URL })
      assert.same({ "new-one", "old-one" }, manager.receivers[1].secrets)
      assert.same({ "hidden-secret" }, assert(new()).receivers[1].secrets)
    end)
  end)

  it("shows neither URL nor secret", function()
    assert.equal("webhooks to https://api.example.com:8443", tostring(assert(new())))
  end)

  it("refuses what is no URL of http or https", function()
    for _, url in ipairs { "", "hidden", "ftp://x/hidden", "file:///hidden", "https://",
      "http://user@/hidden", "gopher://127.0.0.1:6379/hidden", "https:///hidden",
      "https://a b/hidden", "https://x/" .. ("hidden"):rep(1000),
      "https://h:port/hidden", "https://h:65536/hidden", "https://[::1/hidden", "https://h:1:2/",
      "https://h/a b", "https://h/\r\nX: y", "https://h/a\0b" } do
      assert_refused({ webhook_url = url }, "webhook_url must look like https://host/path")
    end
    assert_refused({ webhook_url = 5 }, "webhook_url")
  end)

  it("refuses bad secrets without showing them", function()
    assert_refused({ webhook_secret = "" }, "webhook_secret")
    assert_refused({ webhook_secret = { "hidden", 5 } }, "webhook_secret")
    assert_refused({ webhook_secret = "whsec_hidden" }, "whsec_ goes on with base64")
  end)

  it("refuses kinds of events that there are not", function()
    assert_refused({ events = { "analysis.complete" } }, "did you mean 'analysis.completed'?")
    assert_refused({ events = {} }, "at least one kind")
    assert_refused({ events = { 5 } }, "no event '5'")
    local manager = assert(new { events = { "budget.alert" } })
    assert.is_true(manager:wants "budget.alert")
    assert.is_false(manager:wants "batch.started")
  end)

  it("refuses what is no network", function()
    assert_refused({ allow_private = { "10.0.0.0/99" } }, "'10.0.0.0/99' is no network")
    assert_refused({ allow_private = { 5 } }, "list of networks")
    assert_refused({ allow_private = "yes" }, "true, false or a list of networks")
    assert.same({}, assert(new()).receivers[1].guard)
    assert.same({ "10.0.0.0/8" }, assert(new { allow_private = { "10.0.0.0/8" } })
      .receivers[1].guard)
    assert.equal(2, #assert(new { allow_private = true }).receivers[1].guard)
  end)

  it("knows several receivers", function()
    local manager = assert(WebhookManager.new { webhook_url = URL, webhook_secret = "a",
      endpoints = { { webhook_url = "http://b.example/", webhook_secret = "b",
        events = { "batch.completed" } } } })
    assert.equal("webhooks to https://api.example.com:8443, http://b.example", tostring(manager))
    assert.is_true(manager:wants "analysis.started")
    assert(WebhookManager.new { endpoints = { { webhook_url = URL, webhook_secret = "a" } } })
    assert_refused({ endpoints = { { webhook_url = URL, webhook_secret = "hidden" } } },
      "two receivers are the same URL at https://api.example.com:8443")
    assert_refused({ endpoints = { { url = URL } } }, "endpoints[1]: there is no option 'url'")
    assert_refused({ endpoints = { pager = { webhook_url = URL } } },
      "option 'endpoints' must be a list of receivers")
    local _, err = WebhookManager.new { endpoints = {} }
    assert.matches("1 to 32 receivers", err.message)
  end)
end)
