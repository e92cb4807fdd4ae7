-- SPDX-License-Identifier: MIT
-- What the parts of the contract have in common: the storage that is tried, and what they ask it.

local assert = require "luassert"

local at_hand = {}

local current

--- The storage of the test that runs.
at_hand.store = setmetatable({}, { __index = function(_, method)
  return function(_, ...) return current[method](current, ...) end
end })

--- Says which it is from now on.
---@param store vision.RecordStorage
function at_hand.take(store) current = store end

--- The ids of records.
function at_hand.ids(list)
  local found = {}
  for i, record in ipairs(list) do found[i] = record.record_id end
  return found
end

--- Saves them, which must go well.
function at_hand.save(list)
  assert.is_true(assert(at_hand.store:save(list)))
  return list
end

--- The numbers, in the order of `list`, of what a query finds.
function at_hand.found(list, filter)
  local number = {}
  for i, record in ipairs(list) do number[record.record_id] = i end
  local page = assert(at_hand.store:query(filter))
  local numbers = {}
  for i, record in ipairs(page.records) do numbers[i] = number[record.record_id] or "stranger" end
  return numbers, page.next_cursor
end

--- All pages of a query.
function at_hand.all_pages(filter, between)
  local list, pages, cursor = {}, 0, nil
  repeat
    local asked = { cursor = cursor }
    for name, value in pairs(filter) do asked[name] = value end
    local page = assert(at_hand.store:query(asked))
    for _, record in ipairs(page.records) do list[#list + 1] = record.record_id end
    cursor, pages = page.next_cursor, pages + 1
    if between then between(pages) end
    assert.is_true(pages < 1000)
  until not cursor
  return list, pages
end

--- That something was refused, and said why.
function at_hand.is_refused(ok, err, word)
  assert.is_nil(ok)
  assert.equal("invalid_option", err.reason)
  assert.matches(word, err.message, 1, true)
end

return at_hand
