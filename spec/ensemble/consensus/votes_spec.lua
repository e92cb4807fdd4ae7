-- SPDX-License-Identifier: MIT
local votes = require "vision.ensemble.consensus.votes"

local function near(wanted, found)
  assert.is_true(math.abs(wanted - found) < 1e-9, ("%s expected, %s found"):format(wanted, found))
end

local READER = { name = "a", precision = 0.8, recall = 0.6, weight = 1 }

describe("votes", function()
  it("of one alone are worth its precision", function()
    near(0.8, votes.probability(votes.says(READER)))
    near(0.3, votes.probability(votes.says(READER, 0.3)))
  end)

  it("of silence take away what the recall says", function()
    near(math.log((1 - 0.6) / (1 - 0.6 * 0.2 / 0.8)), votes.silent(READER))
    assert.is_true(votes.silent { precision = 0.5, recall = 0.3, weight = 1 } <= 0)
    near(0, votes.silent { precision = 0.9, recall = 0.9, weight = 0 })
  end)

  it("are never quite certain", function()
    assert.is_true(votes.probability(votes.says(READER, 1)) < 0.99)
    assert.is_true(votes.probability(votes.says(READER, 0)) > 0.01)
    assert.is_true(votes.silent { precision = 1, recall = 1, weight = 1 } > -5)
  end)

  it("of several that are silent are less than their sum", function()
    near(0, votes.together {})
    near(-2, votes.together { -2 })
    near(-3, votes.together { -1, -2, -1 })
  end)
end)
