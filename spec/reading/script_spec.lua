-- SPDX-License-Identifier: MIT
local script = require "vision.reading.script"

local function words(confidence, ...)
  local list = {}
  for index, text in ipairs { ... } do
    list[index] = { text = text, confidence = confidence, box = { 0, 100 * index, 80, 20 } }
  end
  return list
end

-- What the English model makes of Cyrillic lettering.
local INVENTED = { "HaumeHoBaHnue", "OnaHel", "coeAUHUTeENbHbIN", "npegesbHble", "pasmMepoB",
  "Paspa6otan", "XpomMaTNpoBaHHbin", "O6o3HaYyeHne" }

describe("the script of a sheet", function()
  local unpack = table.unpack or unpack

  it("is known where words are read surely", function()
    assert.is_true(script.is_known(words(0.9, "Flange", "with", "hub", "Break", "all", "sharp",
      "edges", "Remove", "burrs")))
    assert.is_true(script.is_known(words(0.9, "Наименование", "Фланец", "Материал", "Сталь",
      "Масштаб", "Лист", "Листов", "Разработал")))
  end)

  it("is not known where the engine doubts, or is sure of words that cannot be", function()
    assert.is_false(script.is_known(words(0.3, unpack(INVENTED))))
    assert.is_false(script.is_known(words(0.9, unpack(INVENTED))))
  end)

  it("is not known for one word in seven that looks right", function()
    local list = words(0.3, unpack(INVENTED))
    list[#list + 1] = { text = "FOCT", confidence = 0.92 }
    assert.is_false(script.is_known(list))
    for _, word in ipairs(words(0.85, "Shaft", "Scale")) do
      list[#list + 1] = word
    end
    assert.is_true(script.is_known(list))
  end)

  it("is not judged by numbers and a word or two", function()
    assert.is_true(script.is_known(words(0.2, "120", "Ø50", "H7", "4x", "R12,5", "Ra", "0,8",
      "25")))
    assert.is_true(script.is_known(words(0.2, "Flange", "edges")))
    assert.is_true(script.is_known {})
  end)

  it("takes the numbers that belong to its words along", function()
    local list = words(0.9, "Ctanb", "45", "Ø8", "120", "FOCT")
    list[2].box, list[3].box = { 90, 100, 20, 20 }, { 90, 101, 30, 20 }
    list[4].box, list[5].box = { 110, 500, 30, 20 }, { 0, 500, 80, 20 }
    local kept = script.numbers_only(list)
    assert.same({ "Ø8", "120" }, { kept[1].text, kept[2].text })
    assert.is_nil(kept[3])
  end)

  it("leaves only what is the same in all scripts", function()
    local kept = script.numbers_only(words(0.9, "120", "±0,1", "Ø50", "H7", "M8x1", "Ctanb", "45",
      "O6o3HaYyeHne", "图号", "R12,5"))
    local texts = {}
    for index, word in ipairs(kept) do
      texts[index] = word.text
    end
    assert.equal("120 ±0,1 Ø50 H7 M8x1 45 R12,5", table.concat(texts, " "))
  end)

  it("keeps numbers as English spells them beside the words of other models", function()
    local joined = script.join(words(0.9, "Ø50", "H7", "HaumeHoBaHnue"),
      words(0.9, "Ø5О", "Н7", "Наименование"))
    assert.same({ "Ø50", "H7", "Наименование" },
      { joined[1].text, joined[2].text, joined[3].text })
    assert.equal(3, #joined)
  end)

  it("is looked for in all further models of the machine", function()
    assert.is_nil(script.further_models { "eng" })
    assert.is_nil(script.further_models { "osd", "eng", "script/Han" })
    assert.equal("eng+chi_sim+rus", script.further_models { "chi_sim", "eng", "osd", "rus" })
    local many = {}
    for index = 1, 40 do
      many[index] = ("l%02d"):format(index)
    end
    assert.is_true(#script.further_models(many) <= 63)
  end)
end)
