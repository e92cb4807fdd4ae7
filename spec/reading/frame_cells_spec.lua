-- SPDX-License-Identifier: MIT
local cells = require "vision.reading.frame_cells"

local function spells(read, cases)
  for written, meant in pairs(cases) do
    it(("reads %q as %q"):format(written, meant), function()
      assert.equal(meant, read(written))
    end)
  end
end

local function refuses(read, texts)
  for _, text in ipairs(texts) do
    it(("refuses %q"):format(text), function()
      assert.is_nil(read(text))
    end)
  end
end

describe("the zone of a frame", function()
  spells(cells.zone, {
    ["0.02"] = "0.02", ["0,1"] = "0,1", [".005"] = ".005", ["Ø 0.3CZⓂ"] = "Ø0.3CZⓂ",
    ["SØ0,1"] = "SØ0,1", ["0,1/100"] = "0,1/100", ["0.2 Ⓛ"] = "0.2Ⓛ", ["@ 0,02"] = "Ø0,02",
    ["0.2M)"] = "0.2Ⓜ", ["0.5 CZ"] = "0.5CZ",
  })
  refuses(cells.zone, { "A", "", "0.2mm", "M8", "1:1", "Ø", "Ø0.3 mm" })
end)

describe("the datum of a frame", function()
  spells(cells.datum, {
    ["A"] = "A", ["AⓂ"] = "AⓂ", ["A - B"] = "A-B", ["Cc"] = "C", ["CcⓂ"] = "CⓂ", ["AM)"] = "AⓂ",
    ["(A)"] = "A", ["A>"] = "A",
  })
  refuses(cells.datum, { "a", "AB", "A4", "", "0.2", "A-" })
end)

describe("a row of cells", function()
  local function row(...)
    return cells.frame { ... }
  end

  it("is spelled as the standard does", function()
    assert.equal("⌖|Ø0.3CZⓂ|AⓂ", row("⌖", "Ø0.3CZⓂ", "AⓂ"))
    assert.equal("⏥|0,1", row("⏥", "0,1"))
    assert.equal("//|0.2|A|B|C", row("∥", "0.2", "A", "B", "C"))
  end)

  it("has no characteristic where nobody knows its sign", function()
    assert.equal("0.2|A", row("?", "0.2", "A"))
    assert.equal("0.2|A", row("0.2", "A"))
  end)

  it("is no frame without what a frame must have", function()
    assert.is_nil(row("?", "0.2"))
    assert.is_nil(row("12", "A"))
    assert.is_nil(row("⌖", "A"))
    assert.is_nil(row("⌖", "0.2", "A", "B", "C", "D"))
    assert.is_nil(row("⌖", "0.2", "steel"))
    assert.is_nil(row())
  end)
end)
