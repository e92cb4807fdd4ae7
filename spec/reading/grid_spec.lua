-- SPDX-License-Identifier: MIT
local grid = require "vision.reading.grid"

describe("a grid of boxes", function()
  local places = grid.new {
    { box = { 0, 0, 10, 10 } }, { box = { 500, 500, 10, 10 } }, { box = { 100, 0, 900, 10 } },
    { box = { -300, -300, 10, 10 } },
  }

  it("finds what is near, in order, each once", function()
    assert.same({ 1, 3 }, places:near({ 90, 0, 20, 10 }, 50))
    assert.same({ 2 }, places:near({ 505, 505, 1, 1 }, 0))
    assert.same({ 4 }, places:near({ -295, -295, 1, 1 }, 0))
  end)

  it("finds nothing where nothing is", function()
    assert.same({}, places:near({ 5000, 5000, 1, 1 }, 10))
    assert.same({}, grid.new({}):near({ 0, 0, 1, 1 }, 10))
  end)
end)
