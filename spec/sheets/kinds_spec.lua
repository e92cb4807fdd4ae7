-- SPDX-License-Identifier: MIT
-- Small sheets that are no drawings of parts, read for real. The pictures are made from the SVG
-- files beside them: rsvg-convert NAME.svg -o NAME.png
local core = require "vision.core"
local providers = require "vision.providers"

local function read(name)
  local file = assert(io.open("spec/reading/fixtures/kinds/" .. name .. ".png", "rb"))
  local image = assert(core.image_from_bytes(file:read "*a"))
  file:close()
  local provider = assert(providers.create_vision_provider "local")
  return assert(provider:analyze_image(image))
end

local function items_of(reading, key)
  local found = {}
  for _, item in ipairs(reading.drawing.items) do
    if item[key] then
      found[item[key]] = item
    end
  end
  return found
end

describe("reading other kinds of sheets", function()
  it("lists the rooms of a floor plan", function()
    local reading = read "floor_plan"
    assert.equal("architectural", reading.drawing.kind)
    local rooms = items_of(reading, "use")
    assert.equal(24.5, rooms["living room"].area)
    assert.equal(6.2, rooms.bathroom.area)
    assert.equal(9, rooms.kitchen.area)
    assert.equal(11, rooms.hall.area)
    assert.equal("3,50 x 4,20 m", rooms.bedroom.size)
    assert.is_truthy(reading.summary:find("5 rooms", 1, true))
  end)

  it("lists the parts of a circuit", function()
    local reading = read "circuit"
    assert.equal("circuit", reading.drawing.kind)
    local parts = items_of(reading, "designator")
    assert.equal("10k", parts.R1.value)
    assert.equal("100n", parts.C1.value)
    assert.equal("74HC4050", parts.IC1.value)
    assert.equal("Conn_01x04", parts.J1.value)
    assert.is_truthy(parts["-F1"] and parts["-X1"])
    local nets = items_of(reading, "name")
    assert.is_truthy(nets.GND and nets["+3.3V"])
    assert.same({}, reading.drawing.callouts)
  end)

  it("lists the steps of a flow chart in order", function()
    local reading = read "flow_chart"
    assert.equal("flowchart", reading.drawing.kind)
    assert.same({ "1. Start", "2. Read the order", "3. Is the part in stock? No to 4; Yes to 5",
      "4. Make the part", "5. Pack it and send it away", "6. End" }, reading.details)
  end)
end)
