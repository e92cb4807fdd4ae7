-- SPDX-License-Identifier: MIT
local boxes = require "vision.reading.boxes"

describe("boxes.shared", function()
  it("is the share of the smaller box that lies in the other, either way round", function()
    local large, small = { 0, 0, 10, 10 }, { 5, 0, 10, 4 }
    assert.equal(0.5, boxes.shared(large, small))
    assert.equal(0.5, boxes.shared(small, large))
    assert.equal(1, boxes.shared(large, { 2, 2, 3, 3 }))
    assert.equal(0, boxes.shared(large, { 10, 0, 5, 5 }))
    assert.equal(0, boxes.shared({ 0, 0, 0, 0 }, { 0, 0, 0, 0 }))
  end)
end)

describe("boxes.rounded", function()
  it("is in whole pixels", function()
    assert.same({ 10, 21, 5, 0 }, boxes.rounded { 10.4, 20.5, 5, 0.2 })
  end)
end)
