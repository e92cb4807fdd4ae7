-- SPDX-License-Identifier: MIT
local memory_outbox = require "vision.webhooks.memory_outbox"

describe("the outbox in memory", function()
  require "spec.support.outbox_contract" (it, function(body) body(memory_outbox.new()) end)

  it("takes only so much", function()
    local outbox = memory_outbox.new()
    outbox:register { { key = "a", label = "https://a.example" } }
    local err, kept
    for i = 1, 10001 do
      local event = { event_id = "e" .. i, event_type = "webhook.test", subject = "s" .. i,
        body = "{}", created_at = 0 }
      kept, err = outbox:add(event, { "a" })
      assert.equal(i <= 10000, kept == true)
    end
    assert.equal("queue_full", err.reason)
    assert.matches("give webhooks an outbox file", err.message)
  end)

  it("remembers only so many that have ended", function()
    local outbox = memory_outbox.new()
    outbox:register { { key = "a", label = "https://a.example" } }
    for i = 1, 1100 do
      outbox:add({ event_id = "e" .. i, event_type = "webhook.test", subject = "s", body = "{}",
        created_at = 0 }, { "a" })
      local claimed = outbox:claim("a", "me", 1, 60, 1)
      outbox:settle(claimed[1], "me", { at = 1, ms = 1, status = 200 }, { state = "delivered" })
    end
    local list = outbox:list(nil, 5000)
    assert.equal(1000, #list)
    assert.equal("e1100", list[1].event_id)
  end)
end)
