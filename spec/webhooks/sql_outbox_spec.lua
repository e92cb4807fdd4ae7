-- SPDX-License-Identifier: MIT
local outboxes = require "vision.webhooks.outbox"
local folder = require "spec.support.folder"

describe("the outbox in SQLite", function()
  require "spec.support.outbox_contract" (it, function(body)
    folder.with(function(path)
      local outbox = assert(outboxes.open("sqlite:" .. path .. "/outbox.db"))
      local ok, message = pcall(body, outbox)
      outbox:close()
      if not ok then error(message, 0) end
    end)
  end)

  it("is there again when it is opened again, and for another process", function()
    folder.with(function(path)
      local name = path .. "/outbox.db"
      local one = assert(outboxes.open(name))
      one:register { { key = "a", label = "https://a.example" } }
      one:add({ event_id = "e", event_type = "webhook.test", subject = "s", body = "{}",
        created_at = 5 }, { "a" })
      local other = assert(outboxes.open(name))
      assert.equal(1, #other:claim("a", "other", 5, 65, 10))
      assert.equal(0, #one:claim("a", "one", 5, 65, 10))
      one:close()
      other:close()
      local again = assert(outboxes.open(name))
      assert.equal(65, again:next_due("a", 6))
      again:close()
    end)
  end)

  it("keeps an event once that is added twice", function()
    folder.with(function(path)
      local outbox = assert(outboxes.open(path .. "/outbox.db"))
      outbox:register { { key = "a", label = "https://a.example" } }
      local event = { event_id = "e", event_type = "webhook.test", subject = "s", body = "{}",
        created_at = 5 }
      for _ = 1, 2 do assert.is_true(outbox:add(event, { "a" })) end
      assert.equal(1, #outbox:list(nil, 10))
      outbox:close()
    end)
  end)

  it("says why it cannot be opened", function()
    folder.with(function(path)
      folder.write(path .. "/note.txt", ("no database at all\n"):rep(200))
      local outbox, err = outboxes.open(path .. "/note.txt")
      assert.is_nil(outbox)
      assert.matches("note.txt", err.message)
      outbox, err = outboxes.open(path .. "/missing/outbox.db")
      assert.is_nil(outbox)
      assert.equal("not_found", err.reason)
    end)
  end)
end)
