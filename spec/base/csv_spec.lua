-- SPDX-License-Identifier: MIT
local csv = require "vision.base.csv"

describe("a table as text", function()
  it("quotes what RFC 4180 asks for", function()
    assert.equal('"a,b"', csv.cell "a,b")
    assert.equal('"say ""x"""', csv.cell 'say "x"')
    assert.equal('"two\nlines"', csv.cell "two\nlines")
    assert.equal("", csv.cell(nil))
  end)

  it("makes no formula of any cell", function()
    for _, text in ipairs { "=1+1", "+cmd", "-2+3", "@sum", "\tx", "\n=1", "=HYPERLINK()" } do
      assert.equal("'", (csv.cell(text):gsub('^"', "")):sub(1, 1), text)
    end
  end)

  it("leaves plain signed numbers as they are", function()
    for _, text in ipairs { "-0.1", "+0.05", "-20" } do
      assert.equal(text, csv.cell(text))
    end
    assert.equal('"-0,1"', csv.cell "-0,1")
  end)

  it("has rows that end as RFC 4180 says", function()
    assert.equal('a,"b,c",\r\n', csv.row { "a", "b,c", "" })
  end)
end)
