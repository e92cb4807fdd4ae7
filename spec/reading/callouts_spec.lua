-- SPDX-License-Identifier: MIT
local callouts = require "vision.reading.callouts"
local lines = require "vision.reading.lines"

local EVIDENCE = { decimal = ",", share = 1, page = 1, unit = "mm", lettering = 20 }

-- Words of a text layer, one behind the other, 12 pixels a letter.
local function line(text)
  local words, x = {}, 100
  for word in text:gmatch "%S+" do
    local length = 12 * #word:gsub("[\128-\191]", "")
    words[#words + 1] = { text = word, box = { x, 50, length, 20 }, source = "text_layer",
      line = 1, rotation = 0 }
    x = x + length + 8
  end
  return lines.segments(words)
end

local function texts(list)
  local out = {}
  for index, value in ipairs(list) do
    out[index] = value.text
  end
  return out
end

describe("call-outs of a page", function()
  it("stand where their line stands, typed", function()
    local list, rest = callouts.read(line "Ø19,9 0/-0,1", EVIDENCE)
    assert.same({}, rest)
    assert.same({ "diameter", 19.9, 0, -0.1 },
      { list[1].type, list[1].nominal, list[1].upper, list[1].lower })
    assert.same({ 100, 50, 140, 20 }, list[1].box)
    assert.same({ "text_layer" }, list[1].sources)
  end)

  it("that ran together in one line are given one by one, each with its own place", function()
    local list = callouts.read(line "Ø6,80 ↧26,25 M8x1.25 - 6H ↧20", EVIDENCE)
    table.sort(list, function(a, b) return a.box[1] < b.box[1] end)
    assert.same({ "Ø6,80 ↧26,25", "M8x1.25 - 6H ↧20" }, texts(list))
    assert.equal(100, list[1].box[1])
    assert.is_true(list[1].box[1] + list[1].box[3] < list[2].box[1])
  end)

  it("leave the rest to others", function()
    local list, rest = callouts.read(line "Break all sharp edges", EVIDENCE)
    assert.same({}, list)
    assert.same({ "Break all sharp edges" }, texts(rest))
  end)
end)
