-- SPDX-License-Identifier: MIT
-- The search by text.

local assert = require "luassert"
local at_hand = require "spec.support.storage_contract.at_hand"
local it = require("busted").it
local samples = require "spec.support.record_samples"

local store, save, found = at_hand.store, at_hand.save, at_hand.found

return function()
  it("finds whole words of what was read, in any case", function()
    local function read(fields)
      fields.summary, fields.details = fields.summary or "", fields.details or {}
      return samples.record { file = "sheet.pdf", result = samples.reading(fields) }
    end
    local list = save {
      read { summary = "Flange with FOUR holes" },
      read { details = { "thread M8x1", "Bohrung Ø19,9 h7" } },
      read { drawing = { title_block = { title = "Wärmetauscher", drawing_number = "4711-02" },
        notes = { "Break all sharp edges." }, callouts = { { text = "4x Ø6,6" } },
        missing = { "surface finish" } } },
      samples.record { file = "drawings/Pump_flange.pdf", error = samples.failure() },
    }
    for text, numbers in pairs {
      flange = { 4, 1 }, FLANGE = { 4, 1 }, ["four flange"] = { 1 }, m8x1 = { 2 },
      ["M8X1"] = { 2 }, ["Ø19"] = { 2 }, ["ø19,9"] = { 2 }, ["bohrung thread"] = { 2 },
      ["WÄRMETAUSCHER"] = { 3 },
      ["4711-02"] = { 3 }, ["sharp edges"] = { 3 }, ["Ø6"] = { 3 }, pump = { 4 },
      pdf = { 4, 3, 2, 1 }, ["pump holes"] = {}, flang = {}, lange = {}, nothing = {},
      finish = {}, diameter = {}, ["\" OR *"] = {}, ["flange NOT four"] = {},
      ["holes four"] = { 1 },
    } do
      assert.same(numbers, found(list, { text = text }), text)
    end
    assert.same({ 4 }, found(list, { text = "flange", status = "failed" }))
    assert.equal(2, store:count { text = "flange" })
    assert.equal(1, store:delete { text = "wärmetauscher" })
    assert.equal(2, store:count { text = "flange" })
    assert.equal(0, store:count { text = "4711" })
  end)

  it("finds in the newest that were saved after a search", function()
    for i = 1, 3 do
      save { samples.record { result = samples.reading { summary = "word" .. i } } }
      assert.equal(1, store:count { text = "word" .. i })
    end
  end)

  it("lets any bytes of text in and finds none by accident", function()
    save { samples.record { result = samples.reading {
      summary = "nul\0byte \1\2 \239\191\189 \239\187\191bom", details = { ("x"):rep(100000) } } } }
    assert.equal(1, store:count())
    assert.equal(1, store:count { text = "nul byte" })
    assert.equal("nul\0byte", store:query().records[1].result.summary:sub(1, 8))
  end)
end
