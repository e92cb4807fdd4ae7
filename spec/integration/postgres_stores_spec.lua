-- SPDX-License-Identifier: MIT
-- What else can be kept in PostgreSQL, each by the contract that holds in SQLite, too.

local CostTracker = require("vision.money.tracker").CostTracker
local chance = require "spec.support.chance"
local ledger_contract = require "spec.support.ledger_contract"
local ledger = require "vision.money.ledger.sql"
local outbox_contract = require "spec.support.outbox_contract"
local outboxes = require "vision.webhooks.outbox"
local postgres = require "vision.database.postgres"
local server_of = require "spec.support.postgres"

describe("in PostgreSQL", function()
  local server, admin

  setup(function()
    server = server_of.start()
    admin = assert(postgres.open(server.socket_url))
  end)

  teardown(function()
    admin:close()
    server:stop()
  end)

  local function empty()
    assert(admin:write { { "DROP SCHEMA public CASCADE" }, { "CREATE SCHEMA public" } })
    return server.socket_url
  end

  describe("budgets", function()
    ledger_contract.describe(it, function() return ledger.open(empty()) end, nil,
      function() return ledger.open(server.socket_url) end)
  end)

  it("whatever tags a call has, what it cost is booked", function()
    local books = assert(CostTracker.new { total_limit_usd = 1, store = empty() })
    local random = chance.new(3)
    local long = {}
    for i = 1, 10000 do long[i] = string.char(random:integer(33, 126)) end
    local tags = { "a\0b", "\255\254", table.concat(long), ("ä"):rep(5000), "it's, \"b\"\n", "" }
    for _, tag in ipairs(tags) do
      local call = { provider = "p", model = "m", tags = { tag, "other" } }
      local token = assert(books:reserve(call, 1000))
      books:settle(token, { micro = 1000 })
    end
    assert(books:write_down())
    assert.equal(0.006, books:get_budgets()[1].spent_usd)
    assert.equal(0, books:get_budgets()[1].reserved_usd)
    assert.equal(0.006, books:get_daily_cost { tag = "other" })
    books:close()
  end)

  describe("the outbox", function()
    outbox_contract(it, function(body)
      local outbox = assert(outboxes.open(empty()))
      local ok, message = pcall(body, outbox)
      outbox:close()
      if not ok then error(message, 0) end
    end)
  end)
end)
