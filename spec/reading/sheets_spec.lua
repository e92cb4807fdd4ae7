-- SPDX-License-Identifier: MIT
local sheets = require "vision.reading.sheets"
local upright = require "vision.reading.upright"

local function sheet(number, block, fields)
  local one = { page = number, callouts = {}, datums = {}, notes = {}, segments = {},
    text_lines = {}, title_block = block, region = next(block) and {} or nil, missing = {} }
  for name, value in pairs(fields or {}) do
    one[name] = value
  end
  return sheets.new(one, { layer = { dpi = 200 }, upright = upright.quarters(100, 60, 0) })
end

local function diameter(page)
  return { type = "diameter", text = "Ø8", nominal = 8, page = page, confidence = 0.9,
    box = { 10, 5, 20, 8 } }
end

describe("sheets", function()
  it("have a reading each, and one list of call-outs", function()
    local list = {
      sheet(1, { title = "Lid" }, { callouts = { diameter(1) }, notes = { "a" } }),
      sheet(2, { title = "Box", scale = "1:2" }, { callouts = { diameter(2) }, notes = { "b" } }),
    }
    local drawing = sheets.drawing(list, 5)
    assert.equal(5, drawing.pages)
    assert.same({ 1, 2 }, { drawing.callouts[1].page, drawing.callouts[2].page })
    assert.same({ "a", "b" }, drawing.notes)
    local first, second = drawing.sheets[1], drawing.sheets[2]
    assert.same({ "Box", { "b" }, 0.9, "mechanical" },
      { second.title_block.title, { second.notes[1] }, second.confidence, second.kind })
    assert.is_truthy(second.summary:find("Box", 1, true))
    assert.is_nil(first.callouts)
    assert.equal('2 sheets with 2 call-outs: page 1 "Lid", page 2 "Box".',
      sheets.summary(list, drawing))
  end)

  it("never mix their title blocks", function()
    local drawing = sheets.drawing({ sheet(1, {}), sheet(2, { title = "Lid", material = "steel" }),
      sheet(3, { title = "Box", scale = "1:2" }) }, 3)
    assert.same({ title = "Lid", material = "steel" }, drawing.title_block)
  end)

  it("share units only where all have the same", function()
    local mm, inch = { unit = "mm" }, { unit = "inch" }
    assert.equal("mm", sheets.drawing({ sheet(1, {}, mm), sheet(2, {}, mm) }, 2).units)
    assert.is_nil(sheets.drawing({ sheet(1, {}, mm), sheet(2, {}, inch) }, 2).units)
  end)

  it("say how their page was turned, and outline call-outs where they stand on it", function()
    local one = { page = 1, callouts = { diameter(1) }, datums = {}, notes = {}, segments = {},
      text_lines = {}, title_block = {}, missing = {} }
    local turned = sheets.new(one, { layer = { dpi = 200 },
      upright = upright.quarters(100, 60, 180) })
    assert.equal(180, turned.turned)
    assert.same({ 70, 47, 20, 8 }, turned.callouts[1].box)
  end)
end)
