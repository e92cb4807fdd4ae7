-- SPDX-License-Identifier: MIT
local boxes = require "vision.reading.boxes"

describe("boxes", function()
  it("share what of the smaller one lies in the other, either way round", function()
    local large, small = { 0, 0, 10, 10 }, { 5, 0, 10, 4 }
    assert.equal(0.5, boxes.shared(large, small))
    assert.equal(0.5, boxes.shared(small, large))
    assert.equal(1, boxes.shared(large, { 2, 2, 3, 3 }))
    assert.equal(0, boxes.shared(large, { 10, 0, 5, 5 }))
    assert.equal(0, boxes.shared({ 0, 0, 0, 0 }, { 0, 0, 0, 0 }))
  end)

  it("have corners where the lettering in them is turned", function()
    -- Read by turning the page clockwise by 45°: it runs upwards to the right.
    local corners = boxes.corners_of_turned({ 0, 0, 100, 100 }, 100, 20, 45)
    local from, to = corners[1], corners[2]
    assert.is_true(to[1] > from[1] and to[2] < from[2])
    assert.is_true(math.abs((to[1] - from[1]) ^ 2 + (to[2] - from[2]) ^ 2 - 10000) < 1)
    local level = boxes.corners_of_turned({ 0, 0, 100, 20 }, 100, 20, 0)
    assert.same({ { 0, 0 }, { 100, 0 }, { 100, 20 }, { 0, 20 } }, level)
  end)
end)

describe("boxes.rounded", function()
  it("is in whole pixels", function()
    assert.same({ 10, 21, 5, 0 }, boxes.rounded { 10.4, 20.5, 5, 0.2 })
  end)
end)
