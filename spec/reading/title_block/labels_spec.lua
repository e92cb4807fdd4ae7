-- SPDX-License-Identifier: MIT
local labels = require "vision.reading.title_block.labels"

describe("labels of a title block", function()
  it("prefers the longer label", function()
    assert.equal("revision", labels.find("SHEET REV").field)
    assert.equal("sheet", labels.find("SHEET").field)
  end)

  it("takes a second language for a part of the label", function()
    local found = labels.find "Scale/skala"
    assert.equal("scale", found.field)
    assert.equal("", found.rest)
  end)

  it("gives the value that follows in the same line", function()
    assert.equal("1:2", labels.find("MASSSTAB:1:2").rest)
    assert.equal("1 OF 1", labels.find("SHEET 1 OF 1").rest)
  end)

  it("takes a sentence for no label", function()
    assert.is_nil(labels.find "Material of the hub may differ")
    assert.is_nil(labels.find "Surface of the bore Ra 1,6")
    assert.is_nil(labels.find "")
  end)

  it("takes no kind of document for a badly read label", function()
    assert.is_nil(labels.find "Zeichnung")
    assert.equal("title", labels.find("Bezeichnunq").field)
    assert.equal("drawing_number", labels.find("Zeichnung Nr.").field)
  end)

  it("finds two labels in one line", function()
    assert.equal(1, labels.first_of_two "Utgåva Utgivningsdatum")
    assert.is_nil(labels.first_of_two "Weight /vikt")
    assert.is_nil(labels.first_of_two "Material Stahl")
  end)
end)
