-- SPDX-License-Identifier: MIT
local fits = require "vision.reading.checks.fits"

describe("classes of ISO 286", function()
  it("exist in the grades of the standard", function()
    for _, fit in ipairs { "H7", "h6", "JS9", "js9", "k6", "H7/k6", "H11 / c11", "ZC8", "m6" } do
      assert.is_nil(fits.check(fit), fit)
    end
    for _, fit in ipairs { "H19", "A7", "j9", "T9", "H7/K6", "h6/H7", "Q7" } do
      assert.is_truthy(fits.check(fit), fit)
    end
  end)

  -- ISO 286-1: IT7 of 30 to 50 mm is 25 µm, IT6 of 10 to 18 mm 11 µm, IT11 of 80 to 120 mm 220 µm.
  it("have about the widths of the standard", function()
    assert.near(0.025, fits.width("H7", 40), 0.002)
    assert.near(0.011, fits.width("h6", 14), 0.001)
    assert.near(0.220, fits.width("H11/h11", 100), 0.02)
    assert.near(fits.width("k6", 40), fits.width("H7/k6", 40), 1e-9)
    assert.is_nil(fits.width("H1", 40))
  end)
end)
