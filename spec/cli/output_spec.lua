-- SPDX-License-Identifier: MIT
local output = require "vision.cli.output"
local terminal = require "vision.cli.terminal"
local text = require "vision.cli.text"

local ANSWER = {
  success = true, provider = "local", processing_time_ms = 1234, warnings = {},
  description = {
    summary = "Flange, drawing 4711-02, scale 1:2, in millimetres, with two call-outs and one "
      .. "note.",
    details = { "said again" },
    confidence = 0.874,
    drawing = {
      pages = 1,
      title_block = { title = "FLANGE", drawing_number = "4711-02", cage_code = "D1234" },
      callouts = {
        { text = "2x Ø19,9 0/-0,1", type = "diameter", confidence = 0.88, page = 1 },
        { text = "M8", type = "thread", page = 1 },
      },
      notes = { "Deburr all edges and break sharp corners" },
      missing = { "approval person" },
    },
  },
}

describe("an answer for a person", function()
  it("shows what stands on the sheet", function()
    assert.equal([[
flange.pdf - read by local in 1.2 s
Flange, drawing 4711-02, scale 1:2, in millimetres, with two call-outs and one
note.

Title block
  Title           FLANGE
  Drawing number  4711-02
  cage_code       D1234

Call-outs (2)
  1  2x Ø19,9 0/-0,1  diameter  88 %
  2  M8               thread

Notes
  - Deburr all edges and break sharp corners

Not found on the sheet: approval person

Confidence: 87 %
]], output.block("flange.pdf", ANSWER, terminal.NONE))
  end)

  it("says what should be checked, and why", function()
    local block = output.block("f", { processing_time_ms = 5, description = { summary = "",
      details = { "KÖK: kitchen" }, drawing = { title_block = {}, notes = {}, items = {},
        callouts = { { text = "8", type = "length" }, { text = "M8,5", type = "thread",
          warnings = { "M8.5 is no size of ISO 261", "odd" } },
          { text = "5", type = "length", confidence = 0.1 } } } } }, terminal.NONE)
    assert.truthy(block:find("\n\nTo be checked\n  2: M8,5: M8.5 is no size of ISO 261, odd\n"
      .. "  3: 5: hard to read\n", 1, true))
    assert.truthy(block:find("Details\n  - KÖK: kitchen", 1, true))
  end)

  it("keeps to a narrow terminal", function()
    local narrow = { is_terminal = true, colour = false, width = 40 }
    for line in output.block("flange.pdf", ANSWER, narrow):gmatch "[^\n]+" do
      assert.is_true(text.width(line) <= 40, line)
    end
  end)

  it("uses colour only where it may", function()
    assert.is_nil(output.block("f", ANSWER, terminal.NONE):find "\27")
    local colourful = { is_terminal = true, colour = true, width = 80 }
    assert.truthy(output.block("f", ANSWER, colourful):find("\27[1mTitle block\27[0m", 1, true))
  end)

  it("gives each of several sheets its own title block and notes", function()
    local function sheet(number, title)
      return { page = number, summary = title .. ".", title_block = { title = title },
        notes = { "of " .. title }, missing = {} }
    end
    local block = output.block("f", { processing_time_ms = 5, description = { summary = "Two",
      details = {}, drawing = { pages = 2, title_block = { title = "Lid" }, callouts = {},
        notes = { "of Lid", "of Box" }, sheets = { sheet(1, "Lid"), sheet(2, "Box") } } } },
      terminal.NONE)
    local first, second = block:match "Page 1\n(.-)\nPage 2\n(.*)$"
    assert.truthy(first:find("Title  Lid", 1, true) and first:find("- of Lid", 1, true))
    assert.truthy(second:find("Title  Box", 1, true) and second:find("- of Box", 1, true))
    assert.is_nil(second:find("Lid", 1, true))
  end)

  it("shows the page of a call-out where there are several", function()
    local answer = {
      provider = "a", model = "m", processing_time_ms = 5,
      description = { summary = "s", details = {}, drawing = {
        pages = 2, callouts = { { text = "R1", type = "radius", page = 2 } },
      } },
    }
    local block = output.block("f", answer, terminal.NONE)
    assert.truthy(block:find("R1  radius  page 2", 1, true), block)
    assert.truthy(block:find("read by a (m) in 5 ms", 1, true))
    assert.truthy(block:find("Confidence: n/a", 1, true))
  end)

  it("shows details where there are no call-outs, and what went otherwise than asked", function()
    local answer = {
      provider = "stub", processing_time_ms = 1, fallback_from = "openai",
      warnings = { "no OCR: no reader" },
      description = { summary = "s", details = { "Main diameter: 20mm" } },
    }
    local block = output.block("f", answer, terminal.NONE)
    assert.truthy(block:find("\nDetails\n  - Main diameter: 20mm\n", 1, true))
    assert.truthy(block:find("Fallback: openai could not be used", 1, true))
    assert.truthy(block:find("Note: no OCR: no reader", 1, true))
  end)

  it("tells what was tried before it went well", function()
    local block = output.block("f", {
      provider = "anthropic", processing_time_ms = 1, warnings = {},
      trail = {
        { endpoint = "openai/m", reason = "overloaded", action = "retry" },
        { endpoint = "openai/m", reason = "timeout", action = "failover" },
        { endpoint = "anthropic/n" },
      },
      description = { summary = "s", details = {} },
    }, terminal.NONE)
    assert.truthy(block:find("\nTried: openai/m: overloaded, retry; openai/m: timeout, failover\n",
      1, true), block)
  end)

  it("says nothing twice", function()
    local block = output.block("f.png", {
      success = true, provider = "p", processing_time_ms = 1,
      description = {
        summary = "s",
        details = { "Material: 1.4301", "Note: Deburr", "Deburr", "Two views" },
        drawing = { title_block = { material = "1.4301" }, callouts = {}, notes = { "Deburr" } },
      },
    }, terminal.NONE)
    assert.truthy(block:find("\nDetails\n  - Two views\n", 1, true))
    assert.equal(1, select(2, block:gsub("Deburr", "")))
    assert.equal(1, select(2, block:gsub("1%.4301", "")))
  end)

  it("lets nothing that was read steer the terminal", function()
    local answer = {
      provider = "a", processing_time_ms = 1,
      description = { summary = "x\27]0;y\7", details = { "\27[2J" }, drawing = {
        title_block = { title = "\27[31mred" }, callouts = { { text = "\27c", type = "\8" } },
      } },
      ocr = { provider = "tesseract", words = {}, text = "a\27[1A\nb" },
    }
    assert.is_nil(output.block("f\27[1m", answer, terminal.NONE):find "[^\n%C]")
  end)
end)

describe("an amount for a person", function()
  it("is never nothing where something was paid, and never less than a bound", function()
    local cases = { { 0, "$0.0000" }, { 0.01234, "$0.0123" }, { 0.00014, "$0.0001" },
      { 0.000014, "$0.000014" }, { 0.000000014, "$0.000001" }, { 1234.5, "$1234.5000" },
      { 0.01234, "$0.0124", true }, { 0.0123, "$0.0123", true }, { 0.00012, "$0.0002", true },
      { 0, "$0.0000", true } }
    for _, case in ipairs(cases) do assert.equal(case[2], output.dollars(case[1], case[3])) end
  end)
end)

describe("an answer for a program", function()
  it("is one line that names its file and has every key", function()
    local line = output.json_line("a.png", ANSWER)
    assert.truthy(line:find "^{[^\n]*}\n$")
    assert.truthy(line:find('"file":"a.png"', 1, true))
    assert.truthy(line:find('"error":null', 1, true))
    assert.truthy(line:find('"text":"2x Ø19,9 0/-0,1"', 1, true))
  end)
end)
