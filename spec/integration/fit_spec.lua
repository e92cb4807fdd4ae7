-- SPDX-License-Identifier: MIT
-- Drawings made to fit by the real reader, as a provider then gets them.

local images = require "vision.drawing.image"
local fit = require "vision.drawing.fit"
local mock_provider = require "spec.support.mock_provider"
local models = require "vision.policy.models"
local providers = require "vision.providers"

describe("fitting with the reader", function()
  local sonnet = models.find("anthropic", "claude-sonnet-5-5")
  local mock

  setup(function()
    mock = mock_provider.start()
  end)

  teardown(function()
    mock:stop()
  end)

  local function example(name)
    return assert(images.image_file("examples/drawings/" .. name))
  end

  it("draws the page of a PDF and scales it to what the model sees", function()
    local fitted = assert(fit.prepare(example "flange.pdf", sonnet, { dpi = 300 }))
    local entry = fitted.sent[1]
    assert.equal("drawn", entry.change)
    assert.equal("png", fitted.images[1]:type())
    assert.same({ entry.width, entry.height },
      { fitted.images[1]:width(), fitted.images[1]:height() })
    assert.is_true(math.max(entry.width, entry.height) <= 2576)
    assert.is_true(entry.scale < 1)
  end)

  it("cuts a sheet into parts of the size that was planned", function()
    local fitted = assert(fit.prepare(example "flange.pdf", sonnet, { dpi = 200, tile = true }))
    assert.is_true(#fitted.images > 3)
    for i, entry in ipairs(fitted.sent) do
      assert.same({ entry.width, entry.height },
        { fitted.images[i]:width(), fitted.images[i]:height() })
      if entry.part == "tile" then
        assert.same({ entry.box[3], entry.box[4] }, { entry.width, entry.height })
      end
    end
  end)

  it("converts what a server does not take", function()
    local jpeg_only = { formats = { "jpeg" },
      limits = { side = 1000, bytes = 1e6, images = 1, request_bytes = 1e7 } }
    local fitted = assert(fit.prepare(example "flange.png", jpeg_only))
    assert.equal("jpeg", fitted.images[1]:type())
    assert.equal(1000, math.max(fitted.sent[1].width, fitted.sent[1].height))
  end)

  it("says which page is missing", function()
    local none, err = fit.prepare(example "flange.pdf", sonnet, { pages = { 7 } })
    assert.is_nil(none)
    assert.truthy(err.message:find("no page 7", 1, true))
  end)

  it("sends a provider the pictures it says it sent", function()
    local provider = assert(providers.create_vision_provider("openai", {
      api_key = "k", base_url = mock:base "ok", tile = true }))
    local reading = assert(provider:analyze_image(example "flange.pdf"))
    local content = mock:requests()[1].body.messages[2].content
    assert.equal(#reading.sent + 1, #content)
    for i, entry in ipairs(reading.sent) do
      local sent = assert(images.image_base64(content[i].image_url.url))
      assert.same({ entry.width, entry.height, entry.bytes },
        { sent:width(), sent:height(), sent:size() })
    end
    assert.truthy(content[#content].text:find("2. page 1, an enlarged part", 1, true))
  end)

  it("estimates without sending", function()
    local provider = assert(providers.create_vision_provider("anthropic", {
      api_key = "k", base_url = mock:base("ok", "") }))
    local found = assert(provider:estimate(example "flange.pdf"))
    assert.is_true(found.image_tokens > 1000 and found.image_tokens < 4800)
    assert.is_true(found.cost_usd > 0)
    assert.equal(0, #mock:requests())
  end)
end)
