-- SPDX-License-Identifier: MIT
-- Golden vectors: figures that the providers publish, or that follow from their rules.

local models = require "vision.policy.models"
local tokens = require "vision.drawing.tokens"

describe("tokens of a picture", function()
  -- provider, model, width, height, detail, tokens [, size at which it is seen]
  local VECTORS = {
    { "openai", "gpt-4o", 1024, 1024, "high", 765 },
    { "openai", "gpt-4o", 2048, 4096, "high", 1105 },
    { "openai", "gpt-4o", 1920, 1080, "high", 1105 },
    { "openai", "gpt-4o", 1920, 1080, "low", 85 },
    { "openai", "gpt-4o", 1654, 2339, "high", 1105 },
    { "openai", "gpt-5.1", 1024, 1024, "high", 630 },
    { "openai", "gpt-4o-mini", 1024, 1024, "high", 25501 },
    { "openai", "gpt-6-astra", 1024, 1024, "auto", 1229 },
    { "openai", "gpt-6-astra", 4096, 512, "auto", 2458 },
    { "openai", "gpt-6-astra", 2048, 2048, "high", 3000, 1600, 1600 },
    { "openai", "gpt-6-astra", 1654, 2339, "high", 2974 },
    { "openai", "gpt-6-astra", 1654, 2339, "auto", 4618 },
    { "openai", "gpt-6-astra", 2339, 3307, "auto", 9236 },
    { "openai", "gpt-6-astra", 6622, 4677, "high", 2974 },
    { "anthropic", "claude-sonnet-4-6", 1920, 1080, nil, 1560, 1456, 819 },
    { "anthropic", "claude-sonnet-4-6", 1075, 1520, nil, 1551, 924, 1307 },
    { "anthropic", "claude-sonnet-4-6", 1092, 1092, nil, 1521, 1092, 1092 },
    { "anthropic", "claude-sonnet-5-5", 6000, 4000, nil, 4704, 2352, 1568 },
    { "anthropic", "claude-sonnet-5-5", 2576, 1673, nil, 4760, 2380, 1546 },
    { "anthropic", "claude-sonnet-5-5", 6622, 4677, nil, 4756, 2296, 1622 },
    { "anthropic", "claude-sonnet-5-5", 3307, 2339, nil, 4756, 2296, 1624 },
    { "deepseek", "deepseek-flash", 1344, 1344, "high", 1024, 1344, 1344 },
  }

  for _, vector in ipairs(VECTORS) do
    local provider, name, width, height, detail, count, seen_width, seen_height =
      (table.unpack or unpack)(vector, 1, 8)
    it(("%s %dx%d %s: %d"):format(name, width, height, detail or "", count), function()
      local rule = models.find(provider, name).image_tokens
      local found, w, h = tokens.image(rule, width, height, detail)
      assert.equal(count, found)
      if seen_width then
        assert.same({ seen_width, seen_height }, { w, h })
      end
    end)
  end

  it("an A1 sheet at 200 dpi would be refused with all its pixels: it is scaled below", function()
    local rule = models.find("openai", "gpt-6-astra").image_tokens
    assert.equal(30429, math.ceil(6622 / 32) * math.ceil(4677 / 32))
    local _, w, h = tokens.image(rule, 6622, 4677, "auto")
    assert.is_true(math.ceil(w / 32) * math.ceil(h / 32) <= 30000)
    assert.is_true(w > 6500)
  end)

  it("never fewer than one pixel or token", function()
    for _, entry in ipairs { { "openai", "gpt-4o" }, { "openai", "gpt-6-astra" },
      { "anthropic", "claude-sonnet-5-5" }, { "deepseek", "deepseek-flash" } } do
      local rule = models.find(entry[1], entry[2]).image_tokens
      for _, size in ipairs { { 1, 1 }, { 60000, 1 }, { 1, 60000 }, { 60000, 60000 } } do
        local count, w, h = tokens.image(rule, size[1], size[2], "high")
        assert.is_true(count >= 1 and w >= 1 and h >= 1)
      end
    end
  end)
end)
