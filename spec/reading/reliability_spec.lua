-- SPDX-License-Identifier: MIT
local reliability = require "vision.reading.reliability"

-- So many of a confidence, so many of them right.
local function judged(rows)
  local list = {}
  for _, row in ipairs(rows) do
    for i = 1, row[2] do list[#list + 1] = { confidence = row[1], right = i <= row[3] } end
  end
  return list
end

describe("vision.reading.reliability", function()
  it("judges call-outs by the labels, each label once", function()
    local label = { dimensions = { "Ø20", "12,5" }, gdt = { "⏥|0,2" } }
    local list, wanted = reliability.judge({ callouts = {
      { text = "Ø 20", confidence = 0.9 }, { text = "Ø20" }, { text = "12.5", confidence = 0.5 },
      { text = "⏥ |0.2|", type = "frame", confidence = 1 },
    } }, label)
    assert.equal(3, wanted)
    assert.same({ { confidence = 0.9, right = true }, { right = false },
      { confidence = 0.5, right = true }, { confidence = 1, right = true } }, list)
  end)

  it("holds what is stated against what is right", function()
    local bins, apart = reliability.bins(judged { { 0.9, 10, 9 }, { 0.5, 10, 2 } })
    assert.equal(2, #bins)
    assert.is_true(math.abs(bins[1].stated - 0.5) < 1e-9)
    assert.equal(0.2, bins[1].right)
    assert.equal(10, bins[2].count)
    assert.is_true(math.abs(apart - 0.15) < 1e-9)
    assert.is_nil(select(2, reliability.bins { { right = true } }))
  end)

  it("fits a rising curve", function()
    local curve = reliability.curve(judged { { 0.3, 10, 5 }, { 0.4, 10, 3 }, { 0.9, 10, 9 } })
    local last = 0
    for _, point in ipairs(curve) do
      assert.is_true(point.right >= last)
      last = point.right
    end
    assert.is_true(math.abs(curve[#curve].right - 0.9) < 1e-9)
    assert.is_true(math.abs(curve[1].right - 0.4) < 1e-9) -- the two that fell are one
  end)

  it("says how much is wrong among the surest", function()
    local points = reliability.risk(judged { { 0.9, 50, 50 }, { 0.5, 50, 25 } })
    assert.equal(10, #points)
    assert.same({ coverage = 0.5, risk = 0, confidence = 0.9 }, points[5])
    assert.same({ coverage = 1, risk = 0.25, confidence = 0.5 }, points[10])
    assert.same({}, reliability.risk {})
  end)
end)
