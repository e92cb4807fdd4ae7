-- SPDX-License-Identifier: MIT
local slips = require "vision.reading.checks.slips"

local function explains(text, nominal, change)
  return slips.explains({ text = text, nominal = nominal }, change)
end

describe("a misread digit", function()
  it("explains a difference of its place", function()
    assert.is_true(explains("26", 26, -6))
    assert.is_true(explains("26 +0,2/0", 26, -6))
    assert.is_true(explains("(13,50)", 13.5, -0.2))
    assert.is_true(explains(".150", 0.15, 0.03))
    assert.is_true(explains("1250", 1250, 30))
  end)

  it("is one of like shape", function()
    assert.is_false(explains("25", 25, -4))
    assert.is_false(explains("26", 26, 0))
    assert.is_false(explains("26", 26, 66))
    assert.is_false(explains("99", 99, 1))
  end)

  it("makes a difference of one digit", function()
    for _, change in ipairs { 6, -6, 30, 0.2, 1000, 0.001, 13.6 - 13.4 } do
      assert.is_true(slips.is_of_one_digit(change), change)
    end
    for _, change in ipairs { 36, 0.25, 11, 101 } do
      assert.is_false(slips.is_of_one_digit(change), change)
    end
  end)

  it("is one that is written", function()
    assert.is_false(explains("20", 20, 0.8))
    assert.is_false(explains("5'-6\"", 66, 2))
    assert.is_false(explains("none", 5, 3))
  end)
end)
