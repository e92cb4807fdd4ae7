-- SPDX-License-Identifier: MIT
local description = require "vision.drawing.description"
local json = require "vision.base.json"

describe("a confidence", function()
  local CASES = {
    { 0.92, 0.92 }, { 92, 0.92 }, { 1, 1 }, { 0, 0 }, { 100, 1 }, { "0.9", 0.9 }, { "92 %", 0.92 },
    { "high" }, { "" }, { 0 / 0 }, { math.huge }, { -0.1 }, { 1.5 },
    { 101 }, { true }, { {} }, { nil },
    { "0.9.9" },
  }
  for _, case in ipairs(CASES) do
    it(("of %s is %s"):format(tostring(case[1]), tostring(case[2])), function()
      assert.equal(case[2], description.confidence(case[1]))
    end)
  end
end)

describe("a reading from a model's text", function()
  local function read(text)
    return description.from_text(text, { provider = "p", model = "m" })
  end

  local ANSWER = '{"summary": "A \\"flange\\" {with} [signs]", "details": ["one", "two"], '
    .. '"confidence": 0.5, "drawing": {"callouts": [], "notes": ["n"]}}'

  local WAYS = {
    alone = ANSWER,
    fenced = "Here:\n```json\n" .. ANSWER .. "\n```\nDone.",
    ["fenced without a name"] = "```\n" .. ANSWER .. "```",
    ["between sentences"] = "I see {a flange}: " .. ANSWER .. " That is all {really}.",
    ["with white space"] = "\n\n \t" .. ANSWER .. "\n",
  }
  for name, text in pairs(WAYS) do
    it("is found " .. name, function()
      local reading = read(text)
      assert.is_true(reading.parsed)
      assert.equal('A "flange" {with} [signs]', reading.summary)
      assert.same({ "one", "two" }, { reading.details[1], reading.details[2] })
      assert.equal(0.5, reading.confidence)
      assert.equal("n", reading.drawing.notes[1])
      assert.equal(0, #reading.warnings)
    end)
  end

  it("survives being cut anywhere, and says so", function()
    for last = 15, #ANSWER - 1 do
      local reading = read(ANSWER:sub(1, last))
      if reading.parsed then
        assert.truthy(reading.warnings[1]:find("breaks off", 1, true))
      end
      assert.is_string(json.encode(reading))
      assert.truthy(reading.summary:find("A", 1, true) or not reading.parsed)
    end
    assert.equal("one", read(ANSWER:sub(1, ANSWER:find("two", 1, true))).details[1])
  end)

  it("is the raw text where there is none", function()
    for _, text in ipairs { "A flange.", "[1, 2]", '{"colour": "red"}', "{" } do
      local reading = read(text)
      assert.is_false(reading.parsed)
      assert.is_nil(reading.confidence)
      assert.equal(text, reading.summary)
      assert.truthy(reading.warnings[1])
    end
    assert.is_true(#read(("x"):rep(1e5)).summary <= 4000)
  end)

  it("keeps only what is what it should be", function()
    local reading = read(json.encode {
      summary = "s", details = { "a", 5, { "x" }, "  ", "b" }, confidence = "very",
      drawing = {
        kind = "poem", units = "unknown", title_block = { title = " T ", scale = 5, more = "x" },
        callouts = {
          { type = "diameter", text = "Ø4", nominal = "4,5", quantity = 2, upper = "x" },
          { type = "strange", text = "1", quantity = 0 }, { type = "length" }, "5", 7,
        },
        notes = "text", missing = { "scale" },
      },
    })
    assert.same({ "a", "b" }, { reading.details[1], reading.details[2], reading.details[3] })
    assert.is_nil(reading.confidence)
    assert.is_nil(reading.drawing.kind)
    assert.is_nil(reading.drawing.units)
    assert.same({ title = "T" }, reading.drawing.title_block)
    assert.equal(2, #reading.drawing.callouts)
    assert.same({ type = "diameter", text = "Ø4", quantity = 2, nominal = 4.5, sources = { "p" } },
      reading.drawing.callouts[1])
    assert.equal("other", reading.drawing.callouts[2].type)
    assert.equal(0, #reading.drawing.notes)
  end)

  it("encodes with [] for empty lists", function()
    local text = json.encode(read '{"summary":"s","drawing":{}}')
    for _, list in ipairs { "details", "warnings", "callouts", "notes", "missing" } do
      assert.truthy(text:find('"' .. list .. '":[]', 1, true), list)
    end
  end)

  it("does not hang on braces", function()
    assert.is_false(read(("{"):rep(1e5)).parsed)
    assert.is_false(read(("{}"):rep(1e5)).parsed)
    assert.is_false(read(('{"a":'):rep(1e4)).parsed)
  end)
end)
