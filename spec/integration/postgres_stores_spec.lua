-- SPDX-License-Identifier: MIT
-- What else can be kept in PostgreSQL, each by the contract that holds in SQLite, too.

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

  describe("the outbox", function()
    outbox_contract(it, function(body)
      local outbox = assert(outboxes.open(empty()))
      local ok, message = pcall(body, outbox)
      outbox:close()
      if not ok then error(message, 0) end
    end)
  end)
end)
