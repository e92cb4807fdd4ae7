-- SPDX-License-Identifier: MIT
local notes = require "vision.reading.notes"

local function segment(text, x, y)
  return { text = text, box = { x, y, 12 * #text, 20 }, rotation = 0, height = 20,
    confidence = 0.9, source = "ocr" }
end

local function read(list, top_of_block)
  return notes.read(list, function(one)
    return one.box[2] >= (top_of_block or math.huge)
  end)
end

describe("notes", function()
  it("of a numbered list are entries, each with its further lines", function()
    assert.same({ "1. Remove all burrs", "2. Surfaces marked T to be ground after hardening",
      "3. Harden the whole part" }, read {
      segment("NOTES:", 100, 100), segment("1. Remove all burrs", 100, 130),
      segment("2. Surfaces marked T to be", 100, 160), segment("ground after hardening", 100, 190),
      segment("3. Harden the whole part", 100, 220),
    })
  end)

  it("of a list without numbers are its lines", function()
    local function lines(...)
      local list = {}
      for i, text in ipairs { ... } do list[i] = segment(text, 100, 70 + 30 * i) end
      return read(list)
    end
    assert.same({ "Skarpa kanter brytes 0,2 till 0,5", "Hål gradas" },
      lines("Skarpa kanter brytes 0,2 till 0,5", "Hål gradas"))
    assert.same({ "Alle Kanten gratfrei", "Zentrierbohrungen zulässig", "Nitriert auf 0,3 mm" },
      lines("Alle Kanten gratfrei", "Zentrierbohrungen zulässig", "Nitriert auf 0,3 mm"))
    for _, whole in ipairs { -- what goes on in the next line
      { "Break all sharp edges and", "remove burrs from holes" },
      { "BREAK ALL SHARP EDGES AND", "REMOVE BURRS FROM HOLES" },
      { "Break all sharp edges,", "Remove burrs from holes" },
      { "Nicht bemaßte Radien nach der", "Oberfläche des Rohteils" }, -- a noun
    } do
      assert.same({ table.concat(whole, " ") }, lines(whole[1], whole[2]))
    end
    assert.same({ "Frame element Camera attachment Three pieces each" }, read { -- no left edge
      segment("Frame element", 130, 100), segment("Camera attachment", 100, 130),
      segment("Three pieces each", 106, 160),
    })
  end)

  it("have headings in three languages, which are no notes", function()
    for _, head in ipairs { "HINWEISE:", "ANMÄRKNINGAR:", "General Notes" } do
      assert.same({ "Alle Kanten gratfrei" },
        read { segment(head, 100, 100), segment("Alle Kanten gratfrei", 100, 130) })
    end
  end)

  it("are not the names of views", function()
    assert.same({}, read { segment("DETAIL C SCALE 5 : 1", 100, 100),
      segment("SECTION A-A", 100, 300), segment("Einzelheit Z", 100, 500) })
  end)

  it("in a title block are instructions and notices, not what introduces tolerances", function()
    assert.same({ "This drawing is our property; it can't be reproduced", "DO NOT SCALE DRAWING" },
      read({ segment("This drawing is our property; it can't be reproduced", 900, 800),
        segment("UNLESS OTHERWISE SPECIFIED", 900, 900),
        segment("DIMENSIONS ARE IN MILLIMETERS", 900, 925),
        segment("DO NOT SCALE DRAWING", 900, 1000),
        segment("FIRST ANGLE PROJECTION", 900, 1025) }, 700))
    assert.same({}, read({ segment("Gesetzlicher Eigentümer", 900, 800),
      segment("Muster Antriebe GmbH", 900, 825) }, 700))
  end)
end)
