-- SPDX-License-Identifier: MIT
local estimate = require "vision.money.estimate"
local images = require "vision.drawing.image"
local models = require "vision.policy.models"
local pictures = require "spec.support.pictures"

describe("an estimate", function()
  -- Only the header counts: no pixel of it is looked at.
  local function sheet(width, height)
    return assert(images.of(pictures.png_of(width, height, 0, "")))
  end

  local function of(provider, name, width, height, options)
    return assert(estimate.of {
      image = sheet(width, height), text = ("x"):rep(400), max_tokens = 100,
      model = models.find(provider, name), options = options,
    })
  end

  it("adds up text, pictures and the longest answer", function()
    local result = of("openai", "gpt-4o", 1024, 1024, { detail = "high" })
    assert.equal(765 + 4, result.image_tokens)
    assert.equal(100 + 20, result.text_tokens)
    assert.equal(889, result.input_tokens)
    assert.equal(0.003223, result.cost_usd) -- 889 x 2.5 and 100 x 10, 0.0032225, rounded up
    assert.equal("2026-11", result.price_date)
    assert.same({ { page = 1, part = "sheet", width = 768, height = 768, tokens = 769 } },
      { result.images[1] })
  end)

  it("counts each part of a sheet that is sent in parts", function()
    local whole = of("anthropic", "claude-sonnet-5-5", 6622, 4677)
    local parts = of("anthropic", "claude-sonnet-5-5", 6622, 4677, { tile = true })
    assert.equal(1, #whole.images)
    assert.is_true(#parts.images > 10)
    assert.is_true(parts.image_tokens > 10 * 1500)
    -- A line each tells the model where they lie.
    assert.is_true(parts.text_tokens > whole.text_tokens + 15 * #parts.images)
  end)

  it("leaves unknown what is not known", function()
    local result = of("openai_compatible", "llava", 100, 100)
    assert.is_nil(result.image_tokens)
    assert.is_nil(result.input_tokens)
    assert.is_nil(result.cost_usd)
    assert.is_nil(of("openai", "gpt-5.2", 100, 100).cost_usd)
  end)
end)
