-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local spelling = require "vision.reading.spelling"

-- How many letters two words differ in, by the definition.
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local corner = row[0]
    row[0] = i
    for j = 1, #b do
      local change = corner + (a:byte(i) == b:byte(j) and 0 or 1)
      corner = row[j]
      row[j] = math.min(change, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#b]
end

local function word(source, longest)
  local letters = {}
  for i = 1, source:integer(0, longest) do letters[i] = source:one_of { "a", "b", "c" } end
  return table.concat(letters)
end

describe("spelling", function()
  it("sets capitals, accents and the circle aside", function()
    assert.equal("godkand av", spelling.fold "Godkänd AV")
    assert.equal("massstab", spelling.fold "Maßstab")
    assert.equal("ok", spelling.fold "○K")
  end)

  it("lets a few letters be wrong, missing or too many", function()
    assert.is_true(spelling.within("designation", "desgnatjon", 2))
    assert.is_false(spelling.within("designation", "desgnatjom", 2))
    assert.is_true(spelling.within("", "ab", 2))
    assert.is_false(spelling.within("a", "b", 0))
  end)

  it("finds just the words that are so near", function()
    chance.runs(200, function(source)
      for _ = 1, 20 do
        local a, b, most = word(source, 8), word(source, 8), source:integer(0, 3)
        assert.equal(distance(a, b) <= most, spelling.within(a, b, most),
          ("%s %s %d"):format(a, b, most))
      end
    end)
  end)
end)
