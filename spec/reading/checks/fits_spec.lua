-- SPDX-License-Identifier: MIT
local fits = require "vision.reading.checks.fits"

-- ISO 286-2:2010, tables 2 to 32: the letters that a grade is given with.
local WIDE, USUAL = "EF F FG G H JS K M N P R S", "CD D E EF F FG G H JS J K M N P R S T U V X"
local LETTERS = {
  { "H JS" }, { "H JS" }, { WIDE }, { WIDE },
  { "E EF F FG G H JS K M N P R S T U V X", "CD D E EF F FG G H JS J K M N P R S T U V X" },
  { USUAL .. " Y Z ZA" }, { USUAL .. " Y Z ZA ZB ZC" }, { "B C " .. USUAL .. " Y Z ZA ZB ZC" },
  { "A B C CD D E EF F FG G H JS K M N P R S U X Y Z ZA ZB ZC" },
  { "A B C CD D E EF F FG G H JS K M N P R S U X Y Z ZA ZB ZC",
    "A B C CD D E EF F FG G H JS K P R S X Y Z ZA ZB ZC" },
  { "A B C D H JS N Z ZA ZB ZC", "A B C D H JS K Z ZA ZB ZC" },
  { "A B C D H JS", "A B C D H JS K" }, { "A B C D H JS", "A B D H JS K" },
  { "H JS" }, { "H JS" }, { "H JS" }, { "H JS" }, { "H JS" },
}
local ALL = USUAL .. " A B C I L O Q W Y Z ZA ZB ZC"

describe("classes of ISO 286", function()
  it("are those of its tables", function()
    for grade, of in ipairs(LETTERS) do
      local holes, shafts = " " .. of[1] .. " ", " " .. (of[2] or of[1]) .. " "
      for letter in ALL:gmatch "%a+" do
        local hole, shaft = letter .. grade, letter:lower() .. grade
        local wanted = " " .. letter .. " "
        assert.equal(holes:find(wanted, 1, true) ~= nil, fits.check(hole) == nil, hole)
        assert.equal(shafts:find(wanted, 1, true) ~= nil, fits.check(shaft) == nil, shaft)
      end
    end
  end)

  it("exist in the grades of the standard", function()
    for _, fit in ipairs { "H7", "h6", "JS9", "js9", "k6", "H7/k6", "H11 / c11", "ZC8", "m6" } do
      assert.is_nil(fits.check(fit), fit)
    end
    for _, fit in ipairs { "H19", "A7", "j9", "T9", "H7/K6", "h6/H7", "Q7" } do
      assert.is_truthy(fits.check(fit), fit)
    end
  end)

  -- ISO 286-1:2010, table 1: the grades in micrometres, by ranges of sizes. The formula is that of
  -- the standard at the geometric mean of a range; the printed figures are rounded.
  local RANGES = { 3, 6, 10, 18, 30, 50, 80, 120, 180, 250, 315, 400, 500, 630, 800, 1000 }
  local GRADES = {
    [6] = { 8, 9, 11, 13, 16, 19, 22, 25, 29, 32, 36, 40, 44, 50, 56 },
    [7] = { 12, 15, 18, 21, 25, 30, 35, 40, 46, 52, 57, 63, 70, 80, 90 },
    [8] = { 18, 22, 27, 33, 39, 46, 54, 63, 72, 81, 89, 97, 110, 125, 140 },
    [9] = { 30, 36, 43, 52, 62, 74, 87, 100, 115, 130, 140, 155, 175, 200, 230 },
    [11] = { 75, 90, 110, 130, 160, 190, 220, 250, 290, 320, 360, 400, 440, 500, 560 },
  }
  -- Those of 30 to 50 mm.
  local COLUMN = { [5] = 11, [6] = 16, [7] = 25, [8] = 39, [9] = 62, [10] = 100, [11] = 160,
    [12] = 250, [13] = 390, [14] = 620, [15] = 1000, [16] = 1600, [17] = 2500, [18] = 3900 }
  local ROUNDING = 0.04 -- and half a micrometre

  local function holds(grade, from, to, printed)
    local width = fits.width("H" .. grade, math.sqrt(from * to)) * 1000
    local range = ("IT%d of %g to %g mm"):format(grade, from, to)
    assert.near(printed, width, 0.5 + ROUNDING * printed, range)
  end

  it("have the widths of the standard but for rounding", function()
    for grade, row in pairs(GRADES) do
      for index, printed in ipairs(row) do
        holds(grade, RANGES[index], RANGES[index + 1], printed)
      end
    end
    for grade, printed in pairs(COLUMN) do
      holds(grade, 30, 50, printed)
    end
  end)

  it("have the width of their finest part", function()
    assert.near(fits.width("k6", 40), fits.width("H7/k6", 40), 1e-9)
    assert.is_nil(fits.width("H1", 40))
  end)
end)
