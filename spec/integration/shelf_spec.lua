-- SPDX-License-Identifier: MIT
-- The shelf of the service in real servers.

local contract = require "spec.support.shelf_contract"
local database = require "vision.database.postgres"
local postgres = require "spec.support.postgres"
local redis = require "spec.support.redis"
local shelves = require "vision.server.shelf"

describe("the shelf in Redis", function()
  local server, number = nil, 0
  setup(function() server = redis.start() end)
  teardown(function() server:stop() end)

  contract.describe(it, function()
    number = number + 1
    return shelves.open(server.url .. "/" .. number)
  end)
end)

describe("the shelf in PostgreSQL", function()
  local server, admin
  setup(function()
    server = postgres.start()
    admin = assert(database.open(server.url))
  end)
  teardown(function()
    admin:close()
    server:stop()
  end)

  contract.describe(it, function()
    assert(admin:write { { "DROP SCHEMA public CASCADE" }, { "CREATE SCHEMA public" } })
    return shelves.open(server.url)
  end)
end)
