-- SPDX-License-Identifier: MIT
local text = require "vision.cli.text"

describe("text for a terminal", function()
  it("counts columns, not bytes", function()
    assert.equal(0, text.width "")
    assert.equal(5, text.width "Ø19,9")
    assert.equal(6, text.width "ⓂⓂ⌖|±°")
    assert.equal(4, text.width "図面")
    assert.equal(1, text.width "e\204\129") -- e and a combining acute accent
    assert.equal(2, text.width "\240\159\147\144") -- outside the basic plane
  end)

  it("lets nothing through that steers a terminal", function()
    assert.equal("a [31mb c", text.clean "a\27[31mb\r\nc")
    assert.equal("a b", text.clean "a\194\155b")
    assert.equal("Ø", text.clean "Ø")
  end)

  it("cuts to a width and says so", function()
    assert.equal("Ø12", text.cut("Ø12", 3))
    assert.equal("Ø1…", text.cut("Ø1234", 3))
    assert.equal("図…", text.cut("図面図", 4))
  end)

  it("cuts names in their middle, for they differ at their ends", function()
    assert.equal("anthrop…onnet-5", text.cut_middle("anthropic/claude-sonnet-5", 15))
    assert.equal("Größ…teil", text.cut_middle("Größe und Bauteil", 9))
    assert.equal("short", text.cut_middle("short", 9))
  end)

  it("wraps at spaces and keeps long words whole", function()
    assert.same({ "one two", "three" }, text.wrap("one two  three", 8))
    assert.same({ "a", "verylongword", "b" }, text.wrap("a verylongword b", 4))
    assert.same({ "" }, text.wrap("", 10))
    assert.same({ "ØØ ØØ" }, text.wrap("ØØ ØØ", 5))
  end)

  it("aligns columns and cuts only one", function()
    assert.same({ "Ø42   diameter  90 %", "M8x1  thread" }, text.columns({
      { "Ø42", "diameter", "90 %" }, { "M8x1", "thread", "" },
    }, 80))
    assert.same({ "a very …  end" }, text.columns({ { "a very long first cell", "end" } }, 13))
    assert.same({ "a  a very …" }, text.columns({ { "a", "", "a very long last cell" } }, 11, 3))
    assert.same({}, text.columns({}, 80))
  end)
end)
