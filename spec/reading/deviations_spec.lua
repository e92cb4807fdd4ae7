-- SPDX-License-Identifier: MIT
local deviations = require "vision.reading.deviations"

describe("deviations", function()
  for written, meant in pairs {
    ["+.0O7"] = "+.007",
    ["12.O0"] = "12.00",
    ["±0-2"] = "±0.2",
    ["+0.-25"] = "+0.25",
    ["-Ø1.374"] = "Ø1.374",
    ["0-40"] = "0.40",
    ["M8-6H"] = "M8-6H",
    ["10-24"] = "10-24",
    ["NO.2"] = "NO.2",
    ["-0,05"] = "-0,05",
  } do
    it(("are read as %q where the net says %q"):format(meant, written), function()
      assert.equal(meant, deviations.number(written))
    end)
  end

  it("are smaller than the size that they touch", function()
    assert.same({ "Ø12", "+0,1" }, { deviations.split "Ø12+0,1" })
    assert.same({ "5.8", "-5" }, { deviations.split "5.8-5" })
    assert.is_nil(deviations.split "3-250")
    assert.is_nil(deviations.split "Ø12")
    assert.is_nil(deviations.split "1.2.3+4.5.6")
  end)

  local function stacked(expected, above, below, exact)
    assert.equal(expected, deviations.stacked(above, below, exact))
  end

  it("stand one above the other", function()
    stacked("+0,2/+0,1", "+0,2", "+0,1")
    stacked("0/-0,1", "0", "-0,1")
    stacked(nil, "12", "14")
    stacked(nil, "0", "0")
  end)

  it("get back what a rule took of them", function()
    stacked("+.004/+.002", "+.004", "+002")
    stacked("+0,35/+0,12", "+0,35", "+012")
    stacked("0/-0,05", "0", "0,05")
    stacked("+0.20/-0.20", "+0.20", "0.20")
    stacked(".000/-.010", "-.000", "-.010")
    stacked(nil, "+0,4", "0,2") -- may as well be a plus
    stacked(nil, "0", "25,00") -- two ordinates
  end)

  it("are taken as they are from a text layer", function()
    stacked(nil, "0", "0,05", true)
    stacked("+0,2/0", "+0,2", "0", true)
  end)

  it("may be limits, with a sign before one of them or both", function()
    stacked("Ø41,00/40,90", "41,00", "Ø40,90")
    stacked("Ø41,00/40,90", "Ø41,00", "40,90")
    stacked("Ø41,00/40,90", "Ø41,00", "Ø40,90")
    stacked(nil, "Ø41,00", "Ø20,90")
    stacked(nil, "41,00", "40,9")
  end)

  it("tell what may be one of them", function()
    for _, text in ipairs { "+0,1", "0", "-.005", "Ø12,50", "+002" } do
      assert.is_true(deviations.can_stand_in_stack(text), text)
    end
    for _, text in ipairs { "12", "M8", "Ø12", "R5" } do
      assert.is_false(deviations.can_stand_in_stack(text), text)
    end
  end)
end)
