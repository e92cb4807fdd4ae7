-- SPDX-License-Identifier: MIT
local passes = require "vision.reading.passes"

local function segment(text, x, confidence)
  return { text = text, box = { x, 0, 60, 20 }, confidence = confidence or 0.5 }
end

-- Numbers read as call-outs, as sure as they are; words do not.
local function score(one)
  return one.text:find "^%d" and one.confidence or nil
end

local function texts(list)
  local out = {}
  for _, one in ipairs(list) do
    out[#out + 1] = one.text
  end
  table.sort(out)
  return out
end

local function merged(list, extra)
  return texts(passes.merge(list, extra, score))
end

describe("passes over a picture", function()
  it("adds what only a further pass saw", function()
    assert.same({ "10", "20" }, merged({ segment("10", 0) }, { segment("20", 200) }))
  end)

  it("replaces what does not read as a call-out", function()
    assert.same({ "20" }, merged({ segment("£o", 0) }, { segment("20", 5) }))
  end)

  it("keeps the surer of two", function()
    assert.same({ "16" }, merged({ segment("16", 0, 0.9) }, { segment("15", 5, 0.4) }))
    assert.same({ "15" }, merged({ segment("16", 0, 0.4) }, { segment("15", 5, 0.9) }))
  end)

  it("lets no number push words away that were read well", function()
    assert.same({ "TITLE" }, merged({ segment("TITLE", 0, 0.95) }, { segment("11", 5, 0.99) }))
  end)

  it("takes the surer of two readings of words", function()
    assert.same({ "2x CHAMFER" },
      merged({ segment("2x CHAMEFER", 0, 0.82) }, { segment("2x CHAMFER", 5, 0.99) }))
  end)

  it("takes nothing from a pass that reads as no call-out", function()
    assert.same({ "10" }, merged({ segment("10", 0) }, { segment("ay", 300) }))
  end)
end)
