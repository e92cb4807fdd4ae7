-- SPDX-License-Identifier: MIT
-- One page after the other.

local assert = require "luassert"
local at_hand = require "spec.support.storage_contract.at_hand"
local it = require("busted").it
local samples = require "spec.support.record_samples"

local store, save, found = at_hand.store, at_hand.save, at_hand.found
local all_pages, ids, is_refused = at_hand.all_pages, at_hand.ids, at_hand.is_refused

return function()
  it("sorts by time, then id, from either end", function()
    local at = samples.START + 1e6
    local list = samples.records(6, function(i) return { created_at = at + math.floor(i / 3) } end)
    local mixed = { list[4], list[1], list[6], list[3], list[2], list[5] }
    save(mixed)
    assert.same({ 6, 5, 4, 3, 2, 1 }, found(list))
    assert.same({ 1, 2, 3, 4, 5, 6 }, found(list, { order = "oldest" }))
    assert.same({ 1, 2 }, found(list, { order = "oldest", limit = 2 }))
  end)

  it("gives every record once, in pages of any size, from either end", function()
    local at = samples.START + 2e6
    local list = save(samples.records(23, function(i)
      return { created_at = at + math.floor(i / 5) / 1000, provider = i % 4 == 0 and "p" or "q" }
    end))
    local forth = ids(list)
    local back = {}
    for i = 1, #forth do back[i] = forth[#forth + 1 - i] end
    for _, limit in ipairs { 1, 4, 23, 24 } do
      local got, count = all_pages { limit = limit }
      assert.same(back, got)
      assert.equal(math.ceil(23 / limit), count)
      assert.same(forth, (all_pages { limit = limit, order = "oldest" }))
    end
    assert.same(5, #all_pages { limit = 2, provider = "p" })
  end)

  it("neither repeats nor leaves out one while others come and go", function()
    local list = save(samples.records(40))
    local got = all_pages({ limit = 7 }, function(page)
      save(samples.records(3))
      if page == 1 then -- the very record that the cursor stands on
        assert.equal(1, store:delete { image_hash = list[34].image_hash })
      end
    end)
    local seen = {}
    for _, id in ipairs(got) do
      assert.is_nil(seen[id])
      seen[id] = true
    end
    for _, record in ipairs(list) do assert.is_true(seen[record.record_id]) end
    got = all_pages({ limit = 7, order = "oldest" }, function(page)
      if page < 4 then save { samples.record() } end
    end)
    assert.equal(store:count(), #got)
  end)

  it("refuses a cursor of the other order", function()
    save(samples.records(2))
    local cursor = store:query({ limit = 1 }).next_cursor
    local ok, err = store:query { cursor = cursor, order = "oldest" }
    is_refused(ok, err, "order = 'newest'")
  end)

  it("gives pages of 50 where nothing is said", function()
    save(samples.records(51))
    local page = store:query()
    assert.equal(50, #page.records)
    assert.is_string(page.next_cursor)
    assert.equal(1, #store:query({ cursor = page.next_cursor }).records)
    assert.is_nil(store:query({ cursor = page.next_cursor }).next_cursor)
    assert.equal(51, #store:query({ limit = 1000 }).records)
  end)
end
