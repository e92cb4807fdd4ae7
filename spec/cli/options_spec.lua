-- SPDX-License-Identifier: MIT
local options = require "vision.cli.options"

describe("an option's text", function()
  it("becomes pages, ascending and each once", function()
    assert.same({ 1 }, options.pages "1")
    assert.same({ 2, 4, 5, 6 }, options.pages "4-6,2,5")
    assert.same({ 1, 2 }, options.pages " 1 - 1 , 2 ")
    for _, wrong in ipairs { "", ",", "0", "-1", "2-1", "a", "1,,2", "1.5", "1-10001" } do
      local pages, message = options.pages(wrong)
      assert.is_nil(pages, wrong)
      assert.truthy(message:find("not '" .. wrong .. "'", 1, true))
    end
  end)

  it("becomes a variable, whose value may hold anything", function()
    assert.same({ "a_1", "b=c d" }, options.variable "a_1=b=c d")
    assert.same({ "a", "" }, options.variable "a=")
    assert.is_nil((options.variable "1a=b"))
    assert.is_nil((options.variable "a"))
  end)

  it("becomes dots per inch within what the reader takes", function()
    assert.equal(200, options.dpi "200")
    assert.is_nil((options.dpi "49"))
    assert.is_nil((options.dpi "601"))
    assert.is_nil((options.dpi "0x"))
  end)

  it("gives a table of variables, or nothing", function()
    assert.is_nil(options.variables {})
    assert.same({ a = "2", b = "3" },
      options.variables { { "a", "1" }, { "b", "3" }, { "a", "2" } })
  end)
end)
