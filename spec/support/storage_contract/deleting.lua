-- SPDX-License-Identifier: MIT
-- What deletion takes away, and what it leaves.

local assert = require "luassert"
local at_hand = require "spec.support.storage_contract.at_hand"
local it = require("busted").it
local samples = require "spec.support.record_samples"

local store, save, found = at_hand.store, at_hand.save, at_hand.found

return function()
  it("deletes what matches, and only that", function()
    local list = save(samples.records(6, function(i)
      return { provider = i < 3 and "a" or "b", tags = { "x", i == 6 and "y" or nil } }
    end))
    assert.equal(2, store:delete { provider = "a" })
    assert.equal(0, store:delete { provider = "a" })
    assert.same({ 6, 5, 4, 3 }, found(list))
    assert.is_false(store:get(list[1].record_id))
    assert.equal(1, store:delete { tags = { "y" } })
    assert.equal(1, store:delete { image_hash = list[3].image_hash })
    assert.same({ 5, 4 }, found(list))
    assert.equal(2, store:delete())
    assert.equal(0, store:count())
  end)

  it("deletes the oldest or the newest few", function()
    local list = save(samples.records(10))
    assert.equal(3, store:delete { order = "oldest", limit = 3 })
    assert.equal(2, store:delete { limit = 2 })
    assert.same({ 8, 7, 6, 5, 4 }, found(list))
    assert.equal(2, store:delete { to = list[6].created_at })
    assert.same({ 8, 7, 6 }, found(list))
  end)

  it("takes a record again that was deleted", function()
    local list = save(samples.records(1))
    store:delete()
    save(list)
    assert.same({ 1 }, found(list))
    assert.equal(1, store:count { text = "flange" })
  end)

  it("leaves no word and no tag of it to a record that is saved in its place", function()
    local at = samples.START + 3e6
    for _ = 1, 2 do
      save { samples.record { created_at = at, tags = { "gone" },
        result = samples.reading { summary = "bracket" } } }
      assert.equal(1, store:delete { order = "newest", limit = 1 })
    end
    save { samples.record { created_at = at, tags = { "kept" } } }
    assert.equal(0, store:count { text = "bracket" })
    assert.equal(0, store:count { tags = { "gone" } })
    assert.equal(1, store:count { text = "flange", tags = { "kept" } })
  end)
end
