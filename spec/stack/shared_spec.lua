-- SPDX-License-Identifier: MIT
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local shares = require "vision.stack.shared"
local stack = require "vision.stack"

describe("what all stacks of a program share", function()
  it("is one store, budget, monitor and manager of webhooks", function()
    local settings = { records = { store = "memory:", auto_tag = { "x" } },
      budget = { daily_limit_usd = 1 }, health = { failure_threshold = 2 },
      webhooks = { webhook_url = "https://a.example/", webhook_secret = "a-long-secret-of-mine" } }
    local shared = assert(shares.new(settings))
    local one = assert(stack.stack(shared:apply { provider = "stub" }))
    local other = assert(stack.stack(shared:apply { provider = "local" }))
    assert.equal(shared.persistence, one.persistence)
    assert.equal(shared.persistence, other.persistence)
    assert.equal(shared.tracker, one.cost_tracker)
    assert.equal(shared.tracker, other.cost_tracker)
    assert.equal(shared.webhook_manager, one.webhook_manager)
    assert.equal(2, #shared.monitor:get_dashboard().providers)
    assert.equal("memory:", shared.store)
    assert.equal("memory:", settings.records.store) -- whose table it was finds it as it was
    shared.webhook_manager:close()
    shared:close()
  end)

  it("is nothing where nobody asks for it, and may be left out of one stack", function()
    local shared = assert(shares.new { records = false })
    assert.is_nil(shared.persistence)
    assert.same({ provider = "stub" }, shared:apply { provider = "stub" })
    shared = assert(shares.new { budget = { daily_limit_usd = 1 } })
    assert.is_false(shared:apply { budget = false }.budget)
  end)

  it("tells of a budget once, however many stacks keep to it", function()
    local told = {}
    local settings = { budget = { daily_limit_usd = 1 }, provider = "stub",
      on_alert = function(alert) told[#told + 1] = alert end }
    local shared = assert(shares.new(settings))
    for _ = 1, 3 do assert(stack.stack(shared:apply(settings))) end
    local token = assert(shared.tracker:reserve({ endpoint = "stub", provider = "stub" }, 10))
    shared.tracker:settle(token, { micro = 900000 })
    assert.equal(1, #told)
    assert.same({ "budget", "warning", "all", "threshold" }, { told[1].kind, told[1].severity,
      told[1].subject, told[1].details.of })
    assert.is_string(json.encode(told[1]))
  end)

  it("says what is wrong with it", function()
    for name, wrong in pairs { records = { store = 7 }, budget = { daily_limit_usd = "x" },
      health = { failure_threshold = 0 }, webhooks = { webhook_url = 7 } } do
      local shared, err = shares.new { [name] = wrong }
      assert.is_nil(shared, name)
      assert.equal("invalid_option", err.reason)
    end
  end)

  it("knows where pictures are kept beside records", function()
    folder.with(function(place)
      local shared = assert(shares.new { records = { store = "memory:", keep_pictures = place } })
      assert.equal(place, shared:kept_pictures())
      shared:close()
    end)
    assert.is_nil(assert(shares.new {}):kept_pictures())
  end)
end)
