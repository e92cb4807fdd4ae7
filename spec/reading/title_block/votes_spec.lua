-- SPDX-License-Identifier: MIT
local votes = require "vision.reading.title_block.votes"

-- Readings of one field: text and confidence of each.
local function elected(field, ...)
  local readings = {}
  for index, one in ipairs { ... } do
    readings[index] = { fields = { [field] = one[1] }, sure = { [field] = one[2] } }
  end
  return votes.count(readings)[field]
end

describe("several readings of a title block", function()
  it("agree on the code with most confidence behind it", function()
    assert.equal("KD00654",
      elected("drawing_number", { "KDO00654", 0.6 }, { "KD00654", 0.5 }, { "KD00654", 0.3 }))
    assert.equal("2", elected("revision", { "1", 0.92 }, { "2", 0.97 }))
    assert.equal("B", elected("revision", { "B" }, { "8", 0.9 }))
  end)

  it("believe the first in words", function()
    assert.equal("Mounting Plate", elected("title", { "Mounting Plate", 0.5 },
      { "Mouning Plate", 0.98 }))
    assert.equal("Rail - size 8", elected("title", { "Rail", 0.9 }, { "Rail - size 8", 0.5 }))
    assert.equal("Rail", elected("title", { "Rail", 0.9 }, { "Rail size 8", 0.5 }))
    assert.equal("PLA", elected("material", {}, { "PLA", 0.5 }))
  end)

  it("keep the marks of a code that one of them lost", function()
    assert.equal("300-006-B",
      elected("drawing_number", { "500-006-B", 0.4 }, { "300 006 B", 0.9 }))
    assert.equal("300 006 B", elected("drawing_number", { "5006-BX", 0.4 },
      { "300 006 B", 0.9 }))
    assert.equal("2014-05-10", elected("date", { "2014-05 -10", 0.9 }, { "2014-05-10", 0.5 }))
  end)

  it("hold a piece of a code for what it is", function()
    assert.equal("KD-058-B", elected("drawing_number", { "KD-058-B", 0.1 }, { "058", 0.9 }))
  end)

  it("take from a further one what says more, and nothing that another field holds", function()
    assert.equal("1/2", elected("sheet", { "1", 0.9 }, { "1/2", 0.3 }))
    assert.equal("1/2", elected("sheet", { "1/2", 0.3 }, { "1", 0.9 }))
    assert.same({ title = "Flange with hub" }, votes.count {
      { fields = { title = "Flange with hub" }, sure = {} },
      { fields = { owner = "Flange with", revision = nil }, sure = {} },
    })
    assert.equal("0", votes.count({
      { fields = { drawing_number = "KD.876.01" }, sure = {} },
      { fields = { revision = "0" }, sure = {} },
    }).revision)
  end)
end)
