-- SPDX-License-Identifier: MIT
local folder = require "spec.support.folder"
local options = require "vision.cli.options"
local tower = require "vision.cli.tower"

describe("what a command's provider is built from", function()
  local function settings(configured, given, wanted, provider_options)
    return tower.settings(configured, given or {}, wanted, provider_options or {})
  end

  it("is the configuration as it stands where the command says nothing", function()
    local configured = { providers = { "openai", "local" }, failover = { strategy = "latency" } }
    assert.same(configured, settings(configured))
  end)

  it("is whatever is found where there is no configuration", function()
    assert.same({ provider = {} }, settings {})
    assert.same({ provider = { model = "m" } }, settings({}, {}, nil, { model = "m" }))
  end)

  it("is the named provider alone, with what the configuration says of it", function()
    local configured = {
      providers = { "openai", { provider = "anthropic", region = "eu", model = "a" } },
      compare = true, retry = { max_retries = 1 },
    }
    assert.same({ provider = { provider = "anthropic", region = "eu", model = "b" },
      retry = { max_retries = 1 } }, settings(configured, {}, "anthropic", { model = "b" }))
    assert.same({ provider = { provider = "openai" }, retry = { max_retries = 1 } },
      settings(configured, {}, "openai"))
    assert.same({ provider = { provider = "local" }, retry = { max_retries = 1 } },
      settings(configured, {}, "local"))
    assert.equal("a", configured.providers[2].model)
  end)

  it("goes on to those of --fallback", function()
    assert.same({ providers = { {}, { provider = "local" } } },
      settings({}, { fallback = { "local" } }))
    local configured = { providers = { "openai" }, compare = true }
    assert.same({ providers = { "openai", { provider = "stub" }, { provider = "local" } } },
      settings(configured, { fallback = { "stub", "local" } }))
  end)

  it("takes --retries and --no-cache before the file", function()
    local configured = { retry = { max_retries = 7, base_delay = 2 }, cache = { max_size = 9 } }
    local found = settings(configured, { retries = 2, no_cache = true })
    assert.same({ max_retries = 2, base_delay = 2 }, found.retry)
    assert.is_false(found.cache)
    assert.is_false(settings(configured, { retries = 0 }).retry)
    assert.equal(7, configured.retry.max_retries)
  end)

  it("lays --max-cost beside the budget of the file", function()
    assert.same({ run_limit_usd = 5 }, settings({}, { max_cost = 5 }).budget)
    local configured = { budget = { daily_limit_usd = 1 } }
    assert.same({ daily_limit_usd = 1, run_limit_usd = 5 },
      settings(configured, { max_cost = 5 }).budget)
    assert.is_nil(configured.budget.run_limit_usd)
  end)
end)

describe("the maker of a command's providers", function()
  it("reads the configuration once, however many providers are made", function()
    folder.with(function(place)
      local path = place .. "/vision.lua"
      folder.write(path, "return { retry = false }")
      local make = tower.maker({ config = path }, { environment = function() end })
      assert(make("stub", {}))
      folder.write(path, "return { retry = 3 }")
      assert(make("stub", {}))
      assert.is_nil((tower.maker({ config = path }, { environment = function() end })("stub", {})))
    end)
  end)
end)

describe("the budget of a command", function()
  it("is one for all providers that it makes", function()
    local make = tower.maker({ config = nil, max_cost = 1 }, {
      environment = function() end })
    local first, second = assert(make("stub", {})), assert(make("stub", {}))
    assert.is_table(first.cost_tracker)
    assert.equal(first.cost_tracker, second.cost_tracker)
    assert.is_false(assert(tower.maker({}, { environment = function() end })("stub", {}))
      .cost_tracker)
  end)
end)

describe("--fallback", function()
  it("is a list of providers", function()
    assert.same({ "anthropic", "local" }, options.provider_names " anthropic , local")
    for _, wrong in ipairs { "", "openia", "openai,", "openai,,local" } do
      local names, message = options.provider_names(wrong)
      assert.is_nil(names, wrong)
      assert.matches("is no provider; there are auto, deepseek", message)
    end
  end)
end)

describe("the store of a command", function()
  local function made_with(text, given)
    local provider, close, err
    folder.with(function(root)
      folder.write(root .. "/vision.lua", text)
      given.config = root .. "/vision.lua"
      local make
      make, close = tower.maker(given, { environment = function() end })
      provider, err = make("stub", {})
      close()
    end)
    return provider, err
  end

  it("is none where nobody names one", function()
    assert.is_nil(made_with("return {}", {}).persistence)
  end)

  it("is that of the configuration, with what else that says", function()
    local provider = made_with("return { records = { store = 'memory:', auto_tag = { 'x' } } }",
      { resume = true })
    assert.same({ "x" }, provider.config.auto_tag)
    assert.is_true(provider.config.resume)
  end)

  it("is the one that the command names; --no-cache asks again what is there", function()
    local provider = made_with("return { records = { store = '/not/there.db' } }",
      { store = "memory:", resume = true, no_cache = true })
    assert.equal(0, provider.persistence:count())
    assert.is_false(provider.config.resume)
  end)

  it("is said at once where it cannot be opened, if the command names it", function()
    local provider, err = made_with("return {}", { store = "/not/there/records.db" })
    assert.is_nil(provider)
    assert.matches("/not/there", err.message, 1, true)
    assert.is_table(made_with("return { records = { store = '/not/there/records.db' } }", {}))
  end)

  it("is one for all providers of the command", function()
    folder.with(function(root)
      folder.write(root .. "/vision.lua", "return {}")
      local make, close = tower.maker({ store = "memory:", config = root .. "/vision.lua" },
        { environment = function() end })
      local one, other = assert(make("stub", {})), assert(make("local", {}))
      assert.is_table(one.persistence)
      assert.equal(one.persistence, other.persistence)
      close()
    end)
  end)
end)
