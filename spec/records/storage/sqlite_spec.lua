-- SPDX-License-Identifier: MIT
local contract = require "spec.support.storage_contract"
local storage = require "vision.records.storage"

describe("records in SQLite", function()
  local path

  before_each(function()
    path = os.tmpname()
    os.remove(path)
    assert(os.execute("mkdir " .. path))
  end)
  after_each(function() os.execute("rm -rf " .. path) end)

  contract(function() return assert(storage.open("sqlite:" .. path .. "/records.db")) end)
end)
