-- SPDX-License-Identifier: MIT
local lines = require "vision.reading.lines"
local title_block = require "vision.reading.title_block"

local PAGE = { width = 2339, height = 1654 }

local function word(text, x, y, height)
  height = height or 16
  return { text = text, box = { x, y, math.floor(#text * height * 0.62), height },
    confidence = 0.95, source = "ocr" }
end

-- Lines of a sheet: text, x, y, lettering height; words of a line share its place.
local function sheet(rows)
  local words = {}
  for _, row in ipairs(rows) do
    local x = row[2]
    for text in row[1]:gmatch "%S+" do
      local one = word(text, x, row[3], row[4])
      words[#words + 1] = one
      x = x + one.box[3] + math.floor(one.box[4] * 0.4)
    end
  end
  return lines.segments(words)
end

local function read(rows, page)
  return title_block.read({ sheet(rows) }, page)
end

local ENGLISH = {
  { "Material", 1200, 1300 }, { "EN AW-6082", 1206, 1325, 22 },
  { "Scale", 1700, 1300 }, { "2:1", 1706, 1325, 22 },
  { "Title", 1200, 1400 }, { "Flange with hub", 1206, 1440, 34 }, { "PN 16", 1206, 1482, 34 },
  { "DWG NO.", 1700, 1400 }, { "VD-1001", 1706, 1430, 30 },
  { "Sheet", 2000, 1500 }, { "1/2", 2006, 1524, 22 },
  { "Rev.", 1700, 1500 }, { "B", 1706, 1524, 22 },
}

describe("the title block", function()
  it("puts each value into the field of the label above it", function()
    local fields = read(ENGLISH, PAGE)
    assert.same({ material = "EN AW-6082", scale = "2:1", title = "Flange with hub PN 16",
      drawing_number = "VD-1001", sheet = "1/2", revision = "B" }, fields)
  end)

  it("says which fields of ISO 7200 are missing", function()
    local _, _, missing = read(ENGLISH, PAGE)
    assert.same({ "legal owner", "date of issue", "approval person", "creator", "document type" },
      missing)
  end)

  it("gives its place, so that nothing in it is taken for a call-out", function()
    local _, region = read(ENGLISH, PAGE)
    assert.is_true(title_block.inside(region, { 1706, 1325, 40, 22 }))
    assert.is_false(title_block.inside(region, { 600, 700, 40, 22 }))
  end)

  it("takes labels from one reading of the sheet and values from another", function()
    local second = { { "Titel", 1200, 1400 }, { "Flange", 1206, 1440, 34 },
      { "KD-10", 1706, 1430, 30 }, { "C", 1706, 1524, 22 } }
    local fields = title_block.read({
      sheet { { "Title", 1200, 1400 }, { "Flange", 1206, 1440, 34 }, { "DWG NO.", 1700, 1400 },
        { "Scale", 1700, 1300 }, { "2:1", 1706, 1325, 22 }, { "Rev.", 1700, 1500 } },
      sheet(second),
    }, PAGE)
    assert.same({ title = "Flange", scale = "2:1", drawing_number = "KD-10", revision = "C" },
      fields)
  end)

  it("knows a label again that another reading has with its value", function()
    local labels = { { "Title", 1200, 1400 }, { "DWG NO.", 1700, 1400 }, { "Scale", 1700, 1300 } }
    local apart, whole = {}, {}
    for index, label in ipairs(labels) do
      apart[index], whole[index] = label, label
    end
    apart[4], apart[5] = { "SHEET", 2000, 1500 }, { "1 OF 2", 2200, 1500 }
    apart[6] = { "8", 2010, 1560 }
    whole[4] = { "SHEET 1 OF 2", 2000, 1500 }
    local fields = title_block.read({ sheet(apart), sheet(whole) }, PAGE)
    assert.equal("1 OF 2", fields.sheet)
  end)

  it("takes no label that a further reading misread for a value", function()
    local fields = title_block.read({
      sheet { { "Title", 1200, 1400 }, { "DWG NO.", 1700, 1400 }, { "Rev.", 1700, 1500 },
        { "Scale", 1700, 1300 } },
      sheet { { "Vifle", 1200, 1400 }, { "0wg n0", 1700, 1400 } },
    }, PAGE)
    assert.same({}, fields)
  end)

  it("reads German and Swedish labels", function()
    local german = read({
      { "Werkstoff", 1200, 1300 }, { "42CrMo4", 1206, 1325, 22 },
      { "Maßstab", 1700, 1300 }, { "1:1", 1706, 1325, 22 },
      { "Benennung", 1200, 1400 }, { "Antriebswelle", 1206, 1440, 34 },
      { "Zeichnungsnr.", 1700, 1400 }, { "AW-2040", 1706, 1430, 30 },
      { "Blatt", 2000, 1500 }, { "1 von 2", 2006, 1524, 22 },
    }, PAGE)
    assert.same({ material = "42CrMo4", scale = "1:1", title = "Antriebswelle",
      drawing_number = "AW-2040", sheet = "1 von 2" }, german)
    local swedish = read({
      { "Benämning", 1200, 1400 }, { "Kolv", 1206, 1440, 34 },
      { "Vikt", 1700, 1300 }, { "18.19 g", 1706, 1325, 22 },
      { "Ytbehandling", 1200, 1300 }, { "Anodiserad", 1206, 1325, 22 },
      { "Skala", 2000, 1300 }, { "2:1", 2006, 1325, 22 },
    }, PAGE)
    assert.same({ title = "Kolv", weight = "18.19 g", surface_treatment = "Anodiserad",
      scale = "2:1" }, swedish)
  end)

  it("reads a value that stands in the line of its label", function()
    local fields = read({
      { "SCALE:1:1", 1200, 1600, 12 }, { "SHEET 1 OF 1", 1700, 1600, 12 },
      { "MATERIAL:", 1200, 1500, 12 }, { "PLA", 1260, 1530, 18 },
      { "WEIGHT:", 1200, 1570, 12 },
    }, PAGE)
    assert.equal("1:1", fields.scale)
    assert.equal("1 OF 1", fields.sheet)
    assert.equal("PLA", fields.material)
    assert.is_nil(fields.weight)
  end)

  it("forgives labels that OCR misspelt", function()
    local fields = read({
      { "TEICHNUNGSNR.", 1200, 1300 }, { "4711-02", 1206, 1330, 24 },
      { "WERKSTOFE:", 1700, 1300 }, { "Stahl", 1706, 1330, 24 },
      { "MASSSTAB:1:2", 1200, 1400 }, { "GEWICHT:", 1700, 1400 },
    }, PAGE)
    assert.equal("4711-02", fields.drawing_number)
    assert.equal("Stahl", fields.material)
    assert.equal("1:2", fields.scale)
  end)

  it("takes large lettering for what it must be where the label was lost", function()
    local fields = read({
      { "MATERIAL:", 1200, 1500, 12 }, { "PLA", 1260, 1530, 12 }, { "WEIGHT:", 1200, 1600, 12 },
      { "SCALE:1:1", 1500, 1600, 12 }, { "FINISH:", 1400, 1420, 12 },
      { "Cam Adapter", 1550, 1440, 40 }, { "UR10_29.20", 1550, 1530, 50 },
    }, PAGE)
    assert.equal("Cam Adapter", fields.title)
    assert.equal("UR10_29.20", fields.drawing_number)
  end)

  it("reads a block without labels by its wording", function()
    local fields, region, missing = read({
      { "Motor Shaft - 11.8.2020", 900, 1000, 30 }, { "Aluminium 6061-16", 900, 1045, 30 },
      { "A4 Drawing - Scale 3:1", 900, 1090, 30 }, { "Dimensions in millimeters", 900, 1135, 30 },
      { "General tolerances ±0.1mm", 900, 1180, 30 }, { "Example Robotics GmbH", 900, 1225, 30 },
    }, PAGE)
    assert.same({ title = "Motor Shaft", date = "11.8.2020", material = "Aluminium 6061-T6",
      sheet_size = "A4", scale = "3:1", units = "millimeters", general_tolerance = "±0.1mm",
      owner = "Example Robotics GmbH" }, fields)
    assert.is_table(region)
    assert.same("identification number", missing[1])
  end)

  it("gives a paragraph to the nearest label that can hold it", function()
    local fields = read({
      { "DESIGNED BY", 1200, 1300 }, { "J. Miller", 1206, 1325, 20 },
      { "DATE", 1400, 1300 }, { "2024-03-05", 1406, 1325, 20 },
      { "MERIDIAN WORKS LTD", 1700, 1318, 28 },
      { "DRAWING TITLE", 1600, 1380 }, { "Idler Shaft", 1700, 1420, 28 },
      { "SCALE", 1200, 1400 }, { "1:2", 1206, 1425, 20 },
      { "TOLERANCES UNLESS STATED", 1200, 1480 }, { "ISO 2768-m", 1206, 1505, 20 },
    }, PAGE)
    assert.same({ date = "2024-03-05", title = "Idler Shaft", owner = "MERIDIAN WORKS LTD",
      scale = "1:2", general_tolerance = "ISO 2768-m" }, fields)
  end)

  it("leaves a field empty whose labelled cell is empty", function()
    local fields, region = read({
      { "SIEMENS", 1000, 1270, 44 }, { "FIRST ISSUED", 1000, 1340 }, { "DRAWN BY", 1000, 1370 },
      { "TITLE", 1300, 1340 }, { "DRG NO.", 1300, 1460 }, { "QM-2303", 1350, 1490, 28 },
      { "SHEET REV", 1700, 1460 }, { "B", 1750, 1490, 28 },
    }, PAGE)
    assert.same({ owner = "SIEMENS", drawing_number = "QM-2303", revision = "B" }, fields)
    assert.is_true(title_block.inside(region, { 1000, 1270, 180, 44 }))
  end)

  it("tells a subtitle by its smaller lettering", function()
    local fields = read({
      { "Title, Supplementary title", 1200, 1400 }, { "Drive Shaft", 1206, 1430, 36 },
      { "Gearbox stage 2", 1206, 1485, 24 },
      { "Scale", 1700, 1400 }, { "1:1", 1706, 1430, 24 },
      { "Material", 1900, 1400 }, { "C45E", 1906, 1430, 24 },
    }, PAGE)
    assert.same({ title = "Drive Shaft", subtitle = "Gearbox stage 2", scale = "1:1",
      material = "C45E" }, fields)
  end)

  it("reads the rows of a tolerance block of an inch sheet", function()
    local fields = read({
      { "UNLESS OTHERWISE SPECIFIED", 1000, 1300 }, { "DIMENSIONS ARE IN INCHES", 1000, 1322 },
      { "TOLERANCES:", 1000, 1344 }, { "FRACTIONS + 1/64", 1000, 1366 },
      { ".XX + .02", 1000, 1388 }, { ".XXX ± .010", 1000, 1410 },
      { "TITLE", 1500, 1300 }, { "CLAMP RING", 1550, 1330, 32 },
      { "MATERIAL", 1000, 1440 }, { "ASTM A36", 1050, 1470, 22 },
    }, PAGE)
    assert.same({ title = "CLAMP RING", material = "ASTM A36", units = "inches",
      general_tolerance = "FRACTIONS ±1/64; .XX ±.02; .XXX ±.010" }, fields)
  end)

  it("takes two rows that look like limits for rows", function()
    local fields = read({
      { "TOLERANCES:", 1000, 1344 }, { ".XX ±", 1000, 1388 }, { ".XXX ±", 1000, 1410 },
      { ".015", 1110, 1388 }, { ".005", 1110, 1410 },
      { "TITLE", 1500, 1300 }, { "CLAMP RING", 1550, 1330, 32 },
      { "MATERIAL", 1000, 1440 }, { "ASTM A36", 1050, 1470, 22 },
    }, PAGE)
    assert.equal(".XX ±.015; .XXX ±.005", fields.general_tolerance)
  end)

  it("joins words that wide lettering took apart", function()
    local fields = read({
      { "Generella", 1200, 1400 }, { "toleranser", 1307, 1400 }, { "ISO 2768-m", 1206, 1430, 22 },
      { "Titel", 1500, 1400 }, { "Lagerhus", 1506, 1430, 28 },
      { "Skala", 1800, 1400 }, { "1:1", 1806, 1430, 22 },
    }, PAGE)
    assert.same({ general_tolerance = "ISO 2768-m", title = "Lagerhus", scale = "1:1" }, fields)
  end)

  it("finds no block where there is none", function()
    local fields, region = read({ { "Ø38 H12", 300, 300, 28 } }, PAGE)
    assert.same({}, fields)
    assert.is_nil(region)
  end)
end)
