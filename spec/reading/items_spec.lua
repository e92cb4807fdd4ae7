-- SPDX-License-Identifier: MIT
local items = require "vision.reading.items"
local kind = require "vision.reading.kind"
local segments = require "spec.support.segments"

local at = segments.at

describe("the items of a sheet", function()
  it("are what its kind has, and the rest of its text, each with its place", function()
    local list = items.read("architectural", { at("N", 500, 500), at("KÖK", 10.4, 20.6),
      at("14 m²", 10, 45), at("+=", 5, 5), at("ghost", 5, 900, { confidence = 0.1 }),
      at("Scale 1:50", 900, 900, { in_block = true }) })
    assert.equal(2, #list)
    assert.same({ "room", "KÖK", 14, 1 },
      { list[1].kind, list[1].name, list[1].area, list[1].page })
    assert.same({ 10, 21 }, { list[1].box[1], list[1].box[2] })
    assert.same({ "text", "N", 0.9 }, { list[2].kind, list[2].text, list[2].confidence })
  end)

  it("are text alone on sheets of no known kind", function()
    local list = items.read("other", segments.apart("Hello", "World"))
    assert.same({ "Hello", "World" }, { list[1].text, list[2].text })
  end)

  it("join nothing across pages", function()
    local list = items.read("architectural",
      { at("31 m²", 100, 125, { page = 2 }), at("Atelier", 100, 100) })
    assert.same({ "text", "text" }, { list[1].kind, list[2].kind })
    assert.same({ 1, 2 }, { list[1].page, list[2].page })
  end)

  it("and kinds are found in bounded time, whatever a text layer holds", function()
    local hostile, started = {}, os.clock()
    for index, piece in ipairs { "1", "-", ".", "(1x", " 1", "A/", "m²", "'" } do
      hostile[index] = at(piece:rep(200000), 100, 100 * index)
    end
    for _, name in ipairs { "architectural", "circuit", "flowchart" } do
      items.read(name, hostile)
    end
    kind.of(hostile, {}, {})
    assert.is_true(os.clock() - started < 2)
  end)

  it("are none on drawings of parts, whose call-outs say it all", function()
    assert.is_nil(items.read("mechanical", segments.apart "Hello"))
  end)
end)
