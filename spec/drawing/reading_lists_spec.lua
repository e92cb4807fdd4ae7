-- SPDX-License-Identifier: MIT
local json = require "vision.base.json"
local reading_lists = require "vision.drawing.reading_lists"

local EMPTY = [[{"details":[],"drawing":{"callouts":[{"sources":[],"warnings":[]}],]]
  .. [["kind":"other","notes":[],"sheets":[{"missing":[],"notes":[]}],"title_block":{}},"mine":{}}]]

describe("the lists of a reading", function()
  it("are lists also where they are empty and came from JSON", function()
    assert.equal(EMPTY, json.encode(reading_lists.mark(json.decode(EMPTY))))
  end)

  it("are left alone where something else is in their place", function()
    for _, odd in ipairs { '"text"', "7", '{"details":"none","drawing":[1,2]}',
      '{"drawing":{"callouts":[1,"two"],"sheets":false}}' } do
      assert.equal(odd, json.encode(reading_lists.mark(json.decode(odd))))
    end
    assert.is_nil(reading_lists.mark(nil))
  end)
end)
