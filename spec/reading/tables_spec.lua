-- SPDX-License-Identifier: MIT
local tables = require "vision.reading.tables"

local function segment(text, x, y)
  return { text = text, box = { x, y, 11 * #text, 18 }, rotation = 0, height = 18, words = {} }
end

local function rows(list)
  local out = {}
  for _, row in ipairs(list) do
    for x, text in pairs(row[2]) do
      out[#out + 1] = segment(text, x, row[1])
    end
  end
  return out
end

local HEADS = { [100] = "Pos.", [200] = "Teilenummer", [400] = "Benennung", [700] = "Werkstoff",
  [900] = "Menge" }

describe("a list of parts", function()
  local FIRST = { [104] = "1", [202] = "KD-11-1", [402] = "Welle", [702] = "C45E", [910] = "2" }
  local SECOND = { [104] = "2", [202] = "KD-11-2", [402] = "Buchse lang", [702] = "CuZn39Pb3",
    [910] = "4" }
  local PARTS = {
    { position = "1", part_number = "KD-11-1", designation = "Welle", material = "C45E",
      quantity = "2" },
    { position = "2", part_number = "KD-11-2", designation = "Buchse lang",
      material = "CuZn39Pb3", quantity = "4" },
  }

  it("is read downwards from its heads", function()
    local found = tables.read(rows { { 100, HEADS }, { 140, FIRST }, { 180, SECOND } })
    assert.same(PARTS, found.bill_of_material)
  end)

  it("is read upwards where the heads stand below", function()
    local found = tables.read(rows { { 180, HEADS }, { 140, FIRST }, { 100, SECOND } })
    assert.same(PARTS, found.bill_of_material)
  end)

  it("keeps a row whose number OCR lost", function()
    local found = tables.read(rows { { 100, HEADS }, { 140, { [402] = "Welle", [702] = "C45E" } } })
    assert.same({ { designation = "Welle", material = "C45E" } }, found.bill_of_material)
  end)

  it("ends at a gap and at the labels of the title block", function()
    local found, rest = tables.read(rows { { 100, HEADS }, { 140, FIRST },
      { 170, { [202] = "Zeichnungsnr.", [402] = "Benennung", [900] = "Blatt" } },
      { 400, { [402] = "Deckel", [702] = "S235JR" } } })
    assert.equal(1, #found.bill_of_material)
    assert.equal(5, #rest)
  end)
end)

describe("several readings of a table", function()
  it("fill each other's cells where they have the same rows", function()
    local joined = tables.join {
      { bill_of_material = { { designation = "Welle", part_number = "KD-1" } }, revisions = {} },
      { bill_of_material = { { designation = "Vvelle", position = "1" } },
        revisions = { { description = "Hole moved" } } },
      { bill_of_material = {}, revisions = {} },
    }
    assert.same({ bill_of_material = { { designation = "Welle", part_number = "KD-1",
      position = "1" } }, revisions = { { description = "Hole moved" } } }, joined)
  end)
end)

describe("a table of revisions", function()
  it("is read with heads in two languages", function()
    local found, rest = tables.read(rows {
      { 50, { [900] = "Rev.", [1000] = "Change description/Ändringsbeskrivning",
        [1500] = "Date/Datum", [1700] = "Sign." } },
      { 90, { [905] = "A", [1000] = "First issue", [1500] = "2021-03-04", [1700] = "K. Åberg" } },
      { 130, { [905] = "B", [1000] = "Hole moved", [1500] = "2022-01-10", [1700] = "E. Lind" } },
      { 900, { [300] = "Ø38" } },
    })
    assert.same({
      { revision = "A", description = "First issue", date = "2021-03-04", approver = "K. Åberg" },
      { revision = "B", description = "Hole moved", date = "2022-01-10", approver = "E. Lind" },
    }, found.revisions)
    assert.equal("Ø38", rest[1].text)
    assert.equal(1, #rest)
  end)

  it("is not the table of who drew and checked", function()
    local found, rest = tables.read(rows {
      { 50, { [100] = "NAME", [300] = "SIGNATURE", [500] = "DATE" } },
      { 80, { [100] = "J. Miller", [500] = "2020-04-15" } },
    })
    assert.same({ bill_of_material = {}, revisions = {} }, found)
    assert.equal(5, #rest)
  end)
end)
