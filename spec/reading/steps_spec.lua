-- SPDX-License-Identifier: MIT
local segments = require "spec.support.segments"
local steps = require "vision.reading.steps"

local at = segments.at

-- A chart with a decision, a step beside it and a legend at its right.
local function chart()
  return {
    at("ORDERS", 260, 20), at("Start", 270, 100), at("Read the order", 220, 200),
    at("Is the part", 235, 300), at("in stock?", 245, 324), at("No", 400, 290),
    at("Make the part", 520, 310), at("Yes", 310, 400), at("Pack it and", 235, 500),
    at("send it away", 230, 524), at("v", 300, 560, { confidence = 0.5 }),
    at("Vv", 300, 600, { confidence = 0.6 }), at("End", 280, 650),
    at("Legend:", 900, 290), at("Stock is what is counted", 900, 315),
  }
end

local function texts(list, kind)
  local found = {}
  for _, item in ipairs(list) do
    if item.kind == kind then
      found[#found + 1] = item.text
    end
  end
  return found
end

describe("a box of a chart", function()
  it("is known by its words", function()
    for text, kind in pairs { Yes = "branch", NEIN = "branch", ["ja."] = "branch",
      Start = "terminator", Slut = "terminator", ["Adequate?"] = "decision",
      ["Ist es da? "] = "decision", ["Pack it"] = "step" } do
      assert.equal(kind, steps.kind(text), text)
    end
    for _, ink in ipairs { "v", "|!", "12", "" } do
      assert.is_nil(steps.kind(ink))
    end
  end)
end)

describe("the steps of a chart", function()
  local list = steps.read(chart())

  it("stand in order, with lines of one box joined", function()
    assert.same({ "Read the order", "Make the part", "Pack it and send it away" },
      texts(list, "step"))
    assert.same({ "Is the part in stock?" }, texts(list, "decision"))
    assert.same({ "Start", "End" }, texts(list, "terminator"))
    local numbers = {}
    for _, item in ipairs(list) do
      numbers[#numbers + 1] = item.number
    end
    assert.same({ 1, 2, 3, 4, 5, 6 }, numbers)
  end)

  it("have branches from their decision to the box behind the label", function()
    local by_text = {}
    for _, item in ipairs(list) do
      by_text[item.text] = item
    end
    local decision = by_text["Is the part in stock?"].number
    assert.same({ decision, by_text["Make the part"].number }, { by_text.No.from, by_text.No.to })
    assert.same({ decision, by_text["Pack it and send it away"].number },
      { by_text.Yes.from, by_text.Yes.to })
  end)

  it("are neither the chart's name nor its legend", function()
    assert.same({ "ORDERS" }, texts(list, "title"))
    assert.same({ "Legend: Stock is what is counted" }, texts(list, "text"))
  end)

  it("are all boxes where there is no decision", function()
    local plain = steps.read { at("Cut the bar", 100, 100), at("Turn the shaft", 700, 300) }
    assert.same({ "Cut the bar", "Turn the shaft" }, texts(plain, "step"))
  end)

  it("lead nowhere where no box is", function()
    local open = steps.read { at("Done?", 100, 100), at("Yes", 400, 100) }
    assert.equal(1, open[2].from)
    assert.is_nil(open[2].to)
  end)
end)
