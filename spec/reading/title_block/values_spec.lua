-- SPDX-License-Identifier: MIT
local values = require "vision.reading.title_block.values"

local CASES = {
  scale = { ["1:2"] = "1:2", ["20 : 1"] = "20:1", ["2.5:1,"] = "2.5:1", ["none"] = false,
    ["I:1"] = "1:1", ["12"] = "1:2", ["1.5"] = "1:5", ["13"] = false, ["3412"] = false,
    ["1M1"] = "1:1", ["2M8"] = false },
  date = { ["2022-08-26"] = "2022-08-26", ["of 25.5.2020"] = "25.5.2020", ["12"] = false,
    ["1994-06 -25"] = "1994-06-25", ["9 / 1 / 2024"] = "9/1/2024" },
  sheet = { ["1 0F 2"] = "1 OF 2", ["1/1"] = "1/1", ["3"] = "3", ["VAN"] = false,
    ["7/2"] = "1/2", ["V2"] = "1/2", ["171"] = "1/1", ["21"] = "21" },
  sheet_size = { ["A3"] = "A3", ["Format A4"] = "A4", ["A"] = false, ["A7"] = false },
  weight = { ["18.19 g"] = "18.19 g", ["0,62 kg"] = "0,62 kg", ["heavy"] = false },
  revision = { ["A"] = "A", ["B.2"] = "B.2", ["A3"] = false, ["AA"] = "AA", ["02"] = "02",
    ["tof"] = false, ["none yet"] = false },
  general_tolerance = { ["ISO 2768-mK"] = "ISO 2768-mK", ["±0.05mm"] = "±0.05mm",
    ["+0.1/-0.1"] = "+0.1/-0.1", ["see notes"] = false },
  general_surface_finish = { ["Ra 3,2"] = "Ra 3,2", ["polished"] = false },
  drawing_number = { ["2022001"] = "2022001", ["| Halter"] = "Halter", ["Halter]"] = "Halter1",
    ["A3"] = false, ["1:1"] = false, ["BLATT 1 VON 2"] = false },
  material = { ["C45E"] = "C45E", ["$355J2"] = "S355J2", ["S355)2"] = "S355J2",
    ["6061-16"] = "6061-T6", ["EN AW-6082 16"] = "EN AW-6082 T6", ["1.4301"] = "1.4301",
    ["2:1"] = false, ["2020-01-02"] = false },
  title = { ["Kolv"] = "Kolv", ["42"] = false },
}

describe("values of a title block", function()
  for field, cases in pairs(CASES) do
    it("knows what a " .. field .. " looks like", function()
      for text, wanted in pairs(cases) do
        assert.equal(wanted or nil, values.check[field](text), text)
      end
    end)
  end

  it("reads the unit that a line declares", function()
    assert.equal("MILLIMETERS", (values.units "DIMENSIONS ARE IN MILUMETERS"))
    assert.equal("mm", (values.units "Alla mått i mm"))
    assert.same({ "inches", "inch" }, { values.units "all dimensions in inches" })
    assert.is_nil(values.units "3.99 mm precision ground rod")
  end)

  it("reads the projection method", function()
    assert.equal("first angle", values.projection "FIRST ANGLE PROJECTION")
    assert.is_nil(values.projection "ANGLE")
  end)

  it("knows materials and organisations", function()
    assert.is_true(values.is_material "Aluminium 7075")
    assert.is_true(values.is_material "Rostfritt stål")
    assert.is_false(values.is_material "Installation")
    assert.is_true(values.is_organisation "Muster Antriebe GmbH")
    assert.is_false(values.is_organisation "Incident at the abbey")
  end)
end)
