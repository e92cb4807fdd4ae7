-- SPDX-License-Identifier: MIT
local tiles = require "vision.drawing.tiles"

describe("tiles", function()
  local SHEETS = { { 1654, 2339 }, { 2339, 3307 }, { 6622, 4677 }, { 1501, 400 }, { 5000, 300 } }

  it("cover a sheet, each no longer than allowed, with 10 to 15 percent in common", function()
    for _, sheet in ipairs(SHEETS) do
      local rows = {}
      for _, box in ipairs(tiles.grid(sheet[1], sheet[2], 1500)) do
        local x, y, w, h = box[1], box[2], box[3], box[4]
        assert.is_true(w <= 1500 and h <= 1500)
        assert.is_true(x >= 0 and y >= 0 and x + w <= sheet[1] and y + h <= sheet[2])
        rows[y] = rows[y] or {}
        table.insert(rows[y], box)
      end
      for _, row in pairs(rows) do
        assert.equal(0, row[1][1])
        assert.equal(sheet[1], row[#row][1] + row[#row][3])
        for i = 2, #row do
          local shared = (row[i - 1][1] + row[i - 1][3] - row[i][1]) / row[i][3]
          assert.is_true(shared >= 0.1 and shared <= 0.15, tostring(shared))
        end
      end
    end
  end)

  it("are one for a sheet that is small enough", function()
    assert.same({ { 0, 0, 1500, 900 } }, tiles.grid(1500, 900))
    assert.equal(6, #tiles.grid(2339, 3307))
  end)

  it("have the title block in the lower right corner", function()
    assert.same({ 1984, 1637, 1323, 702 }, tiles.title_block(3307, 2339))
    assert.same({ 0, 1637, 1654, 702 }, tiles.title_block(1654, 2339))
  end)
end)
