-- SPDX-License-Identifier: MIT
local environment = require "spec.support.environment"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"
local log = require "vision.base.log"
local pictures = require "spec.support.pictures"
local providers = require "vision.providers"

local PNG = pictures.png(4, 4, function()
  return 255
end)

describe("create_vision_provider", function()
  local lines

  before_each(function()
    lines = {}
    log.set_sink(function(_, message)
      lines[#lines + 1] = message
    end)
  end)

  after_each(function()
    log.set_sink(nil)
  end)

  -- What is made with these variables set and no others.
  local function made(variables, ...)
    local provider, err
    local arguments = { n = select("#", ...), ... }
    environment.with(environment.only(variables), function()
      provider, err = providers.create_vision_provider(
        (table.unpack or unpack)(arguments, 1, arguments.n))
    end)
    return provider, err
  end

  -- The same where the provider of this machine cannot be had, for this reason.
  local function made_without_local(reason, ...)
    local here = require "vision.providers.local"
    local real = here.new
    here.new = function() return nil, errors.new(reason, "not now") end
    local provider, err = made(...)
    here.new = real
    return provider, err
  end

  it("makes each keyed provider with its defaults", function()
    local cases = {
      { "openai", "OPENAI_API_KEY", "https://api.openai.com/v1", "gpt-5.4-mini", 60, "high" },
      { "anthropic", "ANTHROPIC_API_KEY", "https://api.anthropic.com", "claude-sonnet-5-5", 90 },
      { "deepseek", "DEEPSEEK_API_KEY", "https://api.deepseek.com", "deepseek-flash", 60, "high" },
    }
    for _, case in ipairs(cases) do
      local provider = assert(made({ [case[2]] = "sk-1" }, case[1]))
      assert.same({ case[1], case[3], case[4], case[5], case[6], 2048 }, { provider.name,
        provider.base_url, provider.model, provider.timeout_seconds, provider.detail,
        provider.max_tokens })
      assert.equal(case[1] .. "/" .. case[4], provider.endpoint_name)
      assert.is_true(provider.capabilities.vision)
    end
    assert.same({}, lines)
  end)

  it("takes names, keys and addresses from options before the environment", function()
    local provider = assert(made({ OPENAI_API_KEY = "a", OPENAI_BASE_URL = "https://e.org/v1/" },
      { provider_type = "openai", model = "gpt-4o", max_tokens = 10, detail = "low" }))
    assert.equal("https://e.org/v1", provider.base_url)
    assert.same({ "gpt-4o", 10, "low" }, { provider.model, provider.max_tokens, provider.detail })
    provider = assert(made({ OPENAI_BASE_URL = "https://e.org" }, "openai",
      { api_key = "k", base_url = "http://127.0.0.1:1/v1" }))
    assert.equal("http://127.0.0.1:1/v1", provider.base_url)
    provider = assert(made({ AZURE_OPENAI_API_KEY = "k", AZURE_OPENAI_DEPLOYMENT = "dep",
      AZURE_OPENAI_ENDPOINT = "https://r.openai.azure.com" }, "azure"))
    assert.equal("azure/dep", provider.endpoint_name)
    provider = assert(made({ VISION_COMPATIBLE_MODEL = "llava",
      VISION_COMPATIBLE_BASE_URL = "http://localhost:11434/v1" }, "openai_compatible"))
    assert.equal("llava", provider.model)
  end)

  it("speaks Azure where openai's address is one of Azure's", function()
    local provider = assert(made({}, "openai", {
      api_key = "k", base_url = "https://r.openai.azure.com/", model = "dep" }))
    assert.equal("https://r.openai.azure.com/openai/v1/chat/completions",
      provider.spec.url(provider))
    assert.same({ "api-key: k" }, provider.spec.headers(provider))
    provider = assert(made({ OPENAI_API_KEY = "k" }, "openai"))
    assert.same({ "Authorization: Bearer k" }, provider.spec.headers(provider))
  end)

  it("finds one by itself: the first that has a key, else this machine, else the stub", function()
    local all = { DEEPSEEK_API_KEY = "d", OPENAI_API_KEY = "o", ANTHROPIC_API_KEY = "a" }
    for _, name in ipairs { "deepseek", "openai", "anthropic" } do
      assert.equal(name, made(all).name)
      assert.equal(name, made(all, "auto").name)
      all[name:upper() .. "_API_KEY"] = nil
    end
    assert.equal("local", made({}).name)
    local stub = made_without_local("missing_library", {})
    local none, err = made_without_local("missing_library", {}, { fallback_to_stub = false })
    assert.equal("stub", stub.name)
    assert.equal("auto", stub.fallback_from)
    assert.is_nil(none)
    assert.equal("missing_key", err.reason)
  end)

  it("hides no deadline that passed while it looked behind another provider", function()
    local none, err = made_without_local("timeout", {})
    assert.is_nil(none)
    assert.equal("timeout", err.reason)
  end)

  it("says that a model was named for nothing", function()
    assert.equal("local", made({}, { model = "gpt-4o" }).name)
    assert.truthy(lines[1]:find("'gpt-4o' is not asked", 1, true))
  end)

  it("finds none on the network where only this machine may read", function()
    local variables = { OPENAI_API_KEY = "k", VISION_LOCAL_ONLY = "1" }
    assert.is_false(made(variables).capabilities.network)
    assert.is_false(made({ OPENAI_API_KEY = "k" }, { local_only = true }).capabilities.network)
  end)

  it("asks VISION_PROVIDER where no type is given", function()
    assert.equal("stub", made({ VISION_PROVIDER = "stub", OPENAI_API_KEY = "k" }).name)
    assert.equal("openai", made({ VISION_PROVIDER = "stub", OPENAI_API_KEY = "k" }, "openai").name)
    assert.equal("openai", made({ VISION_PROVIDER = "auto", OPENAI_API_KEY = "k" }).name)
    local none, err = made { VISION_PROVIDER = "opnai" }
    assert.is_nil(none)
    assert.truthy(err.message:find("did you mean 'openai'?", 1, true))
  end)

  it("falls back to the stub without a key, and everything says so", function()
    local provider = assert(made({}, "openai", { model = "gpt-4o" }))
    assert.equal("stub", provider.name)
    assert.truthy(lines[1]:find("OPENAI_API_KEY", 1, true))
    local reading = assert(provider:analyze_image(PNG))
    assert.equal("openai", reading.fallback_from)
    assert.equal("stub", reading.provider)
    assert.is_nil(reading.confidence)
    assert.truthy(reading.warnings[2]:find("OPENAI_API_KEY", 1, true))
    local none, err = made({}, "openai", { fallback_to_stub = false })
    assert.is_nil(none)
    assert.equal("missing_key", err.reason)
    assert.equal("openai", err.provider)
  end)

  it("never hides a mistake behind the stub", function()
    local KEY = { OPENAI_API_KEY = "k" }
    local cases = {
      { "invalid_option", KEY, "nobody" }, { "invalid_option", KEY, 5 },
      { "invalid_option", KEY, "openai", { modle = "x" } },
      { "invalid_option", KEY, "openai", { max_tokens = 0 } },
      { "invalid_option", KEY, "openai", { timeout_seconds = "60" } },
      { "invalid_option", KEY, "openai", { detail = "original" } },
      { "invalid_option", KEY, "openai", { base_url = "api.openai.com" } },
      { "invalid_option", KEY, "openai", { base_url = "ftp://api.openai.com" } },
      { "invalid_option", KEY, "openai", { base_url = "https://user:pw@host/v1" } },
      { "invalid_option", {}, "azure", { api_key = "k" } },
      { "invalid_option", {}, "openai_compatible", { base_url = "http://h" } },
    }
    for i, case in ipairs(cases) do
      local provider, err = made(case[2], case[3], case[4])
      assert.is_nil(provider, "case " .. i)
      assert.equal(case[1], err.reason, "case " .. i)
      assert.equal("INPUT_ERROR", err.code)
    end
  end)

  it("refuses an address with a query, which no path can follow", function()
    local provider, err = made({}, "openai", { api_key = "k",
      base_url = "https://host/v1?token=abc" })
    assert.is_nil(provider)
    assert.matches("base_url %(or OPENAI_BASE_URL%) must look like .* without %? or #", err.message)
    assert.is_nil(err.message:find("abc", 1, true))
    assert(made({}, "azure", { api_key = "k", model = "d", base_url =
      "https://host/openai/deployments/d/chat/completions?api-version=2024-10-21" }))
  end)

  it("refuses a key with a line break without showing it", function()
    for _, key in ipairs { "sk-SECRET\nX: y", "sk-SECRET\r", "sk-\0SECRET",
      "sk- SECRET", "sk-SECRET " } do
      local provider, err = made({}, "openai", { api_key = key })
      assert.is_nil(provider)
      assert.truthy(err.message:find("line break", 1, true))
      assert.is_nil(tostring(err):find("SECRET", 1, true))
    end
  end)

  it("keeps the key out of everything that can be printed", function()
    local provider = assert(made({}, "anthropic", { api_key = "sk-SECRET" }))
    assert.equal("provider anthropic/claude-sonnet-5-5", tostring(provider))
    local seen = {}
    local function search(value)
      if type(value) == "string" then
        assert.is_nil(value:find("SECRET", 1, true))
      elseif type(value) == "table" and not seen[value] then
        seen[value] = true
        for key, item in pairs(value) do
          search(key)
          search(item)
        end
      end
    end
    search(provider)
  end)

  it("knows a class of each provider, called or with new", function()
    for _, name in ipairs { "openai", "anthropic", "deepseek", "stub" } do
      local class = require("vision.providers." .. name)
      local options = name ~= "stub" and { api_key = "k" } or nil
      assert.equal(name, class(options).name)
      assert.equal(name, class.new(options).name)
    end
  end)
end)

describe("get_available_providers", function()
  it("says who is there, who needs a key and who has one", function()
    environment.with(environment.only { OPENAI_API_KEY = "k" }, function()
      local all = providers.get_available_providers()
      assert.same({ available = true, requires_key = false }, all.stub)
      assert.same({ available = true, requires_key = true, key_set = true }, all.openai)
      assert.same({ available = true, requires_key = true, key_set = false }, all.anthropic)
      assert.same({ available = false, requires_key = false, key_set = false },
        all.openai_compatible)
      assert.is_boolean(all["local"].available)
      assert.is_false(all["local"].requires_key)
    end)
  end)
end)

describe("the stub", function()
  local stub = require "vision.providers.stub"

  it("always answers the same, and says that it is the stub", function()
    local one, two = stub.new():analyze_image(PNG), stub.new():analyze_image(images.of(PNG))
    assert.equal(one.summary, two.summary)
    assert.equal("none", one.grounding)
    assert.is_nil(one.confidence)
    assert.truthy(one.warnings[1]:find("stub", 1, true))
  end)

  it("takes as long as it is told", function()
    assert.equal(0, stub.new().latency_seconds)
    local reading = stub.new({ latency_seconds = 0.05 }):analyze_image(PNG)
    assert.is_true(reading.processing_time_ms >= 50)
    assert.is_nil(stub.new { latency_seconds = -1 })
  end)

  it("checks its input", function()
    local reading, err = stub.new():analyze_image ""
    assert.is_nil(reading)
    assert.equal("empty", err.reason)
    reading, err = stub.new():analyze_image(PNG, { nonsense = true })
    assert.is_nil(reading)
    assert.equal("invalid_option", err.reason)
    assert.equal("", stub.new():analyze_image(PNG, { include_description = false }).summary)
  end)
end)

describe("who asks no model", function()
  local function reason(name, options)
    local reading, err = require("vision.providers." .. name).new():analyze_image(PNG, options)
    assert.is_nil(reading)
    return err.reason
  end

  for _, name in ipairs { "stub", "local" } do
    it("still finds a fault in the prompt: " .. name, function()
      assert.equal("invalid_option", reason(name, { prompt = "no-such-prompt" }))
      assert.equal("invalid_option", reason(name, { variables = { focus = "x" } }))
    end)
  end

  it("takes a prompt without a fault", function()
    assert(require("vision.providers.stub").new():analyze_image(PNG, { prompt = "general" }))
  end)
end)
