-- SPDX-License-Identifier: MIT
local pages = require "vision.drawing.pages"

local function many(count)
  local list = {}
  for page = 1, count do list[page] = page end
  return list
end

describe("the pages of a drawing", function()
  it("are those that are asked for", function()
    assert.same({ 3, 1 }, (pages.choose({ pages = { 3, 1 } }, 3)))
    assert.same({ 2 }, (pages.choose({ page = 2 }, 3)))
    assert.same(many(50), (pages.choose({ pages = many(50) }, 500)))
  end)

  it("are the first alone otherwise, which is said where there are more", function()
    local wanted, err, warning = pages.choose({}, 1)
    assert.same({ { 1 } }, { wanted, err, warning })
    wanted, err, warning = pages.choose({}, 500)
    assert.same({ { 1 } }, { wanted, err })
    assert.truthy(warning:find("500 pages", 1, true))
    assert.truthy(warning:find("--pages 1-50", 1, true))
    assert.truthy(select(3, pages.choose({}, 3)):find("--pages 1-3", 1, true))
  end)

  it("must be there, and not too many", function()
    for _, wanted in ipairs { { 4 }, { 0 }, { 1.5 }, { "1" }, {} } do
      local none, err = pages.choose({ pages = wanted }, 3)
      assert.is_nil(none)
      assert.equal("invalid_option", err.reason)
    end
    local none, err = pages.choose({ pages = many(51) }, 500)
    assert.is_nil(none)
    assert.equal("too_many_pages", err.reason)
    assert.truthy(err.message:find("at most 50", 1, true))
  end)
end)
