-- SPDX-License-Identifier: MIT
-- Lettering as the reader's own net reads it: pages drawn here, read by the real program.

local core = require "vision.core"
local pdf = require "spec.support.pdf"
local pictures = require "spec.support.pictures"
local reader = require "vision.reading.reader"

-- In the encoding of the PDF's font.
local DIAMETER, PLUS_MINUS, DEGREE = "\216", "\177", "\176"

local function words_of(page, steps)
  local bytes = pdf.write { { width = 400, height = 300, texts = page.texts,
    operators = page.operators } }
  local job = { { "open", dpi = 200, gray = true } }
  for _, step in ipairs(steps or {}) do job[#job + 1] = step end
  job[#job + 1] = { "lettering", looks = 2 }
  local results = assert(reader.run(assert(core.image_from_bytes(bytes)), job))
  local words = results[#results].words
  -- In some fonts, and which are there is the machine's affair, they differ by their height alone;
  -- the grammar takes both.
  for _, word in ipairs(words) do word.text = word.text:gsub("X", "x") end
  return words, results[#results]
end

-- What stands at a place, from left to right or in the order of its line.
local function line_of(words, number)
  local texts = {}
  for _, word in ipairs(words) do
    if word.line == number then texts[#texts + 1] = word.text end
  end
  return table.concat(texts, " ")
end

local function find(words, text)
  for _, word in ipairs(words) do
    if line_of(words, word.line) == text then return word end
  end
  local lines, seen = {}, {}
  for _, word in ipairs(words) do
    if not seen[word.line] then
      seen[word.line] = true
      lines[#lines + 1] = ("%q"):format(line_of(words, word.line))
    end
  end
  error(("no line %q among %s"):format(text, table.concat(lines, ", ")))
end

describe("lettering", function()
  it("has the signs of call-outs", function()
    local words = words_of { texts = {
      { text = "4x " .. DIAMETER .. "6,60 H7", x = 40, y = 250, size = 14 },
      { text = DIAMETER .. "70.50 " .. PLUS_MINUS .. "0.05", x = 40, y = 200, size = 14 },
      { text = "1x45" .. DEGREE, x = 40, y = 150, size = 14 },
      { text = "R10", x = 40, y = 100, size = 14 },
    } }
    for _, text in ipairs { "4x Ø6,60 H7", "Ø70.50 ±0.05", "1x45°", "R10" } do
      local word = find(words, text)
      assert.equal(0, word.rotation)
      assert.is_true(word.confidence > 0.5 and word.confidence <= 1, text)
    end
  end)

  it("is read upwards and at any angle, and lies where it was drawn", function()
    local texts = {}
    for index, angle in ipairs { 90, 35, -40, 60 } do
      texts[index] = { text = "R12,5", x = 60 + 80 * index, y = 140, angle = angle, size = 14 }
    end
    local words = words_of { texts = texts }
    assert.equal(4, #words)
    for _, word in ipairs(words) do
      assert.equal("R12,5", (word.text:gsub(" ", "")))
      local index = math.floor((word.box[1] / 200 * 72 - 20) / 80 + 0.5)
      assert.is_true(math.abs((word.rotation - texts[index].angle + 180) % 360 - 180) < 6,
        ("drawn at %d, read at %g"):format(texts[index].angle, word.rotation))
    end
  end)

  it("says where each word of a level line stands", function()
    local words = words_of { texts = { { text = "Ra 12,5 max", x = 72, y = 228, size = 12 } } }
    local first, last = words[1], words[#words]
    assert.equal("Ra", first.text)
    assert.equal("max", last.text)
    assert.is_true(math.abs(first.box[1] - 200) < 8, "begins at an inch")
    assert.is_true(math.abs(first.box[2] + first.box[4] - 200) < 8, "stands an inch below the top")
    assert.is_true(first.box[1] + first.box[3] <= last.box[1])
  end)

  it("keeps small deviations apart from their size and from each other", function()
    local words = words_of { texts = {
      { text = DIAMETER .. "16,5", x = 60, y = 150, size = 12 },
      { text = "+0,1", x = 93, y = 157, size = 7 },
      { text = "-0,2", x = 93, y = 148, size = 7 },
    } }
    find(words, "Ø16,5")
    find(words, "+0,1")
    find(words, "-0,2")
  end)

  it("sees through the rules that touch it", function()
    local words = words_of {
      texts = { { text = "25,40", x = 60, y = 150, size = 12 } },
      operators = "0.5 w 20 147 m 200 147 l S 56 120 m 56 200 l S\n",
    }
    find(words, "25,40")
  end)

  it("keeps a letter that an oblique line touches", function()
    local words = words_of {
      texts = { { text = "25,40", x = 60, y = 250, size = 12 },
        { text = "R86,50", x = 60, y = 200, size = 12 } },
      operators = "0.5 w 50 170 m 80 240 l S\n",
    }
    find(words, "R86,50")
  end)

  it("reads the lower deviation that the dimension line cuts", function()
    local words = words_of {
      texts = { { text = "48", x = 60, y = 150, size = 12 },
        { text = "+0,2", x = 76, y = 157, size = 8 }, { text = "0", x = 87, y = 147, size = 8 } },
      operators = "0.6 w 20 147.2 m 200 147.2 l S\n",
    }
    find(words, "+0,2")
    find(words, "0")
  end)

  it("reads two letters at an angle, and each of two that only lie so", function()
    local words = words_of { texts = { { text = "R6", x = 60, y = 150, size = 14, angle = 40 },
      { text = "25,40", x = 60, y = 250, size = 14 } } }
    assert.is_true(math.abs(find(words, "R6").rotation - 40) < 12)
    words = words_of { texts = { { text = "A", x = 60, y = 150, size = 14 },
      { text = "B", x = 71, y = 160, size = 14 }, { text = "25,40", x = 60, y = 250, size = 14 } } }
    find(words, "A")
    find(words, "B")
  end)

  it("takes a second look at what a line divides or touches", function()
    for what, line in pairs {
      ["a rule between two letters"] = "70 150 m 70 250 l",
      ["a rule that ends in the last one"] = "86 204 m 200 204 l",
      ["an oblique line"] = "50 150 m 90 250 l",
    } do
      local words, result = words_of {
        texts = { { text = "25,40", x = 60, y = 200, size = 12 },
          { text = "38 H12", x = 60, y = 100, size = 12 } },
        operators = "0.5 w " .. line .. " S\n",
      }
      assert.is_true(#words > 2)
      assert.equal(1, #result.again, what)
      assert.equal("25,40", line_of(result.again[1].words, result.again[1].words[1].line), what)
      assert.is_true(#result.again[1].lines >= 1)
    end
  end)

  it("maps boxes of a turned and scaled picture back to the page", function()
    local page = { texts = { { text = "ABC 120", x = 60, y = 150, size = 12 } } }
    local straight = find(words_of(page), "ABC 120")
    local turned = find(words_of(page, { { "scale", factor = 1.3 }, { "rotate", angle = 90 } }),
      "ABC 120")
    assert.equal(0, turned.rotation)
    for index = 1, 4 do
      assert.is_true(math.abs(straight.box[index] - turned.box[index]) < 8)
    end
  end)

  it("finds none on empty paper, on one pixel and in lines that are no letters", function()
    local hatching = {}
    for x = 0, 390, 6 do
      hatching[#hatching + 1] = ("%d 0 m %d 290 l S"):format(x, x + 100)
    end
    assert.same({}, (words_of { texts = {} }))
    assert.same({}, (words_of { operators = "1 w " .. table.concat(hatching, "\n") }))
    local pixel = pictures.png(1, 1, function() return 255, 255, 255 end)
    local white = assert(core.image_from_bytes(pixel))
    local results = assert(reader.run(white, { { "open" }, { "lettering" } }))
    assert.same({}, results[2].words)
  end)

  it("comes to an end on a sheet full of dots", function()
    local dots = {}
    for y = 4, 296, 4 do
      for x = 4, 396, 4 do dots[#dots + 1] = ("%d %d 2 2 re f"):format(x, y) end
    end
    local words = words_of { operators = table.concat(dots, "\n") }
    assert.is_true(#words <= 4000)
  end)
end)
