-- SPDX-License-Identifier: MIT
local contract = require "spec.support.storage_contract"
local samples = require "spec.support.record_samples"
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

  it("are deleted a few at a time where they are large", function()
    local store = assert(storage.open(path .. "/records.db"))
    for _ = 1, 4 do
      assert(store:save { samples.record { result = { summary = ("-"):rep(3500000) } } })
    end
    local write, transactions = store.db.write, 0
    store.db.write = function(...)
      transactions = transactions + 1
      return write(...)
    end
    assert.equal(4, store:delete { status = "completed" })
    assert.equal(2, transactions)
    store:close()
  end)

  it("are not said to be saved where the program had a fault on the way", function()
    local store = assert(storage.open(path .. "/records.db"))
    store.db.write = function() error "a fault" end
    local ok, err = store:save { samples.record() }
    store.db.write = nil
    assert.is_nil(ok)
    assert.matches("a fault", err.message, 1, true)
    assert.is_true(store:save { samples.record() })
    assert.equal(1, store:count())
    store:close()
  end)
end)
