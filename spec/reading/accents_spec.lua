-- SPDX-License-Identifier: MIT
local accents = require "vision.reading.accents"

describe("accents", function()
  it("are lent to the same word without them", function()
    for _, case in ipairs {
      { "Lagergehduse", "agergehäuse", "Lagergehäuse" }, { "Mafistab", "Maßstab", "Maßstab" },
      { "briniert", "brüniert", "brüniert" }, { "bruiniert", "SchwaZbrüniert", "bruiniert" },
      { "6lfrei", "ölfreil", "ölfrei" }, { "utgva", "utgåva", "utgåva" },
      { "LINKOPING", "LINKöPING", "LINKÖPING" }, { "Ljushallare", "jUShålare", "Ljushållare" },
    } do
      assert.equal(case[3], accents.lend(case[1], case[2]))
    end
  end)

  it("are not lent where the words differ otherwise", function()
    assert.equal("Edition", accents.lend("Edition", "Edüion"))
    assert.equal("Welle", accents.lend("Welle", "Höhe"))
    assert.equal("ab", accents.lend("ab", "äb"))
    assert.equal("Datum", accents.lend("Datum", "Oatum"))
  end)

  it("come from a word in the same place", function()
    local words = { { text = "Lagerhdus", box = { 10, 10, 100, 20 }, confidence = 0.9 },
      { text = "Lagerhdus", box = { 10, 300, 100, 20 }, confidence = 0.9 } }
    local found = accents.restore(words, { { text = "Lagerhäus", box = { 12, 8, 98, 24 } },
      { text = "Ø38", box = { 400, 8, 98, 24 } } })
    assert.equal("Lagerhäus", found[1].text)
    assert.equal("Lagerhdus", found[2].text)
    assert.equal(0.9, found[1].confidence)
    assert.equal("Lagerhdus", words[1].text)
  end)
end)
