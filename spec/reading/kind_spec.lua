-- SPDX-License-Identifier: MIT
local grammar = require "vision.reading.grammar"
local kind = require "vision.reading.kind"
local segments = require "spec.support.segments"

local apart = segments.apart

local function callouts(...)
  local list = {}
  for index, text in ipairs { ... } do
    list[index] = assert(grammar.parse(text, "mm"))
  end
  return list
end

describe("the kind of a drawing", function()
  it("follows the evidence", function()
    assert.equal("mechanical", kind.of({}, callouts "Ø2", {}))
    assert.equal("architectural", kind.of(apart("SOVRUM 1", "KÖK", "13 m²"), {}, {}))
    assert.equal("architectural", kind.of(apart("Wohnzimmer", "24 m²", "Küche"), {}, {}))
    assert.equal("circuit", kind.of(apart("IC1", "GND", "+3.3V", "10n"), {}, {}))
    assert.equal("circuit", kind.of(apart("-F1", "-X1:8", "-K2", "24V"), {}, {}))
    assert.equal("flowchart",
      kind.of(apart("Is response adequate?", "Yes", "No", "Start protocol"), {}, {}))
  end)

  it("is what the sheet calls itself", function()
    assert.equal("architectural", kind.of(apart "Grundriss Erdgeschoss", {}, {}))
    assert.equal("circuit", kind.of(apart "Schaltplan Netzteil", {}, {}))
    assert.equal("flowchart", kind.of(apart "Flödesschema order", {}, {}))
  end)

  it("is mechanical with fits and radii, whose words are designators too", function()
    local texts = { "Ø20 H7", "R5", "M8", "10 H8", "R2", "C1" }
    local unpack = table.unpack or unpack
    assert.equal("mechanical", kind.of(apart(unpack(texts)), callouts(unpack(texts)), {}))
  end)

  it("does not follow names in a title block", function()
    local name = segments.at("Lager", 100, 100, { in_block = true })
    assert.equal("mechanical", kind.of({ name }, {}, { material = "C45" }))
    assert.equal("other", kind.of({ name }, {}, {}))
  end)

  it("is another one without evidence, and none without text", function()
    assert.equal("other", kind.of(apart "Hello", {}, {}))
    assert.is_nil(kind.of({}, {}, {}))
  end)

  it("takes numbers in a circuit for no call-outs", function()
    local numbers = { { type = "length", text = "12" } }
    assert.same({}, kind.callouts("circuit", numbers))
    assert.equal(numbers, kind.callouts("mechanical", numbers))
  end)
end)
