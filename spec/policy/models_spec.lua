-- SPDX-License-Identifier: MIT
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local models = require "vision.policy.models"

describe("models", function()
  before_each(function() models.replace() end)
  after_each(function() models.replace() end)

  it("has a default that can see for each keyed provider, and says why", function()
    for _, provider in ipairs { "openai", "anthropic", "deepseek" } do
      local model = models.find(provider, models.default(provider))
      assert.is_true(model.vision)
      assert.is_number(model.price.input)
      assert.is_string(model.price.date)
      assert.is_string(models.catalogue().defaults[provider].why)
    end
    assert.is_nil(models.default "azure")
  end)

  it("knows every name of old, and which of them cannot see", function()
    assert.is_false(models.find("deepseek", "deepseek-chat").vision)
    assert.equal("deepseek-flash", models.find("deepseek", "deepseek-chat").instead)
    for name, provider in pairs { ["gpt-4o"] = "openai", ["gpt-4-turbo"] = "openai",
      ["claude-sonnet-4-20250514"] = "anthropic" } do
      assert.is_true(models.find(provider, name).vision)
    end
  end)

  it("has the approximate prices, dated", function()
    local prices = models.catalogue().approximate_prices
    assert.is_string(prices.date)
    assert.equal(0.00765, prices.openai.image)
  end)

  it("assumes what its provider's models usually can, and no price", function()
    local model = models.find("openai", "gpt-99")
    assert.equal("json_schema", model.answer)
    assert.is_nil(model.price)
    assert.same({ "png", "jpeg" }, models.find("openai_compatible", "llava").formats)
  end)

  it("lays the user's file over the shipped one", function()
    folder.with(function(path)
      folder.write(path .. "/models.lua", [[return {
        defaults = { openai = { model = "mine", why = "I say so" } },
        models = { openai = { mine = { vision = true, price = { input = 1, output = 2 } } } },
      }]])
      environment.with({ VISION_SCRIPTS = path }, function()
        assert.equal("mine", models.default "openai")
        assert.equal(2, models.find("openai", "mine").price.output)
        assert.equal(2.5, models.find("openai", "gpt-4o").price.input)
      end)
    end)
  end)

  it("says what is wrong with the user's file", function()
    local cases = {
      ['return { models = { openai = { x = { visoin = true } } } }'] = "did you mean 'vision'?",
      ['return { models = { openai = { x = { price = { input = 1 } } } } }'] = "'output'",
      ['return { models = { openai = { x = { image_tokens = { rule = "?" } } } } }'] =
        "no rule '?'",
      ['return {\n x = }'] = "models.lua:2: ",
      ['return { models = { openai = 5 } }'] = 'models["openai"]: must be a table of models',
      ['return { models = { openai = { x = 5 } } }'] = '["openai"]["x"]: the options must be',
      ['return { defaults = { openai = "x" } }'] = 'defaults["openai"]: the options must be',
      ['return { unknown = { openai = { visio = true } } }'] = "did you mean 'vision'?",
      ['return { models = 5 }'] = "option 'models' must be a table",
    }
    for text, words in pairs(cases) do
      folder.with(function(path)
        folder.write(path .. "/models.lua", text)
        environment.with({ VISION_SCRIPTS = path }, function()
          models.replace()
          local catalogue, err = models.catalogue()
          assert.is_nil(catalogue)
          local provider, same = require("vision.providers.openai").new { api_key = "k" }
          assert.is_nil(provider)
          assert.equal(err.message, same.message)
          assert.equal("script", err.reason)
          assert.truthy(err.message:find(words, 1, true), err.message)
        end)
      end)
    end
  end)
end)
