-- SPDX-License-Identifier: MIT
local values = require "vision.ensemble.consensus.values"

local function value(text, quantity)
  return values.of { text = text, type = "other", quantity = quantity }
end

describe("what a call-out says", function()
  it("is the same in every spelling", function()
    for _, pair in ipairs {
      { "Ø19,90 0/-0,1", "⌀19.9 0/-0.10" }, { "M8x1,25", "M8 x 1.25" },
      { "⌖|Ø0,1|A|B", "⊕|ø0.1|A|B" },
      { "R5", "R5,0" }, { "Ra 3,2", "Ra3.2" }, { "25,4 ±0,1", "25.4 +0.1/-0.1" },
    } do
      assert.equal(value(pair[1]).key, value(pair[2]).key, pair[1])
    end
    assert.equal(value("4x Ø6").key, value("Ø6", 4).key)
    assert.equal(value("DN 50").key, value("dn50").key) -- no call-out of the grammar
  end)

  it("differs where the value does", function()
    for _, pair in ipairs {
      { "Ø19,9", "19,9" }, { "M8", "M8x1" }, { "Ø25 H7", "Ø25 H8" }, { "2x R5", "R5" },
      { "(120)", "120" }, { "⌖|Ø0,1|A|B", "⌖|Ø0,1|A|C" },
    } do
      assert.are_not.equal(value(pair[1]).key, value(pair[2]).key, pair[1])
    end
  end)

  it("tells a misreading from another call-out", function()
    for _, pair in ipairs { { "Ø19,9", "Ø19,8" }, { "Ø20", "20" }, { "Ø25 H7 +0,021/0", "Ø25 H7" },
      { "M8x1,25", "M8x1.75" } } do
      assert.is_true(values.similar(value(pair[1]), value(pair[2])) > 0.6, pair[1])
    end
    for _, pair in ipairs { { "12", "85" }, { "R5", "Ra 3,2" }, { "Ø19,9", "M8" } } do
      assert.is_true(values.similar(value(pair[1]), value(pair[2])) < 0.6, pair[1])
    end
  end)
end)
