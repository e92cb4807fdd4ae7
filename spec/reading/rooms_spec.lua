-- SPDX-License-Identifier: MIT
local rooms = require "vision.reading.rooms"
local segments = require "spec.support.segments"

local at = segments.at

describe("the use of a room", function()
  local USES = {
    ["SOVRUM 1"] = "bedroom", Schlafzimmer = "bedroom", ["Master bedroom"] = "bedroom",
    VARDAGSRUM = "living room", Wohnzimmer = "living room", ["KÖK"] = "kitchen",
    ["Küche"] = "kitchen", KOK = "kitchen", Kitchen = "kitchen", ["BAD/WC"] = "bathroom",
    ["BADRUM/"] = "bathroom", ["TVÄTT"] = "laundry", ["ENTRÉ"] = "hall", Flur = "hall",
    MATPLATS = "dining room", BALKONG = "balcony", ["Wohnen / Essen"] = "living room",
    KLK = "closet", WC = "toilet", ["Garage 2"] = "garage",
  }
  for name, use in pairs(USES) do
    it("of " .. name .. " is " .. use, function()
      assert.equal(use, rooms.use(name))
    end)
  end

  it("is known with one wrong letter in a long name, never in a short one", function()
    assert.equal("kitchen", rooms.use "Kitchon")
    assert.equal("living room", rooms.use "Wohnzinmer")
    for _, other in ipairs { "K", "TM", "F", "BAT", "HELL", "Grundriss", "BH=700", "", "12" } do
      assert.is_nil(rooms.use(other), other)
    end
  end)
end)

describe("the area of a room", function()
  it("is read with the engine's spellings of m²", function()
    for _, text in ipairs { "13 m²", "13m²", "13m?", "13 m2", "13 M²", "13m*" } do
      local area, unit = rooms.area(text)
      assert.same({ 13, "m²" }, { area, unit }, text)
    end
    assert.equal(24.5, (rooms.area "24,5 m²"))
    assert.same({ 120, "sq ft", "" }, { rooms.area "120 sq ft" })
  end)

  it("is no length and no other number", function()
    for _, text in ipairs { "13 m", "13 mm", "3,50 m", "M8", "13", "BH=700" } do
      assert.is_nil((rooms.area(text)), text)
    end
  end)
end)

describe("the rooms of a plan", function()
  it("have what stands under their names", function()
    local list, used = rooms.read {
      at("SOVRUM 1", 300, 100), at("13m?", 310, 125), at("BADRUM/", 700, 300),
      at("TVÄTT", 710, 325), at("6 m²", 715, 350), at("Kitchen", 100, 500),
      at("12'-0\" x 10'-6\"", 60, 525),
    }
    assert.equal(3, #list)
    assert.same({ "SOVRUM 1", "bedroom", 13, "m²" },
      { list[1].name, list[1].use, list[1].area, list[1].unit })
    assert.same({ 300, 100, 96, 45 }, list[1].box)
    assert.same({ "BADRUM/TVÄTT", 6 }, { list[2].name, list[2].area })
    assert.same({ "Kitchen", "12'-0\" x 10'-6\"" }, { list[3].name, list[3].size })
    assert.equal(0.9, list[1].confidence)
    local count = 0
    for _ in pairs(used) do
      count = count + 1
    end
    assert.equal(7, count)
  end)

  it("may have names that no list knows, where an area stands with them", function()
    local list = rooms.read { at("Atelier", 100, 100), at("31 m²", 100, 125),
      at("Nordpfeil", 600, 600) }
    assert.equal(1, #list)
    assert.same({ "Atelier", "room", 31 }, { list[1].name, list[1].use, list[1].area })
  end)

  it("are named by no scraps and by no area alone", function()
    assert.same({}, (rooms.read { at("| +=", 100, 100), at("13 m²", 100, 125) }))
    local unsure = at("Atelxyz", 100, 100, { confidence = 0.2 })
    assert.same({}, (rooms.read { unsure, at("13 m²", 100, 125) }))
  end)
end)
