-- SPDX-License-Identifier: MIT
local json = require "vision.base.json"
local picture_file = require "spec.support.picture_file"
local response = require "vision.response"
local run = require("spec.support.command_line").run

local function manager()
  local fake = {}
  function fake.analyze(_, request)
    fake.request = request
    return response.success(nil, {
      text = "M8\nØ12", provider = "tesseract", processing_time_ms = 1, pages = {},
      words = { { text = "M8", box = { 1, 2, 3, 4 }, confidence = 0.5, page = 1 } },
    }, 2)
  end
  return fake
end

describe("vision ocr", function()
  after_each(picture_file.clean)

  it("prints the text and nothing else", function()
    local fake = manager()
    local code, out, err = run({ "ocr", "--pages", "2", picture_file.new() }, { manager = fake })
    assert.same({ 0, "M8\nØ12\n", "" }, { code, out, err })
    assert.is_false(fake.request.include_description)
    assert.equal("auto", fake.request.ocr_provider)
    assert.same({ 2 }, fake.request.pages)
  end)

  it("gives words with boxes as JSON, with no description", function()
    local _, out = run({ "ocr", "--json", picture_file.new() }, { manager = manager() })
    local answer = assert(json.decode(out))
    assert.same({ 1, 2, 3, 4 }, answer.ocr.words[1].box)
    assert.truthy(out:find('"description":null', 1, true))
  end)

  it("keeps what it read from steering a terminal", function()
    local fake = manager()
    local analyze = fake.analyze
    function fake.analyze(...)
      local answer = analyze(...)
      answer.ocr.text = "a\27[2Jb\nc"
      return answer
    end
    local _, out = run({ "ocr", picture_file.new() }, { manager = fake })
    assert.equal("a [2Jb\nc\n", out)
  end)

  it("warns on standard error, so that the text stays text", function()
    local fake = manager()
    local analyze = fake.analyze
    function fake.analyze(...)
      local answer = analyze(...)
      answer.warnings = { "there is more" }
      return answer
    end
    local path = picture_file.new()
    local code, text, said = run({ "ocr", path }, { manager = fake })
    assert.same({ 0, "M8\nØ12\n" }, { code, text })
    assert.equal(("vision: %s: there is more\n"):format(path), said)
    local _, out, err = run({ "ocr", "--json", path }, { manager = fake })
    assert.same({ { "there is more" }, "" }, { json.decode(out).warnings, err })
  end)

  it("fails with one line where there is no such file", function()
    local code, out, err = run({ "ocr", "/nowhere/a.png" }, { manager = manager() })
    assert.same({ 1, "" }, { code, out })
    assert.truthy(err:find "^vision: [^\n]*/nowhere/a%.png[^\n]*\n$")
  end)
end)
