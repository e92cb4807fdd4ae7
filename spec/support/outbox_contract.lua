-- SPDX-License-Identifier: MIT
-- What every outbox does (lua/vision/webhooks/outbox.lua), as tests.

local assert = require "luassert"
local ended_process = require("spec.support.processes").ended

local NOW = 1.7e9
local A = { key = "a", label = "https://a.example" }
local B = { key = "b", label = "https://b.example" }

--- Adds the tests to the `describe` it is called in.
---@param it function  busted's
---@param with_outbox fun(body: fun(outbox: vision.WebhookOutbox))  gives an empty one
return function(it, with_outbox)
  local outbox, made

  local function add(subject, keys, at)
    made = made + 1
    local event = { event_id = ("event-%d"):format(made), event_type = "webhook.test",
      subject = subject, body = ('{"n":%d,"ä":"\\n"}'):format(made), created_at = at or NOW }
    assert(outbox:add(event, keys or { "a" }))
    return event
  end

  local function claim(owner, now, key, count)
    local claimed = assert(outbox:claim(key or "a", owner or "me", now or NOW, (now or NOW) + 60,
      count or 10))
    local ids = {}
    for i, one in ipairs(claimed) do ids[i] = one.event_id end
    return ids, claimed
  end

  local function attempt(status, at)
    return { at = at or NOW, status = status, ms = 12.5,
      message = status ~= 200 and "answered so" or nil }
  end

  local function settle(one, outcome, status, owner)
    return outbox:settle(one, owner or "me", attempt(status or 200), outcome)
  end

  local function test(name, body)
    it(name, function()
      with_outbox(function(opened)
        outbox, made = opened, 0
        assert(outbox:register { A, B })
        body()
      end)
    end)
  end

  test("hands out what was added, once", function()
    local event = add "s"
    local ids, claimed = claim()
    assert.same({ event.event_id }, ids)
    local one = claimed[1]
    assert.same({ "a", "webhook.test", "s", event.body, 0, NOW },
      { one.endpoint, one.event_type, one.subject, one.body, one.attempts, one.since })
    assert.same({}, (claim()))
    assert.same({}, (claim "another"))
    assert.is_true(settle(one, { state = "delivered" }))
    assert.same({}, (claim("me", NOW + 1000)))
  end)

  test("gives each receiver its own", function()
    add("s", { "a", "b" })
    add("t", { "b" })
    local _, claimed = claim("me", NOW, "a")
    settle(claimed[1], { state = "delivered" })
    assert.same({ "event-1", "event-2" }, (claim("me", NOW, "b")))
  end)

  test("keeps the order of a subject, whatever happens to the first", function()
    add "s" add "t" add "s"
    local ids, claimed = claim()
    assert.same({ "event-1", "event-2" }, ids)
    settle(claimed[1], { state = "pending", next_at = NOW + 300 }, 500)
    settle(claimed[2], { state = "delivered" })
    assert.same({}, (claim("me", NOW + 299)))
    ids, claimed = claim("me", NOW + 300)
    assert.same({ "event-1" }, ids)
    assert.equal(1, claimed[1].attempts)
    settle(claimed[1], { state = "delivered" })
    assert.same({ "event-3" }, (claim("me", NOW + 300)))
  end)

  test("goes on in a subject when one was given up", function()
    add "s" add "s"
    local _, claimed = claim()
    settle(claimed[1], { state = "failed" }, 500)
    assert.same({ "event-2" }, (claim()))
  end)

  test("hands out as many as are wanted, the oldest first", function()
    for i = 1, 5 do add("s" .. i) end
    assert.same({ "event-1", "event-2" }, (claim("me", NOW, "a", 2)))
    assert.same({ "event-3", "event-4", "event-5" }, (claim("me", NOW, "a", 3)))
  end)

  test("gives to another what the lease of the first is over for", function()
    add "s"
    local _, claimed = claim "dead"
    assert.same({}, (claim("alive", NOW + 59)))
    local ids, again = claim("alive", NOW + 61)
    assert.same({ "event-1" }, ids)
    assert.is_false(settle(claimed[1], { state = "failed" }, 500, "dead"))
    assert.is_true(settle(again[1], { state = "delivered" }, 200, "alive"))
    assert.equal("delivered", outbox:list(nil, 10)[1].state)
  end)

  test("frees at the next look what a process had claimed that has ended", function()
    if not outbox.is_shared then return end
    add "s" add "s" add "t"
    claim("me", NOW, "a", 1)
    claim(ended_process() .. ":1")
    assert.same({}, (claim("alive", NOW + 1)))
    assert.equal(NOW + 1, outbox:next_due("a", NOW + 1))
    local ids, claimed = claim("alive", NOW + 1)
    assert.same({ "event-3" }, ids) -- the first's owner tells nothing: its lease holds
    assert.equal(0, claimed[1].attempts)
  end)

  test("keeps the order of a subject whose first is freed so", function()
    if not outbox.is_shared then return end
    add "s" add "s"
    claim(ended_process() .. ":1")
    outbox:next_due("a", NOW + 1)
    local ids, claimed = claim("alive", NOW + 1)
    assert.same({ "event-1" }, ids)
    assert.is_true(settle(claimed[1], { state = "delivered" }, 200, "alive"))
    assert.same({ "event-2" }, (claim("alive", NOW + 1)))
  end)

  test("says when something is due", function()
    assert.is_false(outbox:next_due("a", NOW))
    add("s", nil, NOW + 5) add("s", nil, NOW + 1) add("t", nil, NOW + 9)
    assert.equal(NOW + 5, outbox:next_due("a", NOW))
    assert.is_false(outbox:next_due("b", NOW))
    local _, claimed = claim("me", NOW + 5)
    assert.equal(NOW + 9, outbox:next_due("a", NOW))
    settle(claimed[1], { state = "pending", next_at = NOW + 7 }, 500)
    assert.equal(NOW + 7, outbox:next_due("a", NOW))
    assert.is_true(outbox:next_due("a", NOW + 8) <= NOW + 8)
    claim("me", NOW + 9)
    assert.equal(NOW + 69, outbox:next_due("a", NOW)) -- the leases
  end)

  test("rests where a receiver asked for it", function()
    add "s" add "t"
    local _, claimed = claim("me", NOW, "a", 1)
    settle(claimed[1], { state = "pending", next_at = NOW + 120, paused_until = NOW + 120 }, 429)
    assert.equal(NOW + 120, outbox:next_due("a", NOW))
    assert.same({}, (claim("me", NOW + 119)))
    assert.same({ "event-1", "event-2" }, (claim("me", NOW + 120)))
  end)

  test("keeps nothing for a receiver that is gone, until it is there again", function()
    add("s", { "a", "b" })
    add "t"
    local _, claimed = claim("me", NOW, "a", 1)
    settle(claimed[1], { state = "failed", gone = true }, 410)
    assert.is_false(outbox:next_due("a", NOW))
    assert.same({}, (claim()))
    add("u", { "a", "b" })
    assert.same({ "event-1", "event-3" }, (claim("me", NOW, "b")))
    local a = outbox:list_endpoints()[1]
    assert.same({ "https://a.example", NOW, "answered so", 1 },
      { a.label, a.disabled_at, a.disabled_why, a.pending })
    assert.is_true(outbox:enable "a")
    assert.is_nil(outbox:list_endpoints()[1].disabled_at)
    assert.same({ "event-2" }, (claim()))
    assert.is_false(outbox:enable "unknown")
  end)

  test("knows what became of each", function()
    add "s" add("t", { "a", "b" })
    local _, claimed = claim()
    settle(claimed[1], { state = "pending", next_at = NOW + 5 }, 500)
    settle(claimed[2], { state = "delivered" })
    local list = assert(outbox:list(nil, 10))
    assert.equal(3, #list)
    local oldest = list[3]
    assert.same({ "event-1", "webhook.test", "s", "a", "https://a.example", "pending", 1, NOW + 5,
      500, "answered so", NOW },
      { oldest.event_id, oldest.event_type, oldest.subject, oldest.endpoint, oldest.label,
        oldest.state, oldest.attempts, oldest.next_at, oldest.status, oldest.message,
        oldest.created_at })
    assert.equal(1, #outbox:list("delivered", 10))
    assert.equal(2, #outbox:list("pending", 10))
    assert.equal(1, #outbox:list(nil, 1))
    assert.is_nil(outbox:list("delivered", 1)[1].next_at)
  end)

  test("remembers each attempt", function()
    add "s"
    local _, claimed = claim()
    outbox:settle(claimed[1], "me", { at = NOW, ms = 1.5, message = "refused" },
      { state = "pending", next_at = NOW + 5 })
    _, claimed = claim("me", NOW + 5)
    outbox:settle(claimed[1], "me", { at = NOW + 5, status = 204, ms = 2.5 },
      { state = "delivered" })
    local found = assert(outbox:history "event-1")
    assert.equal(1, #found)
    assert.same({ { at = NOW, ms = 1.5, message = "refused" },
      { at = NOW + 5, status = 204, ms = 2.5 } }, found[1].history)
    assert.same({}, (outbox:history "unknown"))
  end)

  test("delivers again by hand, to all its receivers and in its order", function()
    add("s", { "a", "b" })
    local _, claimed = claim()
    settle(claimed[1], { state = "failed" }, 500)
    _, claimed = claim("me", NOW, "b")
    settle(claimed[1], { state = "delivered" })
    add "s"
    assert.equal(2, outbox:redeliver("event-1", NOW + 1000))
    local ids
    ids, claimed = claim("me", NOW + 1000)
    assert.same({ "event-1" }, ids)
    assert.same({ 0, NOW + 1000 }, { claimed[1].attempts, claimed[1].since })
    assert.same({ "event-1" }, (claim("me", NOW + 1000, "b")))
    assert.equal(0, outbox:redeliver("event-1", NOW + 1001)) -- it is on its way
    assert.equal(0, outbox:redeliver("unknown", NOW))
    settle(claimed[1], { state = "delivered" })
    assert.same({ "event-2" }, (claim("me", NOW + 1001)))
    assert.equal(2, #outbox:history("event-1")[2].history)
  end)

  test("forgets what is old, and only that", function()
    add("old", nil, NOW - 100) add("new", nil, NOW)
    local _, claimed = claim("me", NOW, "a", 1)
    settle(claimed[1], { state = "delivered" })
    assert.equal(0, outbox:prune(NOW - 50))
    assert.same({}, (outbox:history "event-1"))
    assert.equal(1, #outbox:list(nil, 10))
    assert.same({ "event-2" }, (claim()))
    assert.equal(1, outbox:prune(NOW + 1)) -- which nobody got
    assert.same({}, (outbox:list(nil, 10)))
    assert.is_false(outbox:next_due("a", NOW))
  end)

  test("brings back what waits for a time that was a wrong clock's", function()
    for _, subject in ipairs { "put off", "claimed", "soon" } do add(subject, nil, NOW + 500) end
    local _, claimed = claim("me", NOW + 500)
    settle(claimed[1], { state = "pending", next_at = NOW + 9000, paused_until = NOW + 8000 }, 429)
    assert(outbox:bring_back(NOW, NOW + 9000))
    assert.equal(NOW + 8000, outbox:next_due("a", NOW))
    assert(outbox:bring_back(NOW, NOW + 510))
    local ids, again = claim "another"
    assert.same({ "event-1", "event-2", "event-3" }, ids)
    assert.equal(NOW, again[1].since)
  end)

  test("may be told of its receivers again", function()
    add "s"
    assert(outbox:register { A, { key = "c", label = "https://c.example" } })
    assert.same({ "event-1" }, (claim()))
    add("t", { "c" })
    assert.same({ "event-2" }, (claim("me", NOW, "c")))
  end)
end
