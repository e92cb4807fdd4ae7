-- SPDX-License-Identifier: MIT
local paper = require "vision.reading.paper"

describe("the paper of a page", function()
  it("is known by its sides, upright or across", function()
    assert.same({ format = "A4", width = 210, height = 297 }, paper.of(1654, 2339, 200))
    assert.same({ format = "A3", width = 420, height = 297 }, paper.of(3307, 2339, 200))
    assert.same({ format = "ANSI B", width = 432, height = 279 }, paper.of(3400, 2200, 200))
  end)

  it("is unknown at another size and without a resolution", function()
    assert.is_nil(paper.of(1000, 1000, 200))
    assert.is_nil(paper.of(1654, 2339, nil))
    assert.is_nil(paper.of(1654, 2339, 0))
  end)
end)
