-- SPDX-License-Identifier: MIT
local balloons = require "vision.reading.overlay.balloons"

local function mark(x, y, width, height)
  return { box = { x, y, width, height }, corners = { { x, y }, { x + width, y },
    { x + width, y + height }, { x, y + height } } }
end

local function off_box(at, box)
  local dx = math.max(box[1] - at.x, 0, at.x - box[1] - box[3])
  local dy = math.max(box[2] - at.y, 0, at.y - box[2] - box[4])
  return math.sqrt(dx * dx + dy * dy)
end

local function distance(a, b)
  return math.sqrt((a.x - b.x) ^ 2 + (a.y - b.y) ^ 2)
end

describe("balloons", function()
  it("hide no call-out and no other balloon, and stay on the page", function()
    local marks = {}
    for row = 0, 7 do
      for column = 0, 4 do
        marks[#marks + 1] = mark(60 + 180 * column, 40 + 70 * row, 90, 24)
      end
    end
    local places = balloons.place(marks, { width = 1000, height = 640, radius = 12 })
    for index, at in ipairs(places) do
      assert.is_true(at.x > 12 and at.y > 12 and at.x < 988 and at.y < 628)
      for _, other in ipairs(marks) do
        assert.is_true(off_box(at, other.box) >= 12)
      end
      for other = index + 1, #places do
        assert.is_true(distance(at, places[other]) >= 24)
      end
    end
  end)

  it("stand near, with a leader that ends on the outline", function()
    local at = balloons.place({ mark(400, 300, 100, 30) },
      { width = 1000, height = 640, radius = 12 })[1]
    assert.is_true(off_box(at, { 400, 300, 100, 30 }) < 36)
    assert.equal(0, off_box({ x = at.to_x, y = at.to_y }, { 400, 300, 100, 30 }))
  end)

  it("go where the paper is blank", function()
    -- Ink everywhere but in the right half.
    local map = { cell = 20, columns = 50, rows = 32,
      cells = (("9"):rep(25) .. ("0"):rep(25)):rep(32) }
    local at = balloons.place({ mark(440, 300, 50, 30) },
      { width = 1000, height = 640, radius = 12, map = map })[1]
    assert.is_true(at.x - 12 >= 490)
  end)

  it("have a place even on a page that is too small", function()
    local at = balloons.place({ mark(1, 1, 2, 2) }, { width = 10, height = 10, radius = 12 })[1]
    assert.same({ 1, 1 }, { at.x, at.y })
  end)
end)
