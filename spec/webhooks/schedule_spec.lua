-- SPDX-License-Identifier: MIT
local schedule = require "vision.webhooks.schedule"

local NOW = 1.7e9

local function outcome(status, fields)
  fields = fields or {}
  return schedule.outcome({ status = status, retry_after = fields.retry_after },
    fields.attempts or 1, fields.since or NOW, NOW, fields.random or 0)
end

describe("the schedule of deliveries", function()
  it("takes 2xx, and nothing else, for delivered", function()
    for _, status in ipairs { 200, 201, 202, 204, 299 } do
      assert.same({ state = "delivered" }, outcome(status))
    end
    for _, status in ipairs { 100, 199, 300, 302, 400, 401, 404, 408, 409, 429, 500, 503 } do
      assert.equal("pending", outcome(status).state, status)
    end
    assert.equal("pending", outcome(nil).state)
  end)

  it("gives a receiver up that is gone", function()
    assert.same({ state = "failed", gone = true }, outcome(410))
  end)

  it("waits longer each time, and by chance a little more", function()
    for attempts, delay in ipairs(schedule.DELAYS) do
      assert.equal(NOW + delay, outcome(500, { attempts = attempts }).next_at)
      assert.near(NOW + delay * 1.2, outcome(500, { attempts = attempts, random = 0.999999 })
        .next_at, 1)
    end
    assert.equal(NOW + 86400, outcome(500, { attempts = 50 }).next_at)
  end)

  it("tries one last time when three days are over, and then no more", function()
    local since = NOW - 2.5 * 86400
    assert.equal(NOW + 43200, outcome(500, { attempts = 9, since = since }).next_at)
    assert.equal("failed", outcome(500, { attempts = 10, since = NOW - 3 * 86400 }).state)
    assert.equal("delivered", outcome(200, { attempts = 10, since = NOW - 3 * 86400 }).state)
  end)

  it("goes on for three days", function()
    local now, attempts, found = NOW, 0
    repeat
      attempts = attempts + 1
      found = schedule.outcome({ status = 500 }, attempts, NOW, now, 0.5)
      now = found.next_at or now
    until found.state ~= "pending"
    assert.equal("failed", found.state)
    assert.equal(3 * 86400, now - NOW)
    assert.equal(10, attempts)
  end)

  it("heeds Retry-After, of the event and of the receiver", function()
    local found = outcome(429, { retry_after = "120" })
    assert.same({ NOW + 120, NOW + 120 }, { found.next_at, found.paused_until })
    found = outcome(503, { retry_after = "Tue, 14 Nov 2023 22:15:00 GMT" }) -- 100 s later
    assert.near(NOW + 100, found.paused_until, 1)
    found = outcome(503, { retry_after = "1" }) -- sooner than it is tried anyway
    assert.same({ NOW + 5, NOW + 1 }, { found.next_at, found.paused_until })
  end)

  it("does not let a receiver ask for more than a day, or for nonsense", function()
    assert.equal(NOW + 86400, outcome(429, { retry_after = "99999999" }).paused_until)
    for _, word in ipairs { "soon", "-5", "", "0" } do
      local found = outcome(429, { retry_after = word })
      assert.same({ NOW + 5 }, { found.next_at, found.paused_until })
    end
  end)
end)
