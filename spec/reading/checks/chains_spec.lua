-- SPDX-License-Identifier: MIT
local chains = require "vision.reading.checks.chains"

local SCALE = 5 -- pixels a millimetre

-- A length whose text stands over the middle of its dimension.
local function length(nominal, from, y, nudge)
  local middle = (from + nominal / 2) * SCALE + (nudge or 0)
  return { type = "length", text = tostring(nominal), nominal = nominal,
    box = { middle - 20, y, 40, 20 } }
end

local function turned(callout)
  local box = callout.box
  callout.box = { box[2], box[1], box[4], box[3] }
  return callout
end

describe("a chain of lengths", function()
  it("vouches for each of its members and for the overall length", function()
    local a, b, c = length(20, 0, 500), length(50, 20, 502, 6), length(30, 70, 499)
    local whole, other = length(100, 0, 550), length(60, 0, 600)
    local found = chains.find { whole, c, a, other, b }
    for _, one in ipairs { a, b, c, whole } do
      assert.equal("20 + 50 + 30 = 100 adds up", found[one])
    end
    assert.is_nil(found[other])
  end)

  it("may run down the sheet", function()
    local a, b = turned(length(20, 0, 500)), turned(length(30, 20, 500))
    local whole = turned(length(50, 0, 560))
    assert.equal("20 + 30 = 50 adds up", chains.find({ a, b, whole })[whole])
  end)

  it("is none where the sum is another, the row has gaps or the middle is elsewhere", function()
    local a, b, c = length(20, 0, 500), length(50, 20, 500), length(30, 70, 500)
    assert.same({}, chains.find { a, b, c, length(101, 0, 550) })
    assert.same({}, chains.find { a, b, length(30, 170, 500), length(100, 0, 550) })
    assert.same({}, chains.find { a, b, c, length(100, 40, 550) })
  end)

  it("takes no counts, no limits and no call-outs without a place", function()
    local a, b, whole = length(20, 0, 500), length(30, 20, 500), length(50, 0, 550)
    a.quantity = 2
    assert.same({}, chains.find { a, b, whole })
    a.quantity, b.box = nil, nil
    assert.same({}, chains.find { a, b, whole })
  end)

  it("that one misread digit keeps from adding up is doubted", function()
    local a, b, c = length(20, 0, 500), length(56, 20, 500), length(30, 70, 500)
    local whole = length(100, 0, 550)
    b.box[1] = length(50, 20, 500).box[1]
    local found, doubts = chains.find { a, b, c, whole }
    assert.same({}, found)
    assert.equal("20 + 56 + 30 = 106, not 100: a digit may be misread", doubts[b])
    assert.is_nil(doubts[a] or doubts[c])
    whole = length(188, 0, 550)
    whole.box[1] = length(180, 0, 550).box[1]
    local d, e = length(80, 0, 500), length(100, 80, 500)
    found, doubts = chains.find { d, e, whole }
    assert.same({}, found)
    assert.equal("80 + 100 = 180, not 188: a digit may be misread", doubts[whole])
  end)

  it("is no doubt where a piece is left out, or no digit of like shape explains it", function()
    local a, b = length(20, 0, 500), length(50, 20, 500)
    for _, whole in ipairs { length(78, 0, 550), length(71, 0, 550) } do
      local found, doubts = chains.find { a, b, whole }
      assert.same({}, found)
      assert.same({}, doubts)
    end
  end)

  it("is no doubt of numbers that add up with others", function()
    local a, b, whole = length(20, 0, 500), length(30, 20, 500), length(50, 0, 550)
    local wider = length(56, 0, 600)
    local _, doubts = chains.find { a, b, whole, wider }
    assert.is_nil(doubts[a] or doubts[b] or doubts[whole])
  end)

  it("is looked for in bounded time", function()
    local many, started = {}, os.clock()
    for index = 1, 5000 do
      many[index] = length(1, index, 500)
    end
    chains.find(many)
    assert.is_true(os.clock() - started < 2)
  end)
end)
